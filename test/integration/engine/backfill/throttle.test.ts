// A backfill stands still while a standby lags or the server is busy, with nothing open, and goes on by itself.
import assert from "node:assert/strict";
import { after, before } from "mocha";
import pg from "pg";
import { createOwnerRole, databaseName, queryAll } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { startPair, STANDBY_NAME, type Pair } from "../../../support/standby.ts";
import { applyFiles, type ApplyOptions, type Files } from "../run/applyFiles.ts";

const BASE: Files = {
  "01_create_people_up.sql": "create table people (id int primary key, first text, name text);",
};
/** One row a batch, 20 ms each: long enough that it is looked at in between. */
const FILES: Files = {
  ...BASE,
  "02_fill_up.sql": `-- lockstep: backfill table=people key=id batch=1 target=1ms sync="a test" remaining=select count(*) from people where name is null
    update people set name = upper(first) where pg_sleep(0.02) is not null;`,
};
const ROWS = 80;
const END_ONE =
  "select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(600)' limit 1";

describe("a backfill's pauses", function () {
  this.timeout(120_000);
  let pair: Pair;
  let url = "";
  let count = 0;
  before(async () => {
    pair = await startPair("throttle");
  });
  after(() => pair.stop());
  beforeEach(async () => {
    count += 1;
    await queryAll(pair.primaryUrl, `create database throttle_${String(count)}`);
    const own = new URL(pair.primaryUrl);
    own.pathname = `/throttle_${String(count)}`;
    url = own.href;
    await applyFiles(url, BASE);
    await queryAll(
      url,
      `insert into people select i, 'p' || i from generate_series(1, ${String(ROWS)}) i`,
    );
  });

  /** Starts the backfill; `paused` resolves with what it says when it stands still. */
  function start(limits: NonNullable<ApplyOptions["limits"]>["backfill"], at = url) {
    const stop = new AbortController();
    let say: (message: string) => void = () => undefined;
    const paused = new Promise<string>((resolve) => (say = resolve));
    const ended = applyFiles(at, FILES, {
      signal: stop.signal,
      ...(limits && { limits: { backfill: limits } }),
      onMessage: (message) => {
        if (message.includes(": paused")) say(message);
      },
    });
    ended.catch(() => undefined);
    return { ended, paused: Promise.race([paused, ended.then(() => "never")]), stop };
  }
  const filled = async () =>
    (await queryAll<{ n: number }>(url, "select count(name)::int as n from people"))[0]?.n;
  /** What the runner's session holds while it stands still. */
  const held = () =>
    queryAll(
      url,
      `select state, backend_xid, backend_xmin, xact_start is null as idle,
         (select count(*)::int from pg_locks l where l.pid = a.pid and l.locktype <> 'virtualxid') as locks
       from pg_stat_activity a
       where application_name ~ '^lockstep:[0-9]+$' and datname = '${databaseName(url)}'`,
    );
  const NOTHING = [{ state: "idle", backend_xid: null, backend_xmin: null, idle: true, locks: 0 }];

  describe("behind a standby whose replay stands still", () => {
    afterEach(() => queryAll(pair.standbyUrl, "select pg_wal_replay_resume()"));
    beforeEach(() => queryAll(pair.standbyUrl, "select pg_wal_replay_pause()"));

    it("tell which one and how far it is behind, hold nothing, and end when it has caught up", async () => {
      const { ended, paused } = start({ maxReplicaLagMs: 300 });
      const said = await paused;
      assert.match(said, new RegExp(`^02_fill: paused: ${STANDBY_NAME} \\(127.0.0.1\\) replays `));
      assert.match(said, /s and \d+\.\d MiB behind \(at most 0\.3 s\)$/);
      assert.deepEqual(
        await eventually("a session that is idle", async () => {
          const sessions = await held();
          return sessions.length === 1 && sessions;
        }),
        NOTHING,
      );
      const before = await filled();
      assert.ok(before !== undefined && before < ROWS, String(before));

      await queryAll(pair.standbyUrl, "select pg_wal_replay_resume()");
      const { messages } = await ended;
      assert.equal(await filled(), ROWS);
      assert.match(
        messages.find((one) => one.includes("rows changed")) ?? "",
        / of which .* paused$/,
      );
    });

    it("do not outlast an interrupt, and what is done stays done", async () => {
      const { ended, paused, stop } = start({ maxReplicaLagMs: 300 });
      await paused;
      stop.abort();
      assert.equal((await failureOf(ended)).code, "INTERRUPTED");
      const done = await filled();
      assert.ok(done !== undefined && done < ROWS, String(done));
      await queryAll(pair.standbyUrl, "select pg_wal_replay_resume()");
      await applyFiles(url, FILES);
      assert.equal(await filled(), ROWS);
    });

    it("do not come where the role may not see it, which is said once", async () => {
      const owner = await createOwnerRole(url);
      await queryAll(url, "alter table people owner to current_user");
      const { username } = new URL(owner);
      await queryAll(
        url,
        `grant all on people to ${username}; grant all on schema lockstep to ${username}; grant all on all tables in schema lockstep to ${username}; grant all on all sequences in schema lockstep to ${username}`,
      );
      const { messages } = await applyFiles(owner, FILES, {
        limits: { backfill: { maxReplicaLagMs: 300 } },
      });
      assert.equal(await filled(), ROWS);
      const told = messages.filter((message) => message.includes("may not see how far"));
      assert.deepEqual(told, [
        "02_fill: this role may not see how far 1 standby is behind, so it does not wait for it; GRANT pg_read_all_stats TO it shows it",
      ]);
    });
  });

  it("do not come for a standby that keeps up", async () => {
    const { messages } = await applyFiles(url, FILES, {
      limits: { backfill: { maxReplicaLagMs: 20_000 } },
    });
    assert.deepEqual(
      messages.filter((message) => message.includes("pause")),
      [],
    );
  });

  it("last while more sessions are at work than config allows, and end with them", async () => {
    const busy = await Promise.all(
      [1, 2, 3].map(async () => {
        const client = new pg.Client({ connectionString: url });
        client.on("error", () => undefined);
        await client.connect();
        return { client, query: client.query("select pg_sleep(600)").catch(() => undefined) };
      }),
    );
    try {
      const { ended, paused } = start({ maxActive: 2 });
      assert.equal(await paused, "02_fill: paused: 3 sessions at work (at most 2)");
      assert.deepEqual(await held(), NOTHING);
      assert.equal(await filled(), 0);
      await queryAll(url, END_ONE);
      await ended;
      assert.equal(await filled(), ROWS);
    } finally {
      await queryAll(url, END_ONE.replace(/ limit 1$/, ""));
      await Promise.all(busy.map(({ query }) => query));
    }
  });
});
