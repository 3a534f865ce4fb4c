// Tests of the program as a whole: what it registers, in which order, and what it refuses first.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { RunError } from "@pulumi/pulumi";
import { approvalDigest } from "../../../engine/plan/approval.ts";
import {
  before,
  find,
  plainText,
  record,
  secretOf,
  UNKNOWN,
  valueOf,
  type Recording,
  type RunOptions,
} from "../components/record.ts";
import { CONFIG, FILES, runProgram, type Program } from "./stack.ts";

const PLAIN = [
  "lockstep:components:Release release",
  "lockstep:components:Database database",
  "lockstep:index:EmbeddedDatabase database-server",
  "lockstep:components:Admission admission",
  "lockstep:index:Admission admission-check",
  "lockstep:components:Migration expand",
  "lockstep:index:Step expand-step",
  "lockstep:components:Application app",
  "lockstep:index:Process app-process",
  "lockstep:components:HealthGate gate",
  "lockstep:index:HealthGate gate-watch",
  "lockstep:components:Verification verification",
  "lockstep:index:Step verification-step",
];
const CONTRACT = [
  "lockstep:components:Drain drain",
  "lockstep:index:Drain drain-wait",
  "lockstep:components:Backup backup-contract",
  "lockstep:index:Step backup-contract-step",
  "lockstep:components:Migration contract",
  "lockstep:index:Step contract-step",
];

/** An approval of 03 for `stack`, bound to the file's text. */
function approve(stack = "dev", text = FILES["migrations/03_remove_b_up.sql"] ?? "") {
  const checksum = createHash("sha256").update(text).digest("hex");
  return {
    through: "03",
    digest: approvalDigest(stack, [{ number: "03", order: 3n, name: "remove_b", checksum }]),
    by: "dana",
    at: "2026-11-02T09:00:00Z",
    expires: "2026-11-09T09:00:00Z",
  };
}
const PROD = { ...CONFIG, "lockstep:promoteFrom": "none" };
const approved = { ...CONFIG, "lockstep:approval": approve() };

const ids = (recording: Recording<unknown>) => recording.registrations.map(({ id }) => id);

/** The record that the program put out. */
async function promotionOf({ promotion }: Program) {
  const record = await valueOf(promotion);
  return typeof record === "string" ? assert.fail("nothing is promoted") : record;
}

/** What the program refuses, having registered nothing. */
async function refusal(options: RunOptions, files = FILES): Promise<string> {
  let message = "";
  const recording = await record(
    () =>
      runProgram(options, files).then(
        () => assert.fail("nothing was refused"),
        (error: unknown) => {
          assert.ok(RunError.isInstance(error), String(error));
          message = error.message;
        },
      ),
    options,
  );
  assert.deepEqual(ids(recording), []);
  return message;
}

describe("the program", () => {
  for (const preview of [true, false]) {
    const mode = preview ? "a preview" : "an up";

    it(`registers exactly the release without contract, in ${mode}`, async () => {
      const recording = await runProgram({ preview });
      assert.deepEqual(ids(recording).toSorted(), PLAIN.toSorted());
    });

    it(`adds drain, backup and contract once the files are approved, in ${mode}`, async () => {
      const recording = await runProgram({ preview, config: approved });
      assert.deepEqual(ids(recording).toSorted(), [...PLAIN, ...CONTRACT].toSorted());
    });

    it(`lets nothing start before what it needs, in ${mode}`, async () => {
      const recording = await runProgram({ preview, config: approved });
      const order = [
        "lockstep:index:EmbeddedDatabase database-server",
        "lockstep:index:Admission admission-check",
        "lockstep:index:Step expand-step",
        "lockstep:index:Process app-process",
        "lockstep:index:HealthGate gate-watch",
        "lockstep:index:Drain drain-wait",
        "lockstep:index:Step backup-contract-step",
        "lockstep:index:Step contract-step",
        "lockstep:index:Step verification-step",
      ];
      for (const [index, id] of order.entries()) {
        const earlier = before(recording, id);
        for (const other of order.slice(0, index)) assert.ok(earlier.has(other), `${id} ${other}`);
        for (const other of order.slice(index)) assert.ok(!earlier.has(other), `${id} ${other}`);
      }
    });
  }

  it("knows its parts as those of a stack from before they had a component around them", async () => {
    const { registrations } = await runProgram({ config: approved });
    const release = "lockstep:components:Release release";
    const parts = registrations.filter(({ parent }) => parent === release);
    assert.equal(parts.length, 9);
    assert.ok(parts.every(({ hadNoParent }) => hadNoParent));
  });

  it("lets the verification follow the gate where nothing is approved", async () => {
    const recording = await runProgram();
    const earlier = before(recording, "lockstep:index:Step verification-step");
    assert.ok(earlier.has("lockstep:index:HealthGate gate-watch"));
  });

  it("is the app alone in mode skip, whatever is approved, and another release than with its files", async () => {
    const config = { ...approved, "lockstep:risk": { mode: "skip" } };
    const recording = await runProgram({ config });
    assert.deepEqual(ids(recording).toSorted(), PLAIN.toSorted());
    const expandOf = (one: Recording<unknown>) => {
      const { migrations, release } = find(one, "lockstep:index:Step expand-step").inputs;
      const { target } = migrations as { readonly target?: string };
      return { target, digest: (release as { readonly digest: string }).digest };
    };
    const [alone, whole] = [expandOf(recording), expandOf(await runProgram())];
    assert.deepEqual([alone.target, whole.target], ["none", undefined]);
    assert.notEqual(alone.digest, whole.digest);
  });

  it("takes a backup before expand where the config asks for it", async () => {
    const config = { ...CONFIG, "lockstep:backup": { before: ["expand"] } };
    const recording = await runProgram({ config });
    const id = "lockstep:index:Step backup-expand-step";
    assert.equal(find(recording, id).inputs.before, "expand");
    assert.ok(before(recording, "lockstep:index:Step expand-step").has(id));
    assert.ok(before(recording, id).has("lockstep:index:Admission admission-check"));
  });

  it("tells a backup alone, as a secret, where it goes and how it is sealed", async () => {
    const key = "ab".repeat(32);
    const config = { ...CONFIG, "lockstep:backup": { before: ["expand"], key } };
    const recording = await runProgram({ config, secretKeys: ["lockstep:backup"] });
    const { inputs } = find(recording, "lockstep:index:Step backup-expand-step");
    assert.deepEqual(inputs.backupStore, secretOf({ key }));
    assert.ok(!("backupStore" in find(recording, "lockstep:index:Step expand-step").inputs));
    assert.ok(!plainText(recording).includes(key));
  });

  it("tells the steps what backfills keep to, where the config says so", async () => {
    const backfill = { target: "50ms", maxReplicaLag: "2s", maxActive: 9 };
    const settingsOf = async (config: Readonly<Record<string, unknown>>) =>
      find(await runProgram({ config }), "lockstep:index:Step expand-step").inputs
        .settings as Readonly<Record<string, unknown>>;
    const { backfill: limits } = await settingsOf({ ...CONFIG, "lockstep:backfill": backfill });
    assert.deepEqual(limits, { targetMs: 50, maxReplicaLagMs: 2_000, maxActive: 9 });
    assert.ok(!("backfill" in (await settingsOf(CONFIG))));
  });

  it("tells its steps how they keep and take over the lease", async () => {
    const lease = { wait: "2m", leftovers: "adopt" };
    const recording = await runProgram({ config: { ...CONFIG, "lockstep:lease": lease } });
    const { settings } = find(recording, "lockstep:index:Step expand-step").inputs;
    const { leaseWaitMs, leaseLeftovers } = settings as Record<string, unknown>;
    assert.deepEqual([leaseWaitMs, leaseLeftovers], [120_000, "adopt"]);
  });

  it("protects the database everywhere but on dev", async () => {
    const id = "lockstep:index:EmbeddedDatabase database-server";
    const dev = find(await runProgram(), id);
    const staging = find(await runProgram({ stack: "staging" }), id);
    assert.deepEqual([dev.protect, dev.retainOnDelete], [false, false]);
    assert.deepEqual([staging.protect, staging.retainOnDelete], [true, true]);
  });

  it("gives the app its URL, its variables and its release, all of it secret", async () => {
    const app = {
      ...(CONFIG["lockstep:app"] as object),
      env: { RELEASE: "${release}" },
      secretEnv: { TOKEN: "geheim" },
    };
    const recording = await runProgram({ config: { ...CONFIG, "lockstep:app": app } });
    const { inputs } = find(recording, "lockstep:index:Process app-process");
    assert.deepEqual(inputs.command, ["node", "server.mjs", "1.1"]);
    assert.deepEqual(
      inputs.env,
      secretOf({
        DATABASE_URL: "postgres://lockstep:pw@127.0.0.1:5433/app",
        RELEASE: "1.1",
        TOKEN: "geheim",
      }),
    );
  });

  it("keeps the way past a pooler to itself, and the app on the pooler", async () => {
    const url = "postgres://u:geheim@pooler.example/shop";
    const directUrl = "postgres://u:geheim@db.example/shop";
    const recording = await runProgram({
      config: { ...CONFIG, "lockstep:database": { url, directUrl } },
      secretKeys: ["lockstep:database"],
    });
    const { inputs } = find(recording, "lockstep:index:Process app-process");
    assert.deepEqual(inputs.env, secretOf({ DATABASE_URL: url }));
    for (const { id, inputs: sent } of recording.registrations) {
      if ("url" in sent) assert.deepEqual(sent.url, secretOf(directUrl), id);
    }
    assert.equal(await valueOf(recording.result.databaseUrl), directUrl);
    assert.doesNotMatch(plainText(recording), /geheim/);
  });

  it("goes on to contract behind a pooler only once somebody has said how old releases are kept out", async () => {
    const url = "postgres://shop_app:geheim@pooler.example/shop";
    const database = { url, directUrl: "postgres://shop_release:geheim@db.example/shop" };
    const of = (fence?: string, isApproved = true) =>
      runProgram({
        config: {
          ...CONFIG,
          "lockstep:database": database,
          ...(fence !== undefined && { "lockstep:drain": { fence } }),
          ...(isApproved && { "lockstep:approval": approve() }),
        },
        secretKeys: ["lockstep:database"],
      });
    await of(undefined, false);
    await assert.rejects(of(), /lockstep:drain\.fence role/);
    for (const fence of ["role", "none"]) {
      const { inputs } = find(await of(fence), "lockstep:index:Drain drain-wait");
      assert.deepEqual([inputs.fence, inputs.pooled], [fence, true]);
    }
  });

  it("sends no secret in plain text", async () => {
    const url = "postgres://u:geheim@db.example/shop?sslmode=verify-full";
    const app = { ...(CONFIG["lockstep:app"] as object), secretEnv: { TOKEN: "geheim" } };
    const recording = await runProgram({
      stack: "prod",
      config: { ...PROD, "lockstep:database": { url }, "lockstep:app": app },
      secretKeys: ["lockstep:database", "lockstep:app"],
    });
    const bare = plainText(recording);
    assert.match(bare, /\(secret\)/);
    assert.doesNotMatch(bare, /geheim/);
  });
});

describe("the program's outputs", () => {
  it("are all there after an up", async () => {
    const { result } = await runProgram();
    assert.equal(result.release, "1.1");
    assert.match(result.releaseId, /^1\.1-[0-9a-f]{12}$/);
    assert.equal(await valueOf(result.url), "http://127.0.0.1:8080");
    assert.equal(await valueOf(result.waiting), "nothing");
    const promotion = await promotionOf(result);
    assert.equal(promotion.releaseId, result.releaseId);
    assert.match(promotion.appDigest, /^[0-9a-f]{64}$/);
    assert.match(promotion.migrationsDigest, /^[0-9a-f]{64}$/);
    assert.equal(promotion.contractThrough, null);
    assert.deepEqual(Object.keys(result).toSorted(), [
      "databaseUrl",
      "promotion",
      "release",
      "releaseId",
      "taken",
      "url",
      "waiting",
    ]);
  });

  it("say what waits for approval and how to give it", async () => {
    const waits = { summary: "s", applied: [], waiting: ["03_remove_b"] };
    const { result } = await runProgram({ results: { "verification-step": waits } });
    assert.deepEqual(await valueOf(result.waiting), {
      files: ["03_remove_b"],
      approve: "npx lockstep approve --stack dev --through 03",
    });
    assert.equal((await promotionOf(result)).contractThrough, null);
  });

  it("promise nothing in a preview", async () => {
    const recording = await runProgram({ preview: true });
    const outputs = recording.outputs.get("lockstep:components:Verification verification");
    assert.deepEqual(outputs, { waiting: UNKNOWN, promotion: UNKNOWN });
  });
});

describe("a program that takes another stack's releases", () => {
  const config = { ...CONFIG, "lockstep:promoteFrom": "staging" };
  const verified = async () => {
    const contract = { summary: "s", applied: [], waiting: [], contractThrough: "03" };
    const run = await runProgram({ stack: "staging", results: { "verification-step": contract } });
    return promotionOf(run.result);
  };
  const stacks = (staging: object, own: object = {}) => ({
    "organization/shop/staging": { release: "1.1", ...staging },
    "organization/shop/dev": { ...own },
  });

  it("goes ahead with what that stack verified, tells every step how far contract may go", async () => {
    const promotion = await verified();
    const options = { config: { ...config, "lockstep:approval": approve() } };
    const recording = await runProgram({ ...options, stacks: stacks({ promotion }) });
    assert.deepEqual(ids(recording).toSorted(), [...PLAIN, ...CONTRACT].toSorted());
    for (const step of ["expand", "contract", "backup-contract", "verification"]) {
      const { migrations } = find(recording, `lockstep:index:Step ${step}-step`).inputs;
      const { promoted } = migrations as { readonly promoted: unknown };
      assert.deepEqual(promoted, { from: "staging", contractThrough: "03" });
    }
    assert.equal(recording.result.taken?.length, 1);
  });

  it("leaves contract out, though it is approved, until that stack has run it", async () => {
    const promotion = { ...(await verified()), contractThrough: null };
    const options = { config: { ...config, "lockstep:approval": approve() } };
    const waits = { summary: "s", applied: [], waiting: ["03_remove_b"] };
    const { result, ...recording } = await runProgram({
      ...options,
      stacks: stacks({ promotion }),
      results: { "verification-step": waits },
    });
    assert.deepEqual(ids({ ...recording, result }).toSorted(), PLAIN.toSorted());
    assert.deepEqual(await valueOf(result.waiting), {
      files: ["03_remove_b"],
      first: { on: "stack staging", run: "pulumi up --stack staging", files: ["03_remove_b"] },
    });
  });

  it("may go back to what it took before", async () => {
    const promotion = await verified();
    const taken = (await runProgram({ config, stacks: stacks({ promotion }) })).result.taken;
    const other = { ...promotion, appDigest: "0".repeat(64) };
    const recording = await runProgram({
      config,
      stacks: stacks({ promotion: other }, { taken }),
    });
    assert.deepEqual(recording.result.taken, taken);
  });

  it("refuses another app with both digests, having registered nothing", async () => {
    const promotion = await verified();
    const files = { ...FILES, "app/server.mjs": "console.log(2);\n" };
    const text = await refusal({ config, stacks: stacks({ promotion }) }, files);
    assert.match(
      text,
      new RegExp(`app +${promotion.appDigest.slice(0, 12)} +[0-9a-f]{12} +differs`),
    );
  });

  it("refuses other migrations by name", async () => {
    const promotion = await verified();
    const files = { ...FILES, "migrations/02_add_c_up.sql": "ALTER TABLE a ADD COLUMN c int;\n" };
    const text = await refusal({ config, stacks: stacks({ promotion }) }, files);
    assert.match(text, /02_add_c: other content/);
  });

  for (const [what, outputs, says] of [
    ["failed", { promotion: "nothing: its last update failed" }, /seen +its last update failed/],
    ["released nothing", {}, /it has no record of a release/],
    ["was written by something else", { promotion: { label: 1 } }, /cannot be read/],
  ] as const) {
    it(`refuses everything where that stack ${what}`, async () => {
      assert.match(await refusal({ config, stacks: stacks(outputs) }), says);
    });
  }

  it("refuses a stack that is not there, and itself under its full name", async () => {
    assert.match(await refusal({ config, stacks: {} }), /Stack staging cannot be read/);
    const itself = { ...config, "lockstep:promoteFrom": "organization/shop/dev" };
    assert.match(
      await refusal({ config: itself, stacks: stacks({}) }),
      /that is this stack itself/,
    );
  });
});

describe("the program refuses, before it registers anything,", () => {
  it("every fault of the config at once", async () => {
    const text = await refusal({
      config: { "lockstep:gate": { watch: "soon" }, "lockstep:apps": {} },
    });
    for (const key of [
      "lockstep:release",
      "lockstep:app ",
      "lockstep:apps",
      "lockstep:gate.watch",
    ]) {
      assert.ok(text.includes(key), `${key} in ${text}`);
    }
  });

  it("prod without TLS, without showing the password", async () => {
    const url = "postgres://u:geheim@db.example/shop";
    const config = { ...PROD, "lockstep:database": { url } };
    const text = await refusal({ stack: "prod", config, secretKeys: ["lockstep:database"] });
    assert.match(text, /prod requires TLS/);
    assert.doesNotMatch(text, /geheim/);
  });

  it("prod with the embedded database", async () => {
    assert.match(await refusal({ stack: "prod" }), /prod needs a database of its own/);
  });

  it("an approval of a file that was edited since", async () => {
    const config = { ...CONFIG, "lockstep:approval": approve("dev", "-- another text\n") };
    const text = await refusal({ config });
    assert.match(text, /The approval does not fit the contract files/);
    assert.match(text, /npx lockstep approve --stack dev --through 03/);
  });

  it("another stack's approval", async () => {
    const config = { ...CONFIG, "lockstep:approval": approve("staging") };
    assert.match(await refusal({ config }), /another stack's/);
  });

  it("a target that no file has", async () => {
    const config = { ...CONFIG, "lockstep:target": "09" };
    assert.match(await refusal({ config }), /target is not the number of a migration/);
  });

  it("a file that is no SQL, with its place", async () => {
    const files = { ...FILES, "migrations/02_add_c_up.sql": "ALTER TABLE a ADD COLUM c text;\n" };
    assert.match(await refusal({}, files), /02_add_c_up\.sql:1:/);
  });

  it("a folder without migrations", async () => {
    const config = { ...CONFIG, "lockstep:migrations": "db" };
    assert.match(await refusal({ config }), /db/);
  });
});
