// pg_dump and pg_restore themselves, on a server of their own version.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdir, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { findPrograms } from "../../../../engine/backup/clients.ts";
import { initCluster } from "../../../../engine/backup/initCluster.ts";
import { readManifest, writeManifest } from "../../../../engine/backup/manifest.ts";
import { proveBackup } from "../../../../engine/backup/prove.ts";
import { withScratchServer } from "../../../../engine/backup/scratchServer.ts";
import { type BackupRequest, takeBackup } from "../../../../engine/backup/takeBackup.ts";
import { serverUserFor } from "../../../../engine/embedded/serverUser.ts";
import { silent } from "../../../../engine/events.ts";
import { queryAll } from "../../../support/database.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { CUSTOMERS, fillShop, RELEASE, withWriters } from "./support.ts";

const ROLE = "admin";

// PostgreSQL's client and server programs of one version, as `apt-get install postgresql` brings them.
const [dump] = await findPrograms("pg_dump");
const server = (await findPrograms("postgres")).find(({ major }) => major === dump?.major);

describe("pg_dump on this machine", () => {
  if (dump === undefined || server === undefined) {
    // Elsewhere the embedded server's own programs and the stand-in cover what can be covered.
    it("is there where CI runs: apt-get install postgresql", () => {
      assert.ok(
        !process.env.CI,
        "neither pg_dump nor a server of its version: apt-get install postgresql",
      );
    });
    return;
  }
  const programs = {
    ...server,
    initdb: join(dirname(server.path), "initdb"),
    postgres: server.path,
  };
  const temp = useTempDir("dumps");

  /** Runs `body` with the URL of a filled shop on a server of pg_dump's version. */
  async function withShop(body: (url: string) => Promise<void>): Promise<void> {
    const user = await serverUserFor(join(temp.path, "none"));
    const prepare = (dataDir: string) => initCluster(dataDir, { programs, user, role: ROLE });
    const spec = { programs, user, role: ROLE, prepare, settings: {} };
    await withScratchServer(spec, async ({ socketDir }) => {
      const url = `postgresql://${ROLE}@localhost/postgres?host=${encodeURIComponent(socketDir)}`;
      await queryAll(url, "CREATE DATABASE shop");
      const shop = url.replace("/postgres?", "/shop?");
      await fillShop(shop);
      await body(shop);
    });
  }

  const request = (url: string): BackupRequest => ({
    url,
    destination: join(temp.path, "store"),
    release: RELEASE,
    before: "contract",
    report: silent,
    way: "dump",
  });
  const dataOf = (id: string) => join(temp.path, "store", id, "data");

  it("makes a backup that a restore proves, while writers never pause", async () => {
    await withShop(async (url) => {
      await queryAll(
        url,
        `CREATE ROLE reader; ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
         CREATE POLICY reading ON customers TO reader USING (true);`,
      );
      const manifest = await withWriters(url, 3, () => takeBackup(request(url)));
      assert.equal(manifest.kind, "dump");
      assert.equal(manifest.proof.result, "passed", manifest.proof.why);
      const rows = new Map(manifest.tables.map((table) => [table.name, table.rows]));
      assert.ok((rows.get("public.customers") ?? 0) >= CUSTOMERS);
      assert.equal(rows.get("public.session"), 1);
      for (const name of await readdir(dataOf(manifest.id))) {
        assert.equal((await stat(join(dataOf(manifest.id), name))).mode & 0o777, 0o600);
      }
    });
  });

  it("leaves the lease's row out, so that a restore holds none", async () => {
    await withShop(async (url) => {
      const manifest = await takeBackup(request(url));
      const dir = join(temp.path, "store", manifest.id);
      const tables = manifest.tables.map((table) =>
        table.name === "lockstep.lease" ? { ...table, rows: 1 } : table,
      );
      await writeManifest(dir, { ...manifest, tables });
      const { proof } = await proveBackup(dir, { report: silent });
      assert.equal(proof.why, "lockstep.lease: its rows are not in the archive");
    });
  });

  it("makes files whose damage is found out, and a bad archive fails the restore", async () => {
    await withShop(async (url) => {
      const manifest = await takeBackup(request(url));
      const dir = join(temp.path, "store", manifest.id);
      const biggest = [...manifest.files].sort((a, b) => b.bytes - a.bytes)[0];
      assert.ok(biggest);
      const path = join(dataOf(manifest.id), biggest.path);
      const whole = await readFile(path);

      const flipped = Buffer.from(whole);
      flipped.writeUInt8(flipped.readUInt8(200) ^ 1, 200);
      await writeFile(path, flipped);
      const first = await proveBackup(dir, { report: silent });
      assert.equal(
        first.proof.why,
        `${biggest.path}: its checksum differs: its content was changed`,
      );

      // As if pg_dump had written it so: the checksums agree, the restore does not.
      await writeFile(path, whole);
      await truncate(path, 1000);
      const sha256 = createHash("sha256").update(whole.subarray(0, 1000)).digest("hex");
      const files = manifest.files.map((file) =>
        file === biggest ? { ...file, bytes: 1000, sha256 } : file,
      );
      await writeManifest(dir, { ...manifest, files });
      const second = await proveBackup(dir, { report: silent });
      assert.equal(second.proof.result, "failed");
      assert.match(second.proof.why, /^pg_restore: /);
    });
  });

  it("finds one changed value in a dump whose files agree with their checksums", async () => {
    await withShop(async (url) => {
      const manifest = await takeBackup(request(url));
      assert.match(manifest.proof.why, /5 tables with \d+ rows agree, value for value$/);
      const dir = join(temp.path, "store", manifest.id);
      // A value that is the shop's in one file alone, as a fault between server and disk would change it.
      for (const file of manifest.files.filter(({ path }) => path.endsWith(".gz"))) {
        const path = join(dataOf(manifest.id), file.path);
        const text = gunzipSync(await readFile(path)).toString();
        if (!text.includes("Customer 4711\t")) continue;
        const changed = gzipSync(text.replace("Customer 4711\t", "Customer 4712\t"));
        await writeFile(path, changed);
        const sha256 = createHash("sha256").update(changed).digest("hex");
        Object.assign(file, { sha256, bytes: changed.length });
      }
      await writeManifest(dir, manifest);
      const { proof } = await proveBackup(dir, { report: silent });
      assert.equal(proof.result, "failed");
      assert.equal(proof.why, "public.customers: as many rows, but not the same values");
    });
  });

  it("compares values of every kind and encoding, however a role or a database prints them", async () => {
    await withShop(async (url) => {
      const latin = url.replace("/shop?", "/latin?");
      await queryAll(
        url,
        "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
      );
      await queryAll(
        latin,
        `CREATE TYPE mood AS ENUM ('glad'); CREATE DOMAIN short AS text; CREATE TYPE pair AS (a int, b text);
         CREATE TABLE kinds (
           id int PRIMARY KEY, f float8, r real, n numeric, m money, t timestamptz, d date, i interval, b bytea, j json, jb jsonb,
           x xml, a text[], mo mood, s short, p pair, c char(5), rg int4range, bits bit(3), cls regclass, u uuid, ip inet, ts tsvector,
           "umlaut""ä" text, twice numeric GENERATED ALWAYS AS (n * 2) STORED);
         INSERT INTO kinds VALUES (1, 0.1 + 0.2, 1e-7, 1.10, 12.34, now(), now(), '1 day 2 hours', '\\x00ff', '{"b": 1,  "a": 2}',
           '{"a": 1}', '<a/>', '{a,NULL,"b c"}', 'glad', 'q', (1, 'x y'), 'ab', '[1,5)', '101', 'kinds', gen_random_uuid(), '::1',
           'a b', 'größe');
         INSERT INTO kinds (id, n) VALUES (2, NULL);
         CREATE TABLE none (); INSERT INTO none DEFAULT VALUES;
         ALTER TABLE kinds ENABLE ROW LEVEL SECURITY;
         ALTER DATABASE latin SET DateStyle = 'German'; ALTER DATABASE latin SET extra_float_digits = 0;
         ALTER DATABASE latin SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE latin SET bytea_output = 'escape';`,
      );
      const { tables, proof } = await takeBackup(request(latin));
      assert.equal(proof.result, "passed", proof.why);
      assert.match(proof.why, /2 tables with 3 rows agree, value for value/);
      assert.ok(tables.every(({ checksum }) => checksum !== undefined));
      const none = await takeBackup({ ...request(latin), checks: "none" });
      assert.match(none.proof.why, /2 tables with 3 rows agree, 2 of them only by their number/);
    });
  });

  it("is not proven, and says why, where the scratch server lacks an extension; what was proven stays so", async () => {
    await withShop(async (url) => {
      const manifest = await takeBackup(request(url));
      const dir = join(temp.path, "store", manifest.id);
      await writeManifest(dir, { ...manifest, extensions: ["no_such_extension"] });
      const { proof } = await proveBackup(dir, { report: silent });
      assert.deepEqual([proof.kind, proof.result], ["none", "not proven"]);
      assert.equal(proof.why, "the scratch server lacks extensions: no_such_extension");
      const kept = await readManifest(dir);
      assert.deepEqual(kept.proof, manifest.proof, "where it could be tried it was proven");
    });
  });
});
