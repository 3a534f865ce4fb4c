// A table that another session holds: asked for again and again within a budget, nothing half done.
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "pg";
import {
  createOwnerRole,
  databaseName,
  queryAll,
  useDatabase,
  withClient,
} from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, ledgerOf, type ApplyOptions, type Files } from "./applyFiles.ts";

const BASE: Files = { "01_create_things_up.sql": "create table things (id int primary key);" };
const FILES: Files = {
  ...BASE,
  "02_add_up.sql": "create table others (); alter table things add column name text;",
};

describe("a table that another session holds", () => {
  const database = useDatabase();
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });

  /** Runs `body` while another session reads `things` in an open transaction. */
  async function whileHeld(body: (holder: Client, pid: number) => Promise<void>): Promise<void> {
    await withClient(database.url, async (holder) => {
      await holder.query("set application_name = 'reports'; begin; select id from things");
      const found = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
      await body(holder, found.rows[0]?.pid ?? 0);
    });
  }

  it("is waited for outside the lock queue; who holds it is named", async () => {
    await whileHeld(async (holder, pid) => {
      const lines: string[] = [];
      const freed: Promise<unknown>[] = [];
      const options: ApplyOptions = {
        onMessage: (message) => {
          if (!/outside the queue/.test(message)) return;
          lines.push(message);
          freed.push(holder.query("commit"));
        },
      };
      const { applied } = await applyFiles(database.url, FILES, options);
      await Promise.all(freed);
      assert.deepEqual(applied, ["02_add"]);
      const named = `^02_add: waiting for locks outside the queue; pid ${String(pid)}, .*reports`;
      assert.match(lines[0] ?? "", new RegExp(named));
      assert.match(lines[0] ?? "", /things AccessShareLock/);
    });
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
    const [wait] = await queryAll<{ file: string; behind: string; sql: boolean }>(
      database.url,
      `select data->>'file' as file, data->'behind'->>0 as behind, data::text ilike '%select%' as sql
       from lockstep.event where kind = 'lockWait'`,
    );
    assert.equal(wait?.file, "02_add");
    assert.match(wait.behind, /^pid \d+, .*reports.*things AccessShareLock/);
    assert.equal(wait.sql, false);
  });

  it("is asked for at last though readers take turns and leave no gap", async () => {
    // Each reads for longer than the threshold, and begins before the one before it ends.
    const pacing = { ageMs: 20, askMs: 20, stepEveryMs: 100, ceilingMs: 2_000 };
    let isDone = false;
    const read = async () => {
      await withClient(database.url, async (reader) => {
        while (!isDone) await reader.query("select pg_sleep(0.15) from things");
      });
    };
    await queryAll(database.url, "insert into things values (1)");
    const readers = [0, 50, 100].map((ms) => delay(ms).then(read));
    try {
      const limits = { lockPacing: pacing };
      const { applied } = await applyFiles(database.url, FILES, { limits });
      assert.deepEqual(applied, ["02_add"]);
    } finally {
      isDone = true;
      await Promise.all(readers);
    }
  });

  it("is not waited for where the mode does not conflict", async () => {
    await whileHeld(async () => {
      const files = { ...BASE, "02_add_up.sql": "comment on table things is 'read meanwhile';" };
      const { messages } = await applyFiles(database.url, files);
      assert.deepEqual(
        messages.filter((message) => /waiting for locks/.test(message)),
        [],
      );
    });
  });

  it("is waited for before anything is locked: the file's other tables stay free", async () => {
    const files = {
      ...BASE,
      "02_more_up.sql": "create table a_first (id int); create table b_second (id int);",
    };
    await applyFiles(database.url, files);
    await whileHeld(async (holder) => {
      await withClient(database.url, async (writer) => {
        // The server ends a statement that waits behind the file's lock.
        await writer.query("set lock_timeout = '150ms'");
        const freed: Promise<unknown>[] = [];
        let writes = 0;
        await applyFiles(
          database.url,
          {
            ...files,
            "03_three_up.sql":
              "update a_first set id = 1; alter table a_first add column n int; alter table things add column n int;",
          },
          {
            onMessage: (message) => {
              if (!/outside the queue/.test(message) || freed.length > 0) return;
              const write = async () => {
                for (writes = 0; writes < 20; writes += 1) {
                  await writer.query("insert into a_first values (1)");
                  await writer.query("select count(*) from things");
                }
                await holder.query("commit");
              };
              freed.push(write());
            },
          },
        );
        await Promise.all(freed);
        assert.equal(writes, 20);
      });
    });
  });

  for (const [allowed, ended] of [
    [undefined, false],
    [1, true],
  ] as const) {
    it(`by an idle session: ${ended ? "ended where config allows it" : "left alone by default"}`, async () => {
      await whileHeld(async (holder, pid) => {
        const limits = {
          lockBudgetMs: ended ? 20_000 : 700,
          ...(allowed === undefined ? {} : { lockCancelIdleMs: allowed }),
        };
        const run = applyFiles(database.url, FILES, { limits });
        if (ended) {
          const { messages } = await run;
          const told = new RegExp(
            `ended an idle session in the way: pid ${String(pid)}, .*reports`,
          );
          assert.ok(messages.some((message) => told.test(message)));
          await assert.rejects(holder.query("select 1"));
        } else {
          assert.match((await failureOf(run)).seen ?? "", /one transaction held them all the time/);
          await holder.query("select 1");
        }
      });
    });
  }

  it("is waited for by a role that may not see whose transaction it is, or since when", async () => {
    const owner = await createOwnerRole(database.url);
    const { username } = new URL(owner);
    await queryAll(
      database.url,
      `grant usage on schema lockstep to ${username};
       grant all on all tables in schema lockstep to ${username};
       grant all on all sequences in schema lockstep to ${username};
       alter table things owner to ${username}`,
    );
    await whileHeld(async (holder, pid) => {
      const failure = await failureOf(applyFiles(owner, FILES, { limits: { lockBudgetMs: 600 } }));
      assert.match(failure.seen ?? "", new RegExp(`pid ${String(pid)}, .*reports .*things`));
      assert.match(failure.next ?? "", /pg_read_all_stats/);
      const freed: Promise<unknown>[] = [];
      const { applied, messages } = await applyFiles(owner, FILES, {
        onMessage: (message) => {
          if (/outside the queue/.test(message)) freed.push(holder.query("commit"));
        },
      });
      await Promise.all(freed);
      assert.deepEqual(applied, ["02_add"]);
      assert.ok(messages.some((message) => /outside the queue/.test(message)));
    });
  });

  it("ends the run at its budget with who is in the way; nothing of the file is there", async () => {
    await whileHeld(async (_holder, pid) => {
      const limits = { lockBudgetMs: 1 };
      const failure = await failureOf(applyFiles(database.url, FILES, { limits }));
      assert.equal(failure.code, "LOCK_TIMEOUT");
      assert.equal(failure.where, "migrations/02_add_up.sql");
      assert.match(failure.seen ?? "", new RegExp(`pid ${String(pid)}, .*reports`));
      assert.match(failure.next ?? "", /pg_terminate_backend/);
      assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
      assert.deepEqual(await queryAll(database.url, "select to_regclass('others') as others"), [
        { others: null },
      ]);
    });
    await applyFiles(database.url, FILES);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("is held by a prepared transaction, which no session shows: named by its gid", async () => {
    const [setting] = await queryAll<{ most: string }>(
      database.url,
      "select current_setting('max_prepared_transactions') as most",
    );
    // Where the server takes none there is nothing to be in the way.
    if (setting?.most === "0") return;
    const gid = databaseName(database.url);
    await queryAll(database.url, `begin; select id from things; prepare transaction '${gid}'`);
    try {
      const limits = { lockBudgetMs: 1 };
      const failure = await failureOf(applyFiles(database.url, FILES, { limits }));
      assert.ok(failure.seen?.includes(`prepared transaction ${gid},`), failure.seen);
    } finally {
      await queryAll(database.url, `rollback prepared '${gid}'`);
    }
  });

  it("is given up at once on an abort, with nothing half done", async () => {
    await whileHeld(async () => {
      const abort = new AbortController();
      const options: ApplyOptions = {
        signal: abort.signal,
        onMessage: (message) => {
          if (/waiting for locks/.test(message)) abort.abort();
        },
      };
      const failure = await failureOf(applyFiles(database.url, FILES, options));
      assert.equal(failure.code, "INTERRUPTED");
      assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
    });
  });

  it("is in a file with a verify script: the whole file starts over", async () => {
    await whileHeld(async (holder) => {
      const files = { ...FILES, "02_add_verify.sql": "select name from things;" };
      const freed: Promise<unknown>[] = [];
      const { applied } = await applyFiles(database.url, files, {
        onMessage: (message) => {
          if (/outside the queue/.test(message)) freed.push(holder.query("commit"));
        },
      });
      await Promise.all(freed);
      assert.deepEqual(applied, ["02_add"]);
    });
  });
});
