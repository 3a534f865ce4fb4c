// Tests of the component for one stage of migrations.
import assert from "node:assert/strict";
import { InputPropertiesError } from "@pulumi/pulumi";
import { Database } from "../../../components/database.ts";
import { Migration, type MigrationArgs } from "../../../components/migration.ts";
import { localPlatform } from "../../../components/platforms/local.ts";
import { approval, digestOf, step, stepInputs } from "./given.ts";
import { find, record, UNKNOWN, valueOf } from "./record.ts";

const STEP = "lockstep:index:Step expand-step";

describe("Migration", () => {
  it("is one step of the plugin, under the component", async () => {
    const recording = await record(() => new Migration("expand", { ...step, stage: "expand" }));
    assert.deepEqual(
      recording.registrations.map(({ id }) => id),
      ["lockstep:components:Migration expand", STEP],
    );
    const registered = find(recording, STEP);
    assert.deepEqual(registered.inputs, { ...stepInputs, step: "expand" });
    assert.equal(registered.parent, "lockstep:components:Migration expand");
    assert.deepEqual(registered.secretOutputs, ["url", "rehearsalUrl", "backupStore"]);
  });

  it("hands approval and allowed retry on", async () => {
    const recording = await record(
      () =>
        new Migration("contract", { ...step, stage: "contract", approval, allowRetry: "1.1#1" }),
    );
    const { inputs } = find(recording, "lockstep:index:Step contract-step");
    assert.deepEqual(inputs, { ...stepInputs, step: "contract", approval, allowRetry: "1.1#1" });
  });

  it("makes its step wait for what the component waits for, in preview and in up", async () => {
    for (const preview of [true, false]) {
      const recording = await record(
        () => {
          const identity = { project: "shop", stack: "dev" };
          const database = new Database("database", { platform: localPlatform, ...identity });
          const dependsOn = database;
          return new Migration("expand", { ...step, stage: "expand" }, { dependsOn });
        },
        { preview },
      );
      const { after } = find(recording, STEP);
      assert.ok(after.includes("lockstep:index:EmbeddedDatabase database-server"), after.join());
    }
  });

  it("puts out what was applied and what waits", async () => {
    const result = { summary: "s", applied: ["03_a"], waiting: ["05_b"] };
    const recording = await record(() => new Migration("expand", { ...step, stage: "expand" }), {
      results: { "expand-step": result },
    });
    assert.deepEqual(await valueOf(recording.result.applied), ["03_a"]);
    assert.deepEqual(recording.outputs.get("lockstep:components:Migration expand"), {
      applied: ["03_a"],
      waiting: ["05_b"],
    });
  });

  it("knows no result in a preview", async () => {
    const recording = await record(() => new Migration("expand", { ...step, stage: "expand" }), {
      preview: true,
    });
    const outputs = recording.outputs.get("lockstep:components:Migration expand");
    assert.deepEqual(outputs, { applied: UNKNOWN, waiting: UNKNOWN });
  });

  it("refuses bad arguments, all at once and before it registers anything", async () => {
    const bad: MigrationArgs = {
      ...step,
      stage: "contract",
      digest: "not a digest",
      release: { ...step.release, digest: digestOf("a").slice(1) },
      settings: { ...step.settings, lockBudgetMs: 0 },
    };
    const recording = await record(() => {
      assert.throws(
        () => new Migration("contract", bad),
        (error: unknown) => {
          assert.ok(InputPropertiesError.isInstance(error));
          const paths = error.errors.map(({ propertyPath }) => propertyPath);
          const expected = ["release.digest", "digest", "approval", "settings.lockBudgetMs"];
          assert.deepEqual(paths, expected);
          return true;
        },
      );
    });
    assert.deepEqual(recording.registrations, []);
  });
});
