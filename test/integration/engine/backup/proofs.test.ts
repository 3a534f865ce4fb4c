// Other ways to prove a dump: on a server that somebody named, and by the tables that some files are about.
import assert from "node:assert/strict";
import { readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readBackupKey } from "../../../../engine/backup/backupKey.ts";
import { listFiles } from "../../../../engine/backup/checksums.ts";
import { concernedTables } from "../../../../engine/backup/concerned.ts";
import { type BackupManifest, writeManifest } from "../../../../engine/backup/manifest.ts";
import { proveBackup } from "../../../../engine/backup/prove.ts";
import { type BackupRequest, takeBackup } from "../../../../engine/backup/takeBackup.ts";
import { silent } from "../../../../engine/events.ts";
import { queryAll, serverUrl, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { makeTempDir, useTempDir } from "../../../support/tempDir.ts";
import { analyzeFiles } from "../run/applyFiles.ts";
import { canDump, useDumpServer } from "./dumpServer.ts";
import { CUSTOMERS, fillShop, RELEASE } from "./support.ts";

describe("the proof of a dump", () => {
  if (!canDump) return;
  const server = useDumpServer();
  const temp = useTempDir("proofs");
  const shop = () => server.url("shop");
  before(async () => {
    await queryAll(server.url("postgres"), "CREATE DATABASE shop");
    await queryAll(server.url("postgres"), "CREATE ROLE reader");
    await fillShop(shop());
    await queryAll(
      shop(),
      `ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
       CREATE POLICY reading ON customers TO reader USING (true)`,
    );
  });

  const request = (changes: Partial<BackupRequest> = {}): BackupRequest => ({
    url: shop(),
    destination: join(temp.path, "store"),
    release: RELEASE,
    before: "contract",
    report: silent,
    way: "dump",
    ...changes,
  });
  const KEY = readBackupKey({ LOCKSTEP_BACKUP_KEY: "ab".repeat(32) });
  const harms: Readonly<Record<string, (path: string) => Promise<void>>> = {
    "with one bit flipped": async (path) => {
      const content = await readFile(path);
      const at = Math.floor(content.length / 2);
      content.writeUInt8(content.readUInt8(at) ^ 1, at);
      await writeFile(path, content);
    },
    "cut short": async (path) => truncate(path, Math.floor((await stat(path)).size / 2)),
    "that is missing": (path) => rm(path),
  };
  for (const [what, key] of [
    ["a plain one", undefined],
    ["an encrypted one", KEY],
  ] as const) {
    describe(`of ${what}`, () => {
      let manifest: BackupManifest;
      let store = "";
      before(async () => {
        store = await makeTempDir("harmed");
        manifest = await takeBackup(request({ key, destination: store }));
        assert.equal(manifest.proof.result, "passed", manifest.proof.why);
      });

      for (const [how, harm] of Object.entries(harms)) {
        it(`finds a file ${how}, whether its manifest knows or not`, async () => {
          const dir = join(store, manifest.id);
          const [biggest] = manifest.files.toSorted((a, b) => b.bytes - a.bytes);
          assert.ok(biggest);
          const path = join(dir, "data", biggest.path);
          const whole = await readFile(path);
          await harm(path);
          const seen = await proveBackup(dir, { report: silent, key });
          assert.equal(seen.proof.result, "failed");
          assert.ok(seen.proof.why.startsWith(`${biggest.path}: `), seen.proof.why);
          // As if the fault had been there before the checksums were taken.
          await writeManifest(dir, { ...manifest, files: await listFiles(join(dir, "data")) });
          const restored = await proveBackup(dir, { report: silent, key });
          assert.equal(restored.proof.result, "failed", restored.proof.why);
          await writeFile(path, whole);
          await writeManifest(dir, manifest);
        });
      }
    });
  }

  const databases = async (url: string) =>
    queryAll(url, "SELECT datname FROM pg_database WHERE datname LIKE 'lockstep_proof_%'");

  it("is made on a server that is named, as a plain role that may make databases, and leaves nothing there", async () => {
    const admin = await serverUrl();
    const url = new URL(admin);
    [url.username, url.password] = ["proof_maker", "pw"];
    await queryAll(admin, "CREATE ROLE proof_maker LOGIN CREATEDB PASSWORD 'pw'");
    try {
      // As a run that was killed two days ago left it.
      await queryAll(url.href, "CREATE DATABASE lockstep_proof_1700000000_0123abcd");
      const manifest = await takeBackup(request({ proof: { url: url.href } }));
      assert.equal(manifest.proof.result, "passed", manifest.proof.why);
      assert.match(manifest.proof.why, /5 tables with 20051 rows agree, value for value/);
      assert.deepEqual(await databases(admin), []);
      assert.deepEqual(await queryAll(admin, "SELECT FROM pg_roles WHERE rolname = 'reader'"), []);
      await queryAll(admin, "ALTER ROLE proof_maker NOCREATEDB");
      const dir = join(temp.path, "store", manifest.id);
      const { proof } = await proveBackup(dir, { report: silent, wish: { url: url.href } });
      assert.equal(proof.result, "not proven");
      assert.match(proof.why, /may not make databases/);
    } finally {
      await queryAll(admin, "DROP ROLE proof_maker");
    }
  });

  it("is not made on the server that is backed up, under whatever name, unless it is told to", async () => {
    const url = server.url("postgres");
    const error = await failureOf(takeBackup(request({ proof: { url } })));
    assert.equal(error.code, "CONFIG");
    assert.match(error.message, /the one that is backed up/);
    assert.deepEqual(await readdir(join(temp.path, "store")), []);
    const manifest = await takeBackup(request({ proof: { url, onTarget: true } }));
    assert.equal(manifest.proof.result, "passed", manifest.proof.why);
    assert.deepEqual(await databases(url), []);
    const dir = join(temp.path, "store", manifest.id);
    const later = await failureOf(proveBackup(dir, { report: silent, wish: { url } }));
    assert.match(later.message, /the one that is backed up/);
  });

  it("restores the rows of the tables that are named, and tells of the others what it did not", async () => {
    const wish = { kind: "objects", tables: ["public.customers"] } as const;
    const manifest = await takeBackup(request({ proof: wish }));
    const { proof } = manifest;
    assert.deepEqual([proof.kind, proof.result], ["objects", "passed"], proof.why);
    assert.match(
      proof.why,
      new RegExp(
        `5 tables with ${String(CUSTOMERS)} rows agree, value for value; the rows of 2 others`,
      ),
    );
    const dir = join(temp.path, "store", manifest.id);
    const changed = (name: string) => ({
      ...manifest,
      tables: manifest.tables.map((one) => (one.name === name ? { ...one, checksum: "1" } : one)),
    });
    await writeManifest(dir, changed("Sales.Order 2026"));
    assert.equal((await proveBackup(dir, { report: silent, wish })).proof.result, "passed");
    await writeManifest(dir, changed("public.customers"));
    const bad = await proveBackup(dir, { report: silent, wish });
    assert.equal(bad.proof.why, "public.customers: as many rows, but not the same values");
  });
});

describe("concernedTables", () => {
  const database = useDatabase();
  const of = async (sql: string) => {
    const files = await analyzeFiles({ "09_remove_up.sql": sql });
    return withClient(database.url, (client) => concernedTables(client, files));
  };

  it("are those that the files name, with their partitions", async () => {
    await queryAll(
      database.url,
      `CREATE TABLE a (i int, b int); CREATE TABLE other (i int); CREATE INDEX a_b ON a (b); CREATE VIEW v AS SELECT 1;
       CREATE SCHEMA "S"; CREATE TABLE "S"."P" (i int) PARTITION BY RANGE (i);
       CREATE TABLE "S"."P1" PARTITION OF "S"."P" FOR VALUES FROM (0) TO (9);`,
    );
    assert.deepEqual(await of("ALTER TABLE a DROP COLUMN b;"), ["public.a"]);
    assert.deepEqual(await of('DROP TABLE "S"."P" CASCADE; DROP VIEW v;'), ["S.P", "S.P1"]);
    assert.deepEqual(await of("DROP INDEX a_b; DROP TABLE IF EXISTS nowhere;"), ["public.a"]);
    assert.deepEqual(await of("DELETE FROM other USING a WHERE a.i = other.i;"), [
      "public.a",
      "public.other",
    ]);
    assert.equal(await of("DO $$ BEGIN DROP TABLE a; END $$;"), undefined);
    assert.equal(await of('DROP SCHEMA "S" CASCADE;'), undefined);
  });
});
