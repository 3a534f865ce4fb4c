// A provider's own backups: the drill that shows that they can be restored, and the command that takes one.
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { clientEnvironment } from "../../../../engine/backup/clientEnvironment.ts";
import { findPrograms } from "../../../../engine/backup/clients.ts";
import { recordDrill } from "../../../../engine/backup/drill.ts";
import { takeProviderBackup } from "../../../../engine/backup/providerBackup.ts";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { recordEvent } from "../../../../engine/ledger/record.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles } from "../run/applyFiles.ts";
import { canDump, useDumpServer } from "./dumpServer.ts";

describe("a provider's own backups", () => {
  if (!canDump) return;
  const server = useDumpServer();
  /** Where the snapshot is restored to: another server. */
  const database = useDatabase();
  const signal = new AbortController().signal;
  const shop = () => parseUrl(server.url("shop"), "test");
  const drill = (restored: string) =>
    recordDrill({
      ...{ target: shop(), restored: parseUrl(restored, "test"), by: "Ada" },
      ...{ report: silent, signal },
    });
  const take = (script: string, drillMaxAgeMs?: number) =>
    takeProviderBackup({
      ...{
        target: shop(),
        label: "1.1",
        before: "contract",
        report: silent,
        signal,
        drillMaxAgeMs,
      },
      snapshot: [process.execPath, "-e", script],
      env: { DATABASE_URL: "secret", LOCKSTEP_BACKUP_KEY: "secret", CLOUD_TOKEN: "token" },
    });

  before(async () => {
    await queryAll(server.url("postgres"), "CREATE DATABASE shop");
    await applyFiles(server.url("shop"), { "01_create_a_up.sql": "create table a (i int);" });
    await queryAll(server.url("shop"), "insert into a select generate_series(1, 7)");
    await withClient(server.url("shop"), (client) =>
      recordEvent(client, { release: null, kind: "baseline", data: { through: "01" } }),
    );
  });

  it("count while a drill is recent that restored them to another server", async () => {
    const none = await failureOf(take("console.log('never')"));
    assert.match(none.seen ?? "", /none is recorded; .*drillMaxAge is 30 days/);
    assert.match((await failureOf(drill(server.url("shop")))).message, /the database itself/);
    assert.match((await failureOf(drill(database.url))).message, /not a past of this database/);

    // What a provider does with a snapshot.
    const [dump] = await findPrograms("pg_dump");
    assert.ok(dump);
    const { stdout: sql } = await execa(dump.path, ["--no-owner"], {
      env: clientEnvironment(shop()),
      extendEnv: false,
    });
    await execa(join(dirname(dump.path), "psql"), ["-q", "-v", "ON_ERROR_STOP=1"], {
      ...{ env: clientEnvironment(parseUrl(database.url, "test")), extendEnv: false },
      input: sql,
    });
    await queryAll(server.url("shop"), "insert into a values (8)");
    const { rows, tables } = await drill(database.url);
    assert.ok(rows > 7 && tables > 5, `${String(rows)} rows of ${String(tables)} tables`);
    const [event] = await queryAll<{ data: unknown }>(
      server.url("shop"),
      "select data->>'by' as data from lockstep.event where kind = 'drill'",
    );
    assert.equal(event?.data, "Ada");

    const tell = "console.log('asking'); console.log(Object.keys(process.env).sort().join())";
    const told = await take(tell);
    assert.match(told, /CLOUD_TOKEN,.*LOCKSTEP_BEFORE,LOCKSTEP_RELEASE/);
    assert.doesNotMatch(told, /DATABASE_URL|LOCKSTEP_BACKUP_KEY|asking/);
    assert.match((await failureOf(take("0"))).seen ?? "", /printed nothing/);
    const failed = await failureOf(take("console.error('no quota'); process.exit(3)"));
    assert.equal(failed.code, "BACKUP_FAILED");
    assert.match(failed.seen ?? "", /exit code 3[^]*no quota/);
    assert.match(
      (await failureOf(take("console.log('x')", 1))).seen ?? "",
      /the last was on \d{4}-/,
    );
  });
});
