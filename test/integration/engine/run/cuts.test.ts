// A connection that is cut in the middle: everything once, nothing left out, and no error where it got through.
import assert from "node:assert/strict";
import { withCuttingProxy, type Cut } from "../../../support/cuttingProxy.ts";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, ledgerOf, type Files } from "./applyFiles.ts";

const BASE: Files = { "01_create_things_up.sql": "create table things (id serial, file int);" };
const INSERT = "insert into things (file) values (2);";
const BACKFILL = `-- lockstep: backfill table=things key=id batch=1 remaining=select count(*) from things where file = 0
update things set file = file + 1 where file < 100;`;

describe("a cut connection", () => {
  const database = useDatabase();
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });
  const things = async () =>
    (await queryAll<{ file: number }>(database.url, "select file from things order by id")).map(
      ({ file }) => file,
    );

  /** Applies `files` through a proxy that cuts as `cut` says, as often as it should. */
  async function applyCut(files: Files, cut: Cut) {
    return withCuttingProxy(database.url, cut, async (proxy) => {
      const result = await applyFiles(proxy.url, files);
      assert.equal(proxy.cuts(), cut.times ?? 1);
      return result;
    });
  }

  it("by pg_terminate_backend in the middle of a file: applied once", async () => {
    const files = { ...BASE, "02_insert_up.sql": `${INSERT} select pg_sleep(0.5) as asleep;` };
    const running = applyFiles(database.url, files);
    await eventually("the file sleeps and is cut", async () => {
      const cut = await queryAll<{ done: boolean }>(
        database.url,
        `select pg_terminate_backend(pid) as done from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()
           and query like '%as asleep%' and wait_event = 'PgSleep'`,
      );
      return cut[0]?.done;
    });
    const { applied, messages } = await running;
    assert.deepEqual(applied, ["02_insert"]);
    assert.ok(messages.some((message) => /02_insert: the connection was cut/.test(message)));
    assert.deepEqual(await things(), [2]);
  });

  it("right after COMMIT was sent: applied once, and no error", async () => {
    const files = { ...BASE, "02_insert_up.sql": INSERT, "03_insert_up.sql": INSERT };
    const { applied } = await applyCut(files, { after: "insert into things" });
    assert.deepEqual(applied, ["02_insert", "03_insert"]);
    assert.deepEqual(await things(), [2, 2]);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied", "03 applied"]);
  });

  it("right after COMMIT, while the server still works on it: waited for, applied once", async () => {
    const slow = `${INSERT} select pg_sleep(0.7);`;
    const { applied } = await applyCut(
      { ...BASE, "02_insert_up.sql": slow },
      { after: "pg_sleep" },
    );
    assert.deepEqual(applied, ["02_insert"]);
    // A second try would have taken the next number.
    assert.deepEqual(await queryAll(database.url, "select id, file from things"), [
      { id: 1, file: 2 },
    ]);
  });

  it("right after the COMMIT that follows a verify script", async () => {
    const files = {
      ...BASE,
      "02_insert_up.sql": INSERT,
      "02_insert_verify.sql": "select 1 where false",
    };
    await applyCut(files, { after: "INSERT INTO lockstep.migration" });
    assert.deepEqual(await things(), [2]);
  });

  it("before the verify script's answer: rolled back and begun again, applied once", async () => {
    const files = {
      ...BASE,
      "02_insert_up.sql": INSERT,
      "02_insert_verify.sql": "select 7 where false",
    };
    await applyCut(files, { after: "select 7" });
    assert.deepEqual(await things(), [2]);
  });

  it("again and again: an error that says so, with nothing half done, and the next run applies it", async () => {
    const files = {
      ...BASE,
      "02_insert_up.sql": `${INSERT} do $$ begin perform pg_terminate_backend(pg_backend_pid()); end $$;`,
    };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "CONNECTION");
    assert.match(failure.next ?? "", /run the same command again/);
    assert.deepEqual(await things(), []);
    await applyFiles(database.url, { ...BASE, "02_insert_up.sql": INSERT });
    assert.deepEqual(await things(), [2]);
  });

  it("after a batch's COMMIT: no row is filled twice", async () => {
    await queryAll(database.url, "insert into things (file) select 0 from generate_series(1, 4)");
    await applyCut({ ...BASE, "02_fill_up.sql": BACKFILL }, { after: "COMMIT\0", times: 2 });
    assert.deepEqual(await things(), [1, 1, 1, 1]);
  });

  it("in a batch: the batch is repeated, no other", async () => {
    await queryAll(database.url, "insert into things (file) select 0 from generate_series(1, 4)");
    await applyCut(
      { ...BASE, "02_fill_up.sql": BACKFILL },
      { after: "update things set", times: 2 },
    );
    assert.deepEqual(await things(), [1, 1, 1, 1]);
  });

  for (const after of ["create index concurrently", "'started'", "'done'"]) {
    it(`around a concurrent build (${after}): one valid index`, async () => {
      const files = {
        ...BASE,
        "02_index_up.sql": "create index concurrently things_file on things (file);",
      };
      await applyCut(files, { after });
      assert.deepEqual(
        await queryAll(
          database.url,
          "select indexrelid::regclass::text as index, indisvalid as valid from pg_index where indrelid = 'things'::regclass",
        ),
        [{ index: "things_file", valid: true }],
      );
      assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
    });
  }
});
