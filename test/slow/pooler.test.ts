// Behind a PgBouncer: what would reach other clients is refused with the remedy, and nothing of ours leaks to them.
import assert from "node:assert/strict";
import { takeBackup } from "../../engine/backup/takeBackup.ts";
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { readPooling } from "../../engine/drivers/postgres/pooler.ts";
import { parseTarget, parseUrl } from "../../engine/drivers/postgres/target.ts";
import { silent } from "../../engine/events.ts";
import { readStatus } from "../../engine/run/status.ts";
import { applyFiles, ledgerOf } from "../integration/engine/run/applyFiles.ts";
import { queryAll, useDatabase } from "../support/database.ts";
import { failureOf } from "../support/failureOf.ts";
import { ensurePgbouncer, withPgbouncer } from "../support/pgbouncer.ts";
import { useTempDir } from "../support/tempDir.ts";

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
