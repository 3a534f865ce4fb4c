// A walk on a real server: each kind of statement, and what a walk meets on its way.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { repair } from "../../../../engine/run/repair.ts";
import { createOwnerRole, queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyFiles, approve, ledgerOf, type Files } from "../run/applyFiles.ts";

const BASE: Files = {
  "01_create_notes_up.sql":
    "create table notes (id int primary key, body text, length int, hits int not null default 0);",
};
const REMAINING = "remaining=select count(*) from notes where length is null";
/** A file 02 whose directive has `options`. */
const fill = (sql: string, options = "batch=10 target=60s", remaining = REMAINING): Files => ({
  ...BASE,
  "02_fill_up.sql": `-- lockstep: backfill table=notes key=id ${options} sync="a test" ${remaining}\n${sql}\n`,
});
const LENGTH = "update notes set length = length(body), hits = hits + 1 where length is null;";

describe("a backfill's walk", () => {
  const database = useDatabase();
  const one = async (sql: string) => (await queryAll(database.url, sql))[0];
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
    await queryAll(
      database.url,
      "insert into notes (id, body) select i, repeat('x', i % 50) from generate_series(1, 500) i",
    );
  });

  it("copies rows into another table, each once, with their values", async () => {
    await queryAll(database.url, "create table lengths (id int, of int)");
    const copy = fill(
      "insert into lengths select n.id, length(n.body) from notes n where n.id % 2 = 0;",
      undefined,
      "remaining=select count(*) from notes n where n.id % 2 = 0 and not exists (select from lengths l where l.id = n.id)",
    );
    await applyFiles(database.url, copy);
    assert.deepEqual(
      await one(
        "select count(*)::int as all, count(distinct id)::int as each, bool_and(of = id % 50 and id % 2 = 0) as same from lengths",
      ),
      { all: 250, each: 250, same: true },
    );
  });

  it("copies with ON CONFLICT, and again where it catches up", async () => {
    await queryAll(database.url, "create table lengths (id int primary key, of int)");
    const remaining =
      "remaining=select count(*) from notes n left join lengths l using (id) where l.of is distinct from length(n.body)";
    const sql =
      "insert into lengths select id, length(body) from notes on conflict (id) do update set of = excluded.of where lengths.of <> excluded.of;";
    const files: Files = {
      ...fill(sql, undefined, remaining),
      "03_remove_body_up.sql": "alter table notes drop column body;",
    };
    await applyFiles(database.url, files, { stage: "expand" });
    await queryAll(
      database.url,
      "update notes set body = 'new' where id in (7, 450); insert into notes (id, body) values (-5, 'four'), (600, 'seven77')",
    );
    await applyFiles(database.url, files, { approval: await approve(files, "03") });
    assert.deepEqual(
      await queryAll(
        database.url,
        "select * from lengths where id in (-5, 7, 450, 600) order by id",
      ),
      [
        { id: -5, of: 4 },
        { id: 7, of: 3 },
        { id: 450, of: 3 },
        { id: 600, of: 7 },
      ],
    );
    assert.deepEqual(await one("select count(*)::int as n from lengths"), { n: 502 });
  });

  it("deletes what its condition names, and nothing else", async () => {
    const remaining = "remaining=select count(*) from notes where id % 10 = 3";
    const files = fill("delete from notes where id % 10 = 3 returning id;", undefined, remaining);
    // It removes, so it is a contract file.
    const approval = await approve(files, "02");
    const { messages } = await applyFiles(database.url, files, { approval });
    assert.ok(
      messages.some((line) => line.startsWith("02_fill: 50 rows changed")),
      messages.join("\n"),
    );
    assert.deepEqual(
      await one(
        "select count(*)::int as n, count(*) filter (where id % 10 = 3)::int as left from notes",
      ),
      { n: 450, left: 0 },
    );
  });

  it("tells how far it is, with units in the names, and is never done before its end", async () => {
    await queryAll(database.url, "analyze notes");
    const told: Readonly<Record<string, unknown>>[] = [];
    const slow = LENGTH.replace(";", " and pg_sleep(0.005) is not null;");
    await applyFiles(database.url, fill(slow, "batch=100 target=1ms"), {
      onMessage: (_message, data) => {
        if (data && "walkedRows" in data) told.push(data);
      },
    });
    const [first, ...others] = told;
    const { rowsPerSecond, etaMs, batchMs, ...counted } = first!;
    assert.deepEqual(counted, {
      file: "02_fill",
      walkedRows: 100,
      estimatedRows: 500,
      percent: 20,
      changedRows: 100,
      position: ["100"],
      batchRows: 100,
      nextBatchRows: 50,
    });
    for (const figure of [rowsPerSecond, etaMs, batchMs]) assert.ok(Number(figure) > 0);
    const last = others.pop();
    assert.ok(others.every(({ percent }) => Number(percent) <= 99));
    assert.deepEqual([last?.changedRows, last?.walkedRows], [500, 500]);
    assert.ok(Number(last?.tookMs) > 0 && last?.pausedMs === 0);
  });

  it("goes over all partitions of a table", async () => {
    await queryAll(
      database.url,
      `drop table notes; create table notes (id int primary key, body text, length int, hits int not null default 0) partition by range (id);
       create table notes_1 partition of notes for values from (0) to (250);
       create table notes_2 partition of notes for values from (250) to (1000);
       insert into notes (id, body) select i, repeat('x', i % 50) from generate_series(1, 500) i`,
    );
    const { messages } = await applyFiles(database.url, fill(LENGTH));
    assert.deepEqual(await one("select bool_and(length = id % 50 and hits = 1) as ok from notes"), {
      ok: true,
    });
    assert.ok(!messages.some((line) => line.includes("no index")), messages.join("\n"));
  });

  it("goes on with another size after its file's directive was changed, and repeats nothing", async () => {
    const stop = new AbortController();
    await queryAll(
      database.url,
      "alter table notes add constraint fit check (id <> 321 or length is null)",
    );
    const failed = await failureOf(
      applyFiles(database.url, fill(LENGTH, "batch=7 target=60s"), { signal: stop.signal }),
    );
    assert.equal(failed.sqlstate, "23514");
    const done = await one("select count(*)::int as n from notes where length is not null");
    assert.ok(Number(done?.n) > 0 && Number(done?.n) <= 320, JSON.stringify(done));
    await queryAll(database.url, "alter table notes drop constraint fit");

    const changed = fill(LENGTH, "batch=200 target=60s");
    assert.equal((await failureOf(applyFiles(database.url, changed))).code, "CHECKSUM_MISMATCH");
    await repair({
      target: parseUrl(database.url, "DATABASE_URL"),
      migrations: await analyzeFiles(changed),
      ...{
        number: "02",
        reason: "larger batches",
        leaseWaitMs: 5_000,
        report: silent,
        signal: stop.signal,
      },
    });
    const { messages } = await applyFiles(database.url, changed);
    assert.ok(
      messages.some((line) =>
        line.startsWith(`02_fill: ${String(500 - Number(done?.n))} rows changed`),
      ),
      messages.join("\n"),
    );
    assert.deepEqual(await one("select bool_and(length = id % 50 and hits = 1) as ok from notes"), {
      ok: true,
    });
  });

  it("ends with the server's word where its table is dropped meanwhile", async () => {
    const slow = "update notes set length = 1 where pg_sleep(0.01) is not null;";
    const running = applyFiles(database.url, fill(slow, "batch=1 target=1ms"));
    running.catch(() => undefined);
    await eventually("a batch", async () => {
      const [row] = await queryAll<{ rows: number }>(
        database.url,
        "select rows::int as rows from lockstep.backfill",
      ).catch(() => []);
      return (row?.rows ?? 0) > 0;
    });
    await queryAll(database.url, "drop table notes");
    const failure = await failureOf(running);
    assert.equal(failure.code, "STATEMENT_FAILED");
    assert.equal(failure.sqlstate, "42P01");
    assert.equal(failure.where?.split(":")[0], "migrations/02_fill_up.sql");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 running"]);
    // Nor is it taken for filled by the next run.
    assert.equal(
      (await failureOf(applyFiles(database.url, fill(slow, "batch=1 target=1ms")))).sqlstate,
      "42P01",
    );
  });

  it("has an end where the table grows faster than it is walked: later rows are the trigger's", async () => {
    const files: Files = {
      ...BASE,
      "02_add_sync_up.sql": `create function sync() returns trigger language plpgsql as $$ begin new.length := length(new.body); return new; end $$;
        create trigger sync before insert or update on notes for each row execute function sync();`,
      // 10 ms a row, while two rows come in less than that.
      "03_fill_up.sql": `-- lockstep: backfill table=notes key=id batch=1 target=1ms remaining=select count(*) from notes where length is distinct from length(body)
        update notes set length = length(body), hits = hits + 1 where pg_sleep(0.01) is not null;`,
    };
    await queryAll(database.url, "delete from notes where id > 50");
    let isOver = false;
    let growing: Promise<void> | undefined;
    // Only once it walks: what came before its first batch, it has to fill.
    const grow = () =>
      withClient(database.url, async (client) => {
        for (let id = 1_000; !isOver; id += 2) {
          await client.query("insert into notes (id, body) values ($1, 'late'), ($1 + 1, 'late')", [
            id,
          ]);
        }
      });
    const onMessage = (message: string) => {
      if (message.startsWith("03_fill: ")) growing ??= grow();
    };
    await applyFiles(database.url, files, { onMessage }).finally(() => (isOver = true));
    await growing;
    assert.deepEqual(
      await one(
        "select bool_and(length = length(body)) as same, bool_and(hits = 1) filter (where id <= 50) as walked, count(*) > 50 as grown from notes",
      ),
      { same: true, walked: true, grown: true },
    );
  });

  it("is refused where rows have no key, before it fills any", async () => {
    await queryAll(
      database.url,
      "alter table notes drop constraint notes_pkey, alter id drop not null; create index on notes (id); insert into notes (id) values (null)",
    );
    const failure = await failureOf(applyFiles(database.url, fill(LENGTH)));
    assert.equal(failure.message, "A backfill would pass by rows that have no key");
    assert.equal(failure.seen, "rows of notes where id IS NULL");
    assert.deepEqual(await one("select count(length)::int as n from notes"), { n: 0 });
  });

  it("says where no index serves it, and fills all the same", async () => {
    await queryAll(database.url, "alter table notes drop constraint notes_pkey");
    const { messages } = await applyFiles(database.url, fill(LENGTH));
    assert.ok(
      messages.includes(
        "migrations/02_fill_up.sql: no index of notes begins with id, so each batch reads the whole table",
      ),
      messages.join("\n"),
    );
    assert.deepEqual(await one("select bool_and(hits = 1) as ok from notes"), { ok: true });
  });

  it("cancels a batch that takes far too long, and comes again with fewer rows", async () => {
    // 500 rows of 6 ms: beyond the limit of 2 s in one batch, not in half of it.
    const sql = "update notes set length = 1, hits = hits + 1 where pg_sleep(0.006) is not null;";
    const { messages } = await applyFiles(database.url, fill(sql, "batch=500 target=100ms"));
    assert.ok(
      messages.includes("02_fill: a batch took more than 2000 ms; again with 250 rows"),
      messages.join("\n"),
    );
    assert.deepEqual(await one("select bool_and(hits = 1) as ok, count(*)::int as n from notes"), {
      ok: true,
      n: 500,
    });
  });

  it("halves its batches at a row that somebody holds, says who, and gets by once that is free", async () => {
    await withClient(database.url, async (holder) => {
      await holder.query("begin; update notes set body = 'held' where id = 30");
      let met: () => void = () => undefined;
      const waiting = new Promise<void>((resolve) => (met = resolve));
      const running = applyFiles(database.url, fill(LENGTH, "batch=64 target=60s"), {
        onMessage: (message) => {
          if (message.includes("waiting for locks")) met();
        },
      });
      running.catch(() => undefined);
      await waiting;
      await holder.query("commit");
      await running;
    });
    assert.deepEqual(await one("select bool_and(hits = 1) as ok from notes"), { ok: true });
    assert.deepEqual(await one("select body, length from notes where id = 30"), {
      body: "held",
      length: 4,
    });
  });

  it("works as a plain role that owns the table", async () => {
    const owner = await createOwnerRole(database.url);
    const { username } = new URL(owner);
    await queryAll(
      database.url,
      `alter table notes owner to ${username}; grant all on schema lockstep to ${username}; grant all on all tables in schema lockstep to ${username}; grant all on all sequences in schema lockstep to ${username}`,
    );
    await applyFiles(owner, fill(LENGTH));
    assert.deepEqual(await one("select bool_and(length = id % 50) as ok from notes"), { ok: true });
  });
});
