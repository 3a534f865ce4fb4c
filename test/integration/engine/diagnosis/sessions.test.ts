// Sessions in each other's way, and sessions that something ends: as their errors are told.
import assert from "node:assert/strict";
import { DatabaseError, type Client } from "pg";
import { diagnoseFully } from "../../../../engine/drivers/postgres/diagnosis/explain.ts";
import {
  diagnose,
  diagnoseCut,
  findEntry,
} from "../../../../engine/drivers/postgres/diagnosis/table.ts";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { queryAll, serverMajor, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles } from "../run/applyFiles.ts";
import { urlAs, useServer } from "./ownServer.ts";

/** The server's error that `work` ends with. */
async function thrownBy(work: Promise<unknown>): Promise<DatabaseError> {
  const error = await work.then(
    () => assert.fail("expected a failure"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof DatabaseError, String(error));
  return error;
}

const fully = (url: string, error: DatabaseError) =>
  diagnoseFully(parseUrl(url, "DATABASE_URL"), error, undefined);

describe("sessions in each other's way", () => {
  const database = useDatabase();
  beforeEach(() =>
    queryAll(
      database.url,
      "CREATE TABLE one (id int); CREATE TABLE two (id int); INSERT INTO one VALUES (1)",
    ),
  );

  it("40P01: a deadlock names the other session, which is still there", async () => {
    const other = urlAs(database.url, { search: "?application_name=nightly" });
    const error = await withClient(other, (nightly) =>
      withClient(database.url, async (ours) => {
        await nightly.query("SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE one");
        await ours.query("BEGIN; LOCK TABLE two");
        const waiting = nightly.query("LOCK TABLE two");
        await eventually("it waits", async () => {
          const rows = await queryAll(database.url, "SELECT FROM pg_locks WHERE NOT granted");
          return rows.length === 1;
        });
        const deadlock = await thrownBy(ours.query("LOCK TABLE one"));
        const told = await fully(database.url, deadlock);
        await ours.query("ROLLBACK");
        await waiting;
        return { code: deadlock.code, ...told };
      }),
    );
    assert.equal(error.code, "40P01");
    assert.match(error.likely ?? "", /the other one: .*\d+ \(\w+, nightly\)/);
    assert.equal(error.next, "run the same command again");
  });

  it("40001: a concurrent change", async () => {
    const read = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM one";
    const error = await withClient(database.url, async (ours) => {
      await ours.query(read);
      await queryAll(database.url, "UPDATE one SET id = 2");
      return thrownBy(ours.query("UPDATE one SET id = 3"));
    });
    assert.equal(findEntry(error)?.id, "serialization");
    assert.equal(diagnose(error)?.next, "run the same command again");
  });

  it("55P03: a lock that was not to be had", async () => {
    await withClient(database.url, async (holder) => {
      await holder.query("BEGIN; LOCK TABLE one");
      const sql = "SET lock_timeout = 1; ALTER TABLE one ADD x int";
      const error = await thrownBy(queryAll(database.url, sql));
      assert.equal(findEntry(error)?.id, "lock-timeout");
    });
  });

  it("25P02: a statement behind one that failed", async () => {
    await withClient(database.url, async (client) => {
      await thrownBy(client.query("BEGIN; SELECT 1 / 0"));
      const error = await thrownBy(client.query("SELECT 1"));
      assert.equal(findEntry(error)?.id, "aborted-transaction");
    });
  });
});

async function prepare(url: string, gids: string[]): Promise<void> {
  const gid = `${new URL(url).pathname}-${gids.length}`;
  await withClient(url, async (client) => {
    await client.query("BEGIN; INSERT INTO two VALUES (1)");
    await client.query(`PREPARE TRANSACTION '${gid}'`);
  });
  gids.push(gid);
}

async function takeAll(url: string, gids: string[]): Promise<DatabaseError> {
  for (;;) {
    const error = await prepare(url, gids).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error instanceof DatabaseError) return error;
    assert.equal(error, undefined);
  }
}

describe("a session that is ended", () => {
  const database = useDatabase();

  const limits: readonly (readonly [code: string, sql: string, since: number])[] = [
    ["25P03", "SET idle_in_transaction_session_timeout = 1; BEGIN", 13],
    ["57P05", "SET idle_session_timeout = 1", 14],
  ];
  for (const [code, sql, since] of limits) {
    it(`${code}: idle for too long`, async () => {
      if ((await serverMajor(database.url)) < since) {
        await assert.rejects(queryAll(database.url, sql), { code: "42704" });
        return;
      }
      const error = await withClient(database.url, async (client) => {
        const ended = endOf(client);
        await client.query(sql);
        return ended;
      });
      assert.equal(error.code, code);
      assert.match(diagnoseCut(error).likely ?? "", /idle for longer than its limit/);
    });
  }

  it("57P01: by an administrator", async () => {
    const error = await thrownBy(
      queryAll(database.url, "SELECT pg_terminate_backend(pg_backend_pid())"),
    );
    assert.match(diagnoseCut(error).likely ?? "", /administrator ended the session/);
  });

  it("25P04: by a limit that the file itself sets, told with its cause at the last try", async () => {
    const error = await failureOf(
      applyFiles(database.url, {
        "01_sleep_up.sql": "SET LOCAL transaction_timeout = 50; SELECT pg_sleep(60);",
      }),
    );
    if ((await serverMajor(database.url)) < 17) {
      assert.equal(error.sqlstate, "42704");
      assert.match(error.likely ?? "", /has no setting of that name$/);
      return;
    }
    assert.equal(error.code, "CONNECTION");
    assert.equal(error.sqlstate, "25P04");
    assert.match(error.likely ?? "", /transaction_timeout that the file or a function sets/);
    assert.match(error.next ?? "", /take that setting out/);
  });
});

describe("a server of one's own that", () => {
  const server = useServer();

  it("57P02: crashes tells all sessions so, as a warning before their end", async () => {
    await withClient(server.url, async (client) => {
      const warned = new Promise<string | undefined>((resolve) => {
        client.on("notice", ({ code }) => {
          resolve(code);
        });
      });
      const [victim] = await queryAll<{ pid: number }>(
        server.url,
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
      );
      process.kill(victim?.pid ?? 0, "SIGKILL");
      const code = await warned;
      assert.equal(code, "57P02");
      const error = Object.assign(new DatabaseError("", 0, "error"), { code });
      assert.match(diagnoseCut(error).likely ?? "", /another process of the server crashed/);
    });
  });

  it("53200: all prepared transactions are taken; rolling one back makes room", async () => {
    // On the shared server it would be other tests that cannot prepare theirs.
    await queryAll(server.url, "ALTER SYSTEM SET max_prepared_transactions = 3");
    await stopEmbedded(server.dir);
    await startEmbedded({ dir: server.dir, database: "shop" });
    await queryAll(server.url, "CREATE TABLE two (id int)");
    const gids: string[] = [];
    try {
      const error = await takeAll(server.url, gids);
      const told = await fully(server.url, error);
      assert.match(told?.likely ?? "", /\(max_prepared_transactions is 3\)/);
      assert.match(told?.next ?? "", /SELECT gid FROM pg_prepared_xacts; ROLLBACK PREPARED/);
      await queryAll(server.url, `ROLLBACK PREPARED '${gids.pop() ?? ""}'`);
      await prepare(server.url, gids);
    } finally {
      for (const gid of gids) await queryAll(server.url, `ROLLBACK PREPARED '${gid}'`);
    }
  });

  it("55000: has no prepared transactions says which setting gives them", async () => {
    const error = await withClient(server.url, async (client) => {
      await client.query("BEGIN");
      return thrownBy(client.query("PREPARE TRANSACTION 'one'"));
    });
    assert.equal(error.code, "55000");
    const told = await fully(server.url, error);
    assert.match(told?.likely ?? "", /\(max_prepared_transactions is 0\)/);
  });
});

/** The server's last word on a connection. */
function endOf(client: Client): Promise<DatabaseError> {
  return new Promise((resolve) => {
    client.on("error", (error) => {
      if (error instanceof DatabaseError) resolve(error);
    });
  });
}
