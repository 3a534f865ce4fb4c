// A table that another session holds: asked for again and again within a budget, nothing half done.
import assert from "node:assert/strict";
import type { Client } from "pg";
import { databaseName, queryAll, useDatabase, withClient } from "../../../support/database.ts";
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

  it("is asked for again until it is free; each miss names who holds it", async () => {
    await whileHeld(async (holder, pid) => {
      const misses: string[] = [];
      const freed: Promise<unknown>[] = [];
      const options: ApplyOptions = {
        onMessage: (message) => {
          if (!/waiting for locks, try/.test(message)) return;
          misses.push(message);
          if (misses.length === 2) freed.push(holder.query("commit"));
        },
      };
      const { applied } = await applyFiles(database.url, FILES, options);
      await Promise.all(freed);
      assert.deepEqual(applied, ["02_add"]);
      const named = new RegExp(`^02_add: waiting for locks, try 1; pid ${String(pid)}, .*reports`);
      assert.match(misses[0] ?? "", named);
      assert.match(misses[0] ?? "", /things AccessShareLock/);
    });
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
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
          if (/try 1;/.test(message)) freed.push(holder.query("commit"));
        },
      });
      await Promise.all(freed);
      assert.deepEqual(applied, ["02_add"]);
    });
  });
});
