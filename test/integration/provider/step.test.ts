// A step's work as the ledger tells it, whatever Pulumi's state remembers.
import assert from "node:assert/strict";
import { closeRelease, openRelease } from "../../../engine/ledger/releases.ts";
import { step } from "../../../provider/resources/step.ts";
import type { StepInputs, StepKind, StepOutputs } from "../../../provider/schema.ts";
import { wrapSecret } from "../../../provider/unwrap.ts";
import { queryAll, useDatabase, withClient } from "../../support/database.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { applyFiles, approve, type Files } from "../engine/run/applyFiles.ts";
import { listen, OTHER, record, RELEASE, writeFiles } from "./resourceContext.ts";

const BASE: Files = { "01_create_things_up.sql": "create table things (old text);" };
const FILES: Files = {
  ...BASE,
  "02_add_new_up.sql": "alter table things add column new text;",
  "03_drop_old_up.sql": "alter table things drop column old;",
};
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("step.check", () => {
  const database = useDatabase();
  useLockstepHome();
  const dir = useTempDir("step");
  let folder = "";
  beforeEach(async () => {
    folder = await writeFiles(dir.path, FILES);
  });

  const inputs = (kind: StepKind, rest: Partial<StepInputs> = {}): StepInputs => ({
    step: kind,
    executor: { kind: "local" },
    release: RELEASE,
    migrations: { dir: folder, digest: "m" },
    digest: "d",
    url: database.url,
    settings: {
      wait: { attempts: 1, intervalMs: 1 },
      leaseWaitMs: 1_000,
      lockBudgetMs: 1_000,
      backupMaxAgeMs: 3_600_000,
      allowedApplications: [],
    },
    ...rest,
  });

  /** Whether a step whose state says that it is done would run again. */
  async function runsAgain(kind: StepKind, rest: Partial<StepInputs> = {}): Promise<boolean> {
    assert.ok(step.check);
    const { inputs: checked, failures } = await step.check(inputs(kind, rest), listen().context);
    assert.deepEqual(failures, []);
    const saved: StepOutputs = {
      ...inputs(kind, rest),
      verdict: "pass",
      result: { summary: "", applied: [], waiting: [] },
    };
    return step.isChanged(saved, checked);
  }

  const expandAll = () => applyFiles(database.url, FILES, { stage: "expand", release: RELEASE });
  const backup = (before: "expand" | "contract") =>
    record(database.url, {
      release: RELEASE.digest,
      kind: "backup",
      data: { id: "b1", before, kind: "dump", proof: "restored" },
    });
  const gate = (verdict: "pass" | "fail", release: string = RELEASE.digest) =>
    record(database.url, {
      release,
      kind: "gate",
      data: { verdict, reason: "", errorRate: 0 },
    });

  for (const url of [UNKNOWN, wrapSecret(UNKNOWN) as unknown as string]) {
    it(`leaves an unknown database alone (${typeof url})`, async () => {
      assert.equal(await runsAgain("expand", { url }), false);
    });
  }

  it("is silent where the database is away: admission tells it", async () => {
    assert.equal(await runsAgain("expand", { url: "postgres://nobody@127.0.0.1:1/none" }), false);
  });

  describe("expand", () => {
    it("has work on an empty database", async () => {
      assert.equal(await runsAgain("expand"), true);
    });

    it("has work while an expand file is pending, and none after", async () => {
      await applyFiles(database.url, BASE);
      assert.equal(await runsAgain("expand"), true);
      await expandAll();
      assert.equal(await runsAgain("expand"), false);
    });

    it("looks up to the target only", async () => {
      await applyFiles(database.url, BASE);
      const migrations = { dir: folder, digest: "m", target: "01" };
      assert.equal(await runsAgain("expand", { migrations }), false);
    });
  });

  describe("contract", () => {
    it("has work only where an approval covers what is pending", async () => {
      await applyFiles(database.url, BASE);
      await expandAll();
      assert.equal(await runsAgain("contract"), false);
      const approval = await approve(FILES, "03");
      assert.equal(await runsAgain("contract", { approval }), true);
    });
  });

  describe("verify", () => {
    const end = (release: typeof RELEASE | typeof OTHER, state: "verified" | "rolledBack") =>
      withClient(database.url, async (client) => {
        await openRelease(client, release);
        await closeRelease(client, release.digest, { state, why: "" });
      });

    it("has work until its release is verified, and again after another was rolled back", async () => {
      await applyFiles(database.url, BASE);
      assert.equal(await runsAgain("verify"), true);
      await end(RELEASE, "verified");
      assert.equal(await runsAgain("verify"), false);
      await end(OTHER, "rolledBack");
      assert.equal(await runsAgain("verify"), true);
    });
  });

  describe("backup", () => {
    it("has none to take of an empty database", async () => {
      assert.equal(await runsAgain("backup", { before: "expand" }), false);
      const approval = await approve(FILES, "03");
      assert.equal(await runsAgain("backup", { before: "contract", approval }), false);
    });

    it("is taken again while its stage is pending and it is too old", async () => {
      await applyFiles(database.url, BASE);
      assert.equal(await runsAgain("backup", { before: "expand" }), true);
      await backup("expand");
      assert.equal(await runsAgain("backup", { before: "expand" }), false);
      await queryAll(
        database.url,
        "alter table lockstep.event disable trigger append_only; update lockstep.event set at = at - interval '2 hours'",
      );
      assert.equal(await runsAgain("backup", { before: "expand" }), true);
      await expandAll();
      assert.equal(await runsAgain("backup", { before: "expand" }), false);
    });

    it("counts for its own stage only", async () => {
      await applyFiles(database.url, BASE);
      await expandAll();
      await backup("expand");
      const approval = await approve(FILES, "03");
      assert.equal(await runsAgain("backup", { before: "contract", approval }), true);
    });

    it("before contract is taken again after its release had to pass the gate again", async () => {
      await applyFiles(database.url, BASE);
      await expandAll();
      await gate("pass");
      await backup("contract");
      const approval = await approve(FILES, "03");
      assert.equal(await runsAgain("backup", { before: "contract", approval }), false);
      await gate("fail", OTHER.digest);
      await gate("pass");
      assert.equal(await runsAgain("backup", { before: "contract", approval }), true);
    });
  });
});
