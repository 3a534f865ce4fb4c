// How pg_dump is called and what becomes of its failures; with a stand-in, on every machine.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BackupRequest, takeBackup } from "../../../../engine/backup/takeBackup.ts";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { silent } from "../../../../engine/events.ts";
import { createOwnerRole, queryAll, useDatabase } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { makeFakeDump } from "./fakeDump.ts";
import { CUSTOMERS, fillShop, RELEASE } from "./support.ts";

describe("calling pg_dump", () => {
  const database = useDatabase();
  const temp = useTempDir("dumps");

  beforeEach(() => fillShop(database.url));

  const request = (changes: Partial<BackupRequest>): BackupRequest => ({
    url: database.url,
    destination: join(temp.path, "store"),
    release: RELEASE,
    before: "expand",
    report: silent,
    way: "dump",
    ...changes,
  });

  it("passes everything secret by the environment, and an exported snapshot", async () => {
    const fake = await makeFakeDump(join(temp.path, "bin"), "ok");
    const manifest = await takeBackup(request({ env: fake.env }));
    const call = await fake.call();
    const { password, port } = new URL(database.url);
    assert.ok(password.length > 0);
    assert.equal(call?.env.PGPASSWORD, password);
    assert.equal(call.env.PGPORT, port);
    assert.ok(!call.args.join(" ").includes(password));
    assert.ok(call.args.some((arg) => /^--snapshot=[0-9A-F]+-[0-9A-F]+-\d+$/.test(arg)));
    const text = await readFile(join(temp.path, "store", manifest.id, "manifest.json"), "utf8");
    assert.ok(!text.includes(password));
  });

  it("counts rows exactly, but for the lease, and says that nothing here can restore it", async () => {
    const fake = await makeFakeDump(join(temp.path, "bin"), "ok");
    const { tables, proof, kind } = await takeBackup(request({ env: fake.env }));
    const rows = new Map(tables.map((table) => [table.name, table.rows]));
    assert.equal(kind, "dump");
    assert.equal(rows.get("public.customers"), CUSTOMERS);
    assert.equal(rows.get("lockstep.lease"), null);
    assert.deepEqual([proof.kind, proof.result], ["none", "not proven"]);
    assert.match(proof.why, /no pg_restore of version 99 or newer/);
  });

  it("needs no more than a plain owner role", async () => {
    const fake = await makeFakeDump(join(temp.path, "bin"), "ok");
    const url = await createOwnerRole(database.url);
    await queryAll(url, "CREATE TABLE mine AS SELECT 1 AS id");
    for (const schema of ["public", '"Sales"', "lockstep"]) {
      const { username } = new URL(url);
      await queryAll(database.url, `GRANT USAGE ON SCHEMA ${schema} TO ${username}`);
      await queryAll(database.url, `GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${username}`);
    }
    const { tables } = await takeBackup(request({ url, env: fake.env }));
    assert.equal(tables.find(({ name }) => name === "public.mine")?.rows, 1);
  });

  it("that fails, is an error with its own words, and leaves nothing", async () => {
    const fake = await makeFakeDump(join(temp.path, "bin"), "fail");
    const error = await failureOf(takeBackup(request({ env: fake.env })));
    assert.equal(error.code, "BACKUP_FAILED");
    assert.match(error.seen ?? "", /No space left on device/);
    assert.match(error.likely ?? "", /disk filled up/);
    assert.ok(!formatError(error).includes(new URL(database.url).password));
    assert.deepEqual(await readdir(join(temp.path, "store")), []);
  });

  it("is ended on interruption, and leaves nothing: no process, no session, no folder", async () => {
    const fake = await makeFakeDump(join(temp.path, "bin"), "hang");
    const stop = new AbortController();
    const failure = failureOf(takeBackup(request({ env: fake.env, signal: stop.signal })));
    await eventually("pg_dump's call", fake.call);
    stop.abort();
    assert.equal((await failure).code, "INTERRUPTED");
    assert.deepEqual(await readdir(join(temp.path, "store")), []);
    const mine =
      "SELECT FROM pg_stat_activity WHERE application_name = 'lockstep:backup' AND datname = current_database()";
    await eventually("the sessions' end", async () => {
      return (await queryAll(database.url, mine)).length === 0;
    });
  });

  it("that cannot read a table's rows for row security, fails instead of counting fewer", async () => {
    const fake = await makeFakeDump(join(temp.path, "bin"), "ok");
    const url = await createOwnerRole(database.url);
    const { username } = new URL(url);
    await queryAll(
      database.url,
      `DROP SCHEMA lockstep, "Sales" CASCADE; ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
       GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${username}`,
    );
    const error = await failureOf(takeBackup(request({ url, env: fake.env })));
    assert.equal(error.sqlstate, "42501");
    assert.match(error.seen ?? "", /row-level security/);
  });
});
