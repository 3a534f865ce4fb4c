// What a whole server does in the middle of a file: it crashes and restarts, or its standby is missing.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { withCuttingProxy } from "../../../support/cuttingProxy.ts";
import { queryAll } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { makeTempDir } from "../../../support/tempDir.ts";
import { applyFiles, ledgerOf } from "./applyFiles.ts";

const BASE = { "01_create_things_up.sql": "create table things (id serial, file int);" };

describe("a server of one's own", () => {
  let dir = "";
  let url = "";
  const start = async () => {
    ({ url } = await startEmbedded({ dir, database: "app" }));
  };
  beforeEach(async () => {
    dir = await makeTempDir("server");
    await start();
    await applyFiles(url, BASE);
  });
  afterEach(async () => {
    await stopEmbedded(dir);
    await rm(dir, { recursive: true, force: true });
  });
  const things = async () =>
    (await queryAll<{ file: number }>(url, "select file from things")).map(({ file }) => file);

  it("that crashes in the middle of a file and comes back: the file is applied once", async () => {
    const files = {
      ...BASE,
      "02_insert_up.sql": "insert into things (file) values (2); select pg_sleep(0.6) as asleep;",
      "03_index_up.sql": "create index concurrently things_file on things (file);",
    };
    const running = applyFiles(url, files);
    await eventually("the file sleeps", async () => {
      const found = await queryAll<{ pid: number }>(
        url,
        "select pid from pg_stat_activity where wait_event = 'PgSleep'",
      );
      return found.length === 1;
    });
    // As after an out-of-memory kill: the postmaster ends all sessions and recovers.
    const [victim] = await queryAll<{ pid: number }>(
      url,
      "select pid from pg_stat_activity where wait_event = 'PgSleep'",
    );
    process.kill(victim?.pid ?? 0, "SIGKILL");
    const { applied } = await running;
    assert.deepEqual(applied, ["02_insert", "03_index"]);
    assert.deepEqual(await things(), [2]);
  });

  it("that is stopped in the middle of a file and started again", async () => {
    const files = {
      ...BASE,
      "02_insert_up.sql": "insert into things (file) values (2); select pg_sleep(1) as asleep;",
    };
    const running = applyFiles(url, files);
    await eventually("the file sleeps", async () => {
      const found = await queryAll(
        url,
        "select from pg_stat_activity where wait_event = 'PgSleep'",
      );
      return found.length === 1;
    });
    await stopEmbedded(dir);
    await start();
    assert.deepEqual((await running).applied, ["02_insert"]);
    assert.deepEqual(await things(), [2]);
    assert.deepEqual(await ledgerOf(url), ["01 applied", "02 applied"]);
  });

  it("whose standby is missing: a commit that was cut off is waited for until it is decided", async () => {
    // Only this file's commit waits for a standby; all others are local.
    await queryAll(url, "alter database app set synchronous_commit = local");
    await queryAll(url, "alter system set synchronous_standby_names = 'nobody'");
    await queryAll(url, "select pg_reload_conf()");
    const marker = "set local synchronous_commit = on";
    const files = {
      ...BASE,
      "02_insert_up.sql": `${marker}; insert into things (file) values (2);`,
    };
    await withCuttingProxy(url, { after: marker }, async (proxy) => {
      const messages: string[] = [];
      const running = applyFiles(proxy.url, files, {
        onMessage: (message) => messages.push(message),
      });
      await eventually("the commit waits for the standby", async () => {
        const found = await queryAll(
          url,
          "select from pg_stat_activity where wait_event = 'SyncRep'",
        );
        return found.length === 1;
      });
      await eventually("the runner waits for the commit", () =>
        messages.some((message) =>
          /waiting for the transaction that the cut connection left/.test(message),
        ),
      );
      // In progress for everybody, though it can no longer be undone.
      assert.deepEqual(await things(), []);
      await queryAll(url, "alter system reset synchronous_standby_names");
      await queryAll(url, "select pg_reload_conf()");
      assert.deepEqual((await running).applied, ["02_insert"]);
    });
    assert.deepEqual(await things(), [2]);
    assert.deepEqual(await ledgerOf(url), ["01 applied", "02 applied"]);
  });
});
