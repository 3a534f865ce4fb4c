// Behind a PgBouncer: what would reach other clients is refused with the remedy, and nothing of ours leaks to them.
import assert from "node:assert/strict";
import { takeBackup } from "../../engine/backup/takeBackup.ts";
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { readPooling } from "../../engine/drivers/postgres/pooler.ts";
import { parseTarget, parseUrl } from "../../engine/drivers/postgres/target.ts";
import { silent } from "../../engine/events.ts";
import { withLease } from "../../engine/lease/lease.ts";
import { baseline } from "../../engine/run/baseline.ts";
import { readStatus } from "../../engine/run/status.ts";
import { analyzeFiles, applyFiles, ledgerOf } from "../integration/engine/run/applyFiles.ts";
import { queryAll, useDatabase, withClient } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { failureOf } from "../support/failureOf.ts";
import { ensurePgbouncer, withPgbouncer } from "../support/pgbouncer.ts";
import { useTempDir } from "../support/tempDir.ts";

/** The timeouts that somebody set in a session. */
const SET_IN_SESSION =
  "(select string_agg(name, ', ') from pg_settings where source = 'session' and name like '%timeout') as names";

const FILES = { "01_create_things_up.sql": "create table things (id int);" };

describe("behind a pooler", function () {
  this.timeout(120_000);
  const database = useDatabase();
  const dir = useTempDir("pooler");
  before(ensurePgbouncer);
  const poolingOf = (url: string) => {
    const target = parseUrl(url, "test");
    return withConnection(target, { applicationName: "lockstep:test" }, (client) =>
      readPooling(client, target),
    );
  };

  it("each kind of connection is told for what it is", async () => {
    assert.equal(await poolingOf(database.url), "none");
    for (const mode of ["session", "transaction"] as const) {
      await withPgbouncer(database.url, mode, async (url) => {
        assert.equal(await poolingOf(url), mode);
      });
    }
  });

  it("in transaction mode migrations and backups are refused, with the remedy", async () => {
    await withPgbouncer(database.url, "transaction", async (url) => {
      const migration = await failureOf(applyFiles(url, FILES));
      assert.equal(migration.code, "CONFIG");
      assert.match(migration.message, /change of the schema cannot go through a pooler/);
      assert.match(migration.next ?? "", /DIRECT_URL/);
      const backup = await failureOf(
        takeBackup({
          url,
          destination: dir.path,
          release: { digest: "ab".repeat(32), label: "1.1" },
          before: "contract",
          report: silent,
        }),
      );
      assert.match(backup.message, /A backup cannot go through a pooler/);
    });
    const target = parseTarget({ DIRECT_URL: database.url });
    await applyFiles(target.url, FILES);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
  });

  it("a refused run has changed nothing, neither in the database nor in the pool's sessions", async () => {
    await withPgbouncer(database.url, "transaction", async (url) => {
      const target = parseUrl(url, "test");
      await failureOf(applyFiles(url, FILES));
      const byHand = await failureOf(
        baseline({
          ...{ target, through: "01", migrations: await analyzeFiles(FILES) },
          ...{ leaseWaitMs: 1_000, report: silent, signal: new AbortController().signal },
        }),
      );
      assert.match(byHand.message, /A baseline cannot go through a pooler/);
      const [ledger] = await queryAll(database.url, "select to_regnamespace('lockstep') as is");
      assert.deepEqual(ledger, { is: null });
      await applyFiles(database.url, FILES);
      const options = { doing: "unlock", waitMs: 1_000, report: silent };
      const lease = await failureOf(withLease(target, options, () => Promise.resolve()));
      assert.match(lease.message, /The lease cannot go through a pooler/);
      assert.match(lease.next ?? "", /DIRECT_URL/);
      const left = await Promise.all(
        Array.from({ length: 5 }, () =>
          queryAll<{ names: string | null }>(url, `select pg_sleep(0.2), ${SET_IN_SESSION}`),
        ),
      );
      assert.deepEqual(new Set(left.map(([row]) => row?.names)), new Set([null]));
    });
  });

  // Why a transactional file is refused as well: docs/decisions/0005-no-transaction-pooling.md.
  it("in transaction mode a session's process and settings are the next client's", async () => {
    await withPgbouncer(database.url, "transaction", async (url) => {
      await withClient(url, (runner) =>
        withClient(url, async (app) => {
          const pid = async (client: typeof app) =>
            (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid;
          const learned = await pid(runner);
          await runner.query("set statement_timeout = '1h'; select pg_advisory_lock(1)");
          assert.equal(await pid(app), learned);
          const { rows } = await app.query(`select ${SET_IN_SESSION}`);
          assert.deepEqual(rows, [{ names: "statement_timeout" }]);
          // What a runner does on Ctrl-C, with the pid that it learned.
          const query = assert.rejects(app.query("select pg_sleep(60)"), { code: "57014" });
          await eventually("the app's query runs", async () => {
            const [row] = await queryAll<{ busy: boolean }>(
              database.url,
              "select query like '%pg_sleep(60)%' and state = 'active' as busy from pg_stat_activity where pid = $1",
              [learned],
            );
            return row?.busy;
          });
          await runner.query("select pg_cancel_backend($1)", [learned]);
          await query;
          const [lock] = await queryAll(
            database.url,
            "select count(*)::int as held from pg_locks where locktype = 'advisory' and pid = $1",
            [learned],
          );
          assert.deepEqual(lock, { held: 1 });
        }),
      );
    });
  });

  it("in session mode migrations run as on a direct connection", async () => {
    await withPgbouncer(database.url, "session", async (url) => {
      const files = {
        ...FILES,
        "02_index_up.sql": "create index concurrently things_id on things (id);",
        "03_limits_up.sql":
          "create table limits as select current_setting('idle_in_transaction_session_timeout') as idle;",
      };
      await applyFiles(url, files);
      assert.deepEqual(await queryAll(database.url, "select * from limits"), [{ idle: "1min" }]);
    });
  });

  it("what only looks sets nothing that the app's sessions would get", async () => {
    await applyFiles(database.url, FILES);
    await withPgbouncer(database.url, "transaction", async (url) => {
      const status = await readStatus(parseUrl(url, "test"));
      assert.equal(status.ledger.applied.length, 1);
      const [left] = await queryAll(
        url,
        "select name from pg_settings where source = 'session' and name like '%timeout'",
      );
      assert.equal(left, undefined);
    });
  });
});
