// Contract proves each fact by itself: one that is missing refuses it, whatever the caller's graph says.
import assert from "node:assert/strict";
import type { EventData, EventKind } from "../../../../engine/ledger/record.ts";
import { recordEvent } from "../../../../engine/ledger/record.ts";
import { releaseId } from "../../../../engine/plan/release.ts";
import { createRole, queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, approve, ledgerOf, RELEASE, type Files } from "./applyFiles.ts";

const BASE: Files = { "01_create_things_up.sql": "create table things (old text);" };
const FILES: Files = {
  ...BASE,
  "02_add_new_up.sql": "alter table things add column new text;",
  "03_drop_old_up.sql": "alter table things drop column old;",
};
const OTHER = { digest: "cd".repeat(32), label: "1.0" } as const;
/** Connections of the tests themselves, which bear no name. */
const OURS = { allowedApplications: [""] };

describe("contract of a release", () => {
  const database = useDatabase();
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
    await applyFiles(database.url, FILES, { stage: "expand", release: RELEASE });
  });

  const record = <K extends EventKind>(kind: K, data: EventData[K], release = RELEASE.digest) =>
    withClient(database.url, (client) => recordEvent(client, { release, kind, data }));
  const gate = (verdict: "pass" | "fail" = "pass", release = RELEASE.digest) =>
    record("gate", { verdict, reason: "", errorRate: 0 }, release);
  const drain = () => record("drain", { quietMs: 1 });
  const backup = (before = "contract") =>
    record("backup", { id: "b1", before, kind: "dump", proof: "restored" });
  const contract = async (limits: { readonly backupMaxAgeMs?: number } = {}) =>
    applyFiles(database.url, FILES, {
      stage: "contract",
      release: RELEASE,
      approval: await approve(FILES, "03"),
      limits: { ...OURS, ...limits },
    });

  /** The lines that name what is missing; nothing of the contract has run. */
  async function missing(limits: { readonly backupMaxAgeMs?: number } = {}): Promise<string[]> {
    const failure = await failureOf(contract(limits));
    assert.equal(failure.code, "NOT_READY_FOR_CONTRACT");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
    assert.equal((await queryAll(database.url, "select old from things")).length, 0);
    return (failure.seen ?? "").split("\n");
  }

  it("runs once gate, drain and backup are there", async () => {
    await gate();
    await drain();
    await backup();
    assert.deepEqual((await contract()).applied, ["03_drop_old"]);
  });

  it("names all that is missing at once", async () => {
    assert.deepEqual(await missing(), [
      "its health gate has not passed since the last rollout",
      "older releases were not drained after the gate",
      "no backup was taken for this contract",
    ]);
  });

  for (const [what, prepare] of [
    ["did not pass", () => gate("fail")],
    [
      "passed, but another release was judged since",
      () => gate().then(() => gate("pass", OTHER.digest)),
    ],
    [
      "passed, but was rolled back since",
      () => gate().then(() => record("rollback", { to: null, why: "" })),
    ],
  ] as const) {
    it(`is refused where the gate ${what}`, async () => {
      await prepare();
      await drain();
      await backup();
      assert.deepEqual(await missing(), ["its health gate has not passed since the last rollout"]);
    });
  }

  it("is refused without a drain after the gate", async () => {
    await drain();
    await gate();
    await backup();
    assert.deepEqual(await missing(), ["older releases were not drained after the gate"]);
  });

  it("is refused without a backup for contract after the gate", async () => {
    await backup();
    await gate();
    await drain();
    assert.deepEqual(await missing(), ["no backup was taken for this contract"]);
    await backup("expand");
    assert.deepEqual(await missing(), ["no backup was taken for this contract"]);
  });

  it("is refused with a backup that is too old", async () => {
    await gate();
    await drain();
    await backup();
    await queryAll(
      database.url,
      "alter table lockstep.event disable trigger append_only; update lockstep.event set at = at - interval '3 hours' where kind = 'backup'",
    );
    assert.deepEqual(await missing({ backupMaxAgeMs: 7_200_000 }), [
      "the backup b1 is 3.0 h old (at most 2.0 h)",
    ]);
  });

  it("is refused while a session of an older release is connected, and runs once it is gone", async () => {
    await gate();
    await drain();
    await backup();
    await withClient(database.url, async (old) => {
      await old.query("set application_name = 'app:1.0-cdcdcdcdcdcd'");
      const [line, ...others] = await missing();
      assert.match(line ?? "", /older release may still be connected: pid \d+.*app:1\.0-cdcd/);
      assert.deepEqual(others, []);
      const own = `app:${releaseId(RELEASE.label, RELEASE.digest)}`;
      await old.query(`set application_name = '${own}'`);
      assert.deepEqual((await contract()).applied, ["03_drop_old"]);
    });
  });

  it("is refused while an older release may log in, and with a drain that closed nothing", async () => {
    await gate();
    await drain();
    await backup();
    const group = new URL(await createRole(database.url)).username;
    const mine = `${group}_mine`;
    await queryAll(database.url, `create role ${mine} nologin`);
    await record("login", { role: mine, group, stack: "shop/test" });
    assert.deepEqual(await missing(), [
      "the drain did not close the logins of older releases",
      `an older release may log in again: role ${group}`,
    ]);
    await queryAll(database.url, `alter role ${group} nologin`);
    await record("drain", { quietMs: 1, by: "logins" });
    assert.deepEqual((await contract()).applied, ["03_drop_old"]);
  });

  it("by hand answers for the last release", async () => {
    await queryAll(database.url, "update lockstep.release set state = 'abandoned'");
    const approval = await approve(FILES, "03");
    const failure = await failureOf(applyFiles(database.url, FILES, { approval, limits: OURS }));
    assert.equal(failure.code, "NOT_READY_FOR_CONTRACT");
  });
});
