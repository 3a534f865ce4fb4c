// A look at a real database: blocked chains, prepared transactions, builds, backfills, also as a plain role.
import assert from "node:assert/strict";
import { join } from "node:path";
import pg from "pg";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import type { Look } from "../../../../engine/watch/look.ts";
import { postgresSource, WATCH_NAME } from "../../../../engine/watch/postgresSource.ts";
import { planWaitTrees, type WaitNode } from "../../../../engine/watch/waitTree.ts";
import { watch, type Tick, type WatchConnection } from "../../../../engine/watch/watch.ts";
import { createOwnerRole, createRole, queryAll, useDatabase } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { ensureTestRun } from "../../../support/testRun.ts";
import { applyFiles } from "../run/applyFiles.ts";

describe("a look at PostgreSQL", () => {
  let opened: { close(): unknown }[] = [];
  let ended: Promise<unknown>[] = [];

  // Before the database is dropped: hooks run in the order in which they are stated.
  afterEach(async () => {
    for (const one of opened.toReversed()) await one.close();
    await Promise.allSettled(ended);
    opened = [];
    ended = [];
  });
  const database = useDatabase();

  async function session(application: string, url = database.url): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, application_name: application });
    client.on("error", () => undefined);
    await client.connect();
    opened.push({ close: () => client.end() });
    return client;
  }

  async function open(url = database.url, whole = false): Promise<WatchConnection> {
    const source = postgresSource(parseUrl(url, "DATABASE_URL"), { whole });
    const connection = await source.connect();
    opened.push(connection);
    return connection;
  }

  /** Sends what will wait; it ends with its session at the latest. */
  function send(client: pg.Client, sql: string): void {
    ended.push(client.query(sql).catch(() => undefined));
  }

  async function lookUntil(watching: WatchConnection, isThere: (look: Look) => unknown) {
    return eventually("the look shows it", async () => {
      const look = await watching.look();
      return isThere(look) ? look : undefined;
    });
  }

  const waiters = (look: Look) => look.sessions.filter(({ waitsFor }) => waitsFor !== null);
  const chain = (nodes: readonly WaitNode[]): unknown =>
    nodes.map(({ session: one, prepared, blocks }) => [
      one?.application ?? prepared?.gid,
      ...(blocks.length > 0 ? [chain(blocks)] : []),
    ]);

  /** first holds a row, second wants the table, third queues behind it. */
  async function blockedChain(url: string): Promise<void> {
    await queryAll(url, "create table things (id int primary key, note text)");
    await queryAll(url, "insert into things values (1, 'x')");
    const first = await session("app:1.0-abc", url);
    await first.query("begin; update things set note = 's3cr3t' where id = 1");
    const second = await session("second", url);
    send(second, "alter table things add column more int");
    const watching = await open(url);
    await lookUntil(watching, (look) => waiters(look).length === 1);
    send(await session("third", url), "select count(*) from things where note = 'hunter2'");
  }

  for (const role of ["superuser", "owner"] as const) {
    it(`shows a chain of three with its locks, as ${role}`, async () => {
      const url = role === "owner" ? await createOwnerRole(database.url) : database.url;
      await blockedChain(url);
      const look = await lookUntil(await open(url), (seen) => waiters(seen).length === 2);
      const trees = planWaitTrees(look);
      assert.deepEqual(chain(trees), [["app:1.0-abc", [["second", [["third"]]]]]]);
      const second = trees[0]?.blocks[0];
      assert.equal(second?.waitsFor?.mode, "AccessExclusiveLock");
      assert.equal(second.waitsFor.on, "public.things");
      assert.deepEqual(second.blocks[0]?.waitsFor?.mode, "AccessShareLock");
      assert.deepEqual(trees[0]?.session?.mark, { what: "app", release: "1.0-abc", step: null });
      assert.equal(trees[0].session.state, "idle in transaction");
      assert.equal(
        second.blocks[0].session?.query,
        "select count(*) from things where note = ?",
        "values are masked",
      );
      assert.doesNotMatch(JSON.stringify(look), /s3cr3t|hunter2/);
    });
  }

  it("shows queries whole where that is asked for", async () => {
    await blockedChain(database.url);
    const look = await lookUntil(await open(database.url, true), (l) => waiters(l).length === 2);
    assert.match(JSON.stringify(look), /s3cr3t[^]*hunter2|hunter2[^]*s3cr3t/);
  });

  it("shows a plain role whose lock is waited for where it may not see what they run", async () => {
    await blockedChain(database.url);
    const stranger = await createRole(database.url);
    const look = await lookUntil(await open(stranger), (seen) => waiters(seen).length === 2);
    assert.deepEqual(chain(planWaitTrees(look)), [["app:1.0-abc", [["second", [["third"]]]]]]);
    assert.deepEqual(
      look.sessions
        .filter(({ application }) => application !== WATCH_NAME)
        .map(({ state }) => state),
      [null, null, null],
    );
    assert.ok(look.sessions.every(({ query }) => query === null));
    assert.equal(look.ledger.state, "none");
  });

  it("tells a plain role of a hidden transaction's age what it has seen itself", async () => {
    const other = await session("other");
    await other.query("begin; select pg_current_xact_id()");
    const watching = await open(await createRole(database.url));
    await watching.look();
    const [seen] = (await watching.look()).sessions;
    assert.equal(seen?.state, null);
    assert.equal(typeof seen.transactionForS, "number");
    await other.query("rollback");
    assert.equal((await watching.look()).sessions[0]?.transactionForS, null);
  });

  it("names a prepared transaction that is in the way, and none that only holds a weaker lock", async () => {
    const owner = await createOwnerRole(database.url);
    const gid = `gid ${new URL(database.url).pathname}`;
    await queryAll(owner, "create table things (id int)");
    for (const [name, sql] of [
      [gid, "insert into things values (1)"],
      [`${gid} reads`, "select * from things"],
    ] as const) {
      await queryAll(database.url, `begin; ${sql}; prepare transaction '${name}'`);
      opened.unshift({ close: () => queryAll(database.url, `rollback prepared '${name}'`) });
    }
    send(await session("waits", owner), "begin; lock table things in share mode");
    const look = await lookUntil(await open(owner), (seen) => waiters(seen).length === 1);
    assert.deepEqual(chain(planWaitTrees(look)), [[gid, [["waits"]]]]);
    assert.deepEqual(
      look.prepared.map((one) => one.gid),
      [gid, `${gid} reads`],
    );
  });

  it("names the table of a row that is waited for, and advisory locks", async () => {
    await queryAll(database.url, "create table things (id int); insert into things values (1)");
    const holder = await session("holder");
    await holder.query("begin; select * from things for update; select pg_advisory_lock(77)");
    send(await session("row"), "update things set id = 2");
    send(await session("advisory"), "select pg_advisory_lock(77)");
    const look = await lookUntil(await open(), (seen) => waiters(seen).length === 2);
    const waits = waiters(look).map(({ application, waitsFor }) => [application, waitsFor?.on]);
    assert.deepEqual(waits, [
      ["row", "a row of public.things"],
      ["advisory", "advisory lock 77"],
    ]);
  });

  it("shows how far an index build is, and behind whom it waits", async () => {
    await queryAll(database.url, "create table things (id int)");
    const writer = await session("writer");
    await writer.query("begin; insert into things values (1)");
    send(await session("lockstep:7"), "create index concurrently things_id on things (id)");
    const look = await lookUntil(
      await open(),
      (seen) => seen.work.some(({ behindPid }) => behindPid !== null) && waiters(seen).length === 1,
    );
    const { pid: _, behindPid, ...build } = look.work[0]!;
    assert.deepEqual(build, {
      what: "index",
      command: "CREATE INDEX CONCURRENTLY",
      relation: "public.things",
      index: "things_id",
      phase: "waiting for writers before build",
      done: 0,
      total: null,
      unit: "tuples",
    });
    assert.equal(
      behindPid,
      (await writer.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid,
    );
    assert.match(waiters(look)[0]?.waitsFor?.on ?? "", /^transaction \d+\/\d+$/);
  });

  it("shows how far a vacuum is", async () => {
    await queryAll(
      database.url,
      "create table things (note text); insert into things select repeat('x', 500) from generate_series(1, 2000); delete from things",
    );
    const slow = await session("slow");
    await slow.query("set vacuum_cost_delay = 100; set vacuum_cost_limit = 1");
    send(slow, "vacuum things");
    const look = await lookUntil(await open(), ({ work }) => work[0]?.total);
    const { what, command, relation, unit, total } = look.work[0]!;
    assert.deepEqual(
      [what, command, relation, unit],
      ["vacuum", "VACUUM", "public.things", "blocks"],
    );
    assert.equal(typeof total, "number");
    await queryAll(
      database.url,
      "select pg_terminate_backend(pid) from pg_stat_progress_vacuum where datname = current_database()",
    );
  });

  it("gives a look up that would wait for the ledger's tables, and says so", async () => {
    await applyFiles(database.url, { "01_a_up.sql": "create table a ();" });
    const changer = await session("changer");
    await changer.query("begin; lock table lockstep.lease in access exclusive mode");
    const source = postgresSource(parseUrl(database.url, "DATABASE_URL"), { whole: false });
    const ending = new AbortController();
    const ticks = watch(source, { intervalMs: 10, limitMs: 20_000, signal: ending.signal });
    const next = async () => ((await ticks.next()) as IteratorYieldResult<Tick>).value;
    const slow = await next();
    assert.equal(slow.state, "slow");
    assert.match("why" in slow ? slow.why : "", /lock timeout/);
    await changer.query("rollback");
    assert.equal((await next()).state, "up");
    await ticks.return(undefined);
  });

  it("shows the lease's holder, its session and how far its backfill is", async () => {
    const base = {
      "01_people_up.sql":
        "create table people (id int primary key, name text); insert into people select i, null from generate_series(1, 30) i;",
    };
    await applyFiles(database.url, base);
    const locker = await session("locker");
    await locker.query("begin; select * from people where id = 15 for update");
    const running = applyFiles(database.url, {
      ...base,
      "02_fill_up.sql":
        "-- lockstep: backfill table=people key=id batch=10 remaining=select count(*) from people where name is null\nupdate people set name = 'x' where name is null;\n",
    });
    const watching = await open();
    const look = await lookUntil(watching, ({ ledger, sessions }) => {
      const [file] = ledger.files;
      const works = sessions.some(({ mark, waitsFor }) => mark?.what === "runner" && waitsFor);
      return works && (file?.backfill?.rows ?? 0) >= 10 && file?.backfill?.rowsPerS !== null;
    });
    const { lease, files, release } = look.ledger;
    assert.equal(release, null);
    assert.match(lease?.doing ?? "", /^migrate/);
    assert.equal(files.length, 1);
    assert.equal(files[0]?.file, "02_fill");
    assert.equal(files[0].statementsDone, null);
    assert.ok(Number(files[0].backfill?.position?.[0]) < 15);
    assert.equal(look.sessions[0]?.mark?.step, lease?.doing);
    assert.match(look.sessions[0]?.application ?? "", /^lockstep:\d+$/);
    assert.deepEqual(chain(planWaitTrees(look)), [["locker", [[look.sessions[0]?.application]]]]);
    await locker.query("rollback");
    await running;
    assert.deepEqual((await watching.look()).ledger.files, []);
    assert.equal((await watching.look()).ledger.lease, null);
  });

  it("says where this role may not read the ledger, and shows the rest", async () => {
    await applyFiles(database.url, { "01_a_up.sql": "create table a ();" });
    const look = await (await open(await createRole(database.url))).look();
    assert.equal(look.ledger.state, "unreadable");
  });

  it("holds no transaction, snapshot or lock between two looks, and bears its name", async () => {
    const watching = await open();
    await watching.look();
    const [own] = await queryAll<Record<string, unknown>>(
      database.url,
      `select state, backend_xid, backend_xmin, xact_start is null or state = 'idle' as at_rest,
         (select count(*)::int from pg_locks l where l.pid = a.pid) as locks
       from pg_stat_activity a where application_name = '${WATCH_NAME}' and datname = current_database()`,
    );
    assert.deepEqual(own, {
      state: "idle",
      backend_xid: null,
      backend_xmin: null,
      at_rest: true,
      locks: 0,
    });
    assert.ok(
      (await watching.look()).sessions.every(({ application }) => application !== WATCH_NAME),
    );
  });
});

describe("a watch over a restart of the server", () => {
  it("says that the server is away, and goes on when it is back", async () => {
    const dir = join(await ensureTestRun(), "watched");
    const start = () => startEmbedded({ dir, database: "watched", scratch: true });
    const { url } = await start();
    const ending = new AbortController();
    try {
      const source = postgresSource(parseUrl(url, "DATABASE_URL"), { whole: false });
      const options = { intervalMs: 50, limitMs: 20_000, signal: ending.signal };
      const states: string[] = [];
      const until = async (ticks: AsyncGenerator<Tick>, state: Tick["state"]) => {
        for (;;) {
          const { value: tick } = (await ticks.next()) as IteratorYieldResult<Tick>;
          if (states.at(-1) !== tick.state) states.push(tick.state);
          if (tick.state === state) return tick;
        }
      };
      const ticks = watch(source, options);
      await until(ticks, "up");
      await stopEmbedded(dir);
      const away = await until(ticks, "away");
      assert.match("why" in away ? away.why : "", /terminat|refuse|connection/i);
      await start();
      await until(ticks, "up");
      assert.deepEqual(states, ["up", "away", "up"]);
    } finally {
      ending.abort();
      await stopEmbedded(dir);
    }
  });
});
