// Drift on a real database: what a run records, what the next one finds, and what a stack may say of it.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent, type Report } from "../../../../engine/events.ts";
import { readEvents } from "../../../../engine/ledger/record.ts";
import { acceptDrift } from "../../../../engine/run/acceptDrift.ts";
import { down } from "../../../../engine/run/down.ts";
import { findDrift, type Drift, type DriftPolicy } from "../../../../engine/schema/drift.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyAll } from "../rehearse/applyAll.ts";
import { readTexts, type FileText } from "../rehearse/rehearseFiles.ts";

const FILES: readonly FileText[] = [
  ["t", "CREATE TABLE t (a int)", "DROP TABLE t"],
  ["b", "ALTER TABLE t ADD b int", "ALTER TABLE t DROP b"],
];

describe("drift", () => {
  const database = useDatabase();
  const look = (policy?: DriftPolicy): Promise<Drift> =>
    withClient(database.url, (client) => findDrift(client, policy));
  const linesOf = (drift: Drift) => (drift.state === "drift" ? drift.lines : drift.state);
  const apply = async (files: number, options: Parameters<typeof applyAll>[2] = {}) =>
    applyAll(database.url, (await readTexts(FILES)).slice(0, files), options);
  const byHand = (sql: string) => queryAll(database.url, sql);

  it("is what somebody changed since a run, object by object, until the next run records it", async () => {
    await apply(1);
    assert.equal(linesOf(await look()), "none");
    await byHand("ALTER TABLE t ALTER a TYPE bigint; CREATE INDEX by_hand ON t (a)");
    const lines = ["~ column public.t.a: type was integer, is bigint", "+ index public.by_hand"];
    assert.deepEqual(linesOf(await look()), lines);
    const said: string[] = [];
    const report: Report = (level, message) => {
      if (level === "warn") said.push(message);
    };
    await apply(2, { report });
    assert.match(said.join("\n"), /not as the last run left it[^]*index public\.by_hand/);
    assert.equal(linesOf(await look()), "none");
    const [event] = await withClient(database.url, (client) =>
      readEvents(client, { kinds: ["drift"], limit: 9 }),
    );
    assert.deepEqual(event?.data, { objects: lines, accepted: false });
  });

  it("stops a run where the stack refuses it, until it is undone or accepted with a reason", async () => {
    await apply(1);
    await byHand("ALTER TABLE t ADD by_hand int");
    const drift = { refuse: true, ignore: [] };
    const error = await failureOf(apply(2, { drift }));
    assert.equal(error.code, "DRIFT");
    assert.match(error.seen ?? "", /\+ column public\.t\.by_hand/);
    assert.deepEqual(await byHand("SELECT count(*)::int AS n FROM lockstep.migration"), [{ n: 1 }]);
    const accepted = await acceptDrift({
      target: parseUrl(database.url, "test"),
      ...{ reason: "an outage", leaseWaitMs: 5_000, report: silent },
      signal: new AbortController().signal,
    });
    assert.deepEqual(linesOf(accepted), ["+ column public.t.by_hand"]);
    await apply(2, { drift });
    assert.equal(linesOf(await look()), "none");
  });

  it("leaves aside what a pattern names", async () => {
    await apply(1);
    await byHand("CREATE TABLE events_p2026 (a int PRIMARY KEY); CREATE TABLE other (a int)");
    const ignore = ["public.events_p*"];
    assert.deepEqual(linesOf(await look({ refuse: false, ignore })), ["+ table public.other"]);
    await byHand("DROP TABLE other");
    assert.equal(linesOf(await look({ refuse: false, ignore })), "none");
  });

  it("is not known where nothing was recorded, or the history went on without", async () => {
    await apply(1);
    await byHand("DELETE FROM lockstep.setting WHERE key = 'schema'");
    assert.equal((await look()).state, "unknown");
    await apply(2);
    await byHand(
      "UPDATE lockstep.setting SET value = '\"x\"' WHERE key = 'chain'; CREATE TABLE x ()",
    );
    assert.equal((await look()).state, "unknown");
  });

  it("is none after files were taken back", async () => {
    await apply(2);
    await down({
      target: parseUrl(database.url, "test"),
      migrations: await readTexts(FILES),
      ...{ to: undefined, leaseWaitMs: 5_000, lockBudgetMs: 5_000, report: silent },
      signal: new AbortController().signal,
    });
    assert.equal(linesOf(await look()), "none");
  });
});
