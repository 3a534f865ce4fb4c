// The way that works on a fresh machine: the embedded server's files are copied while it runs.
import assert from "node:assert/strict";
import { cp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readBackupKey } from "../../../../engine/backup/backupKey.ts";
import { listBackups } from "../../../../engine/backup/list.ts";
import type { BackupManifest } from "../../../../engine/backup/manifest.ts";
import { readManifest, writeManifest } from "../../../../engine/backup/manifest.ts";
import { proveBackup } from "../../../../engine/backup/prove.ts";
import { type BackupRequest, takeBackup } from "../../../../engine/backup/takeBackup.ts";
import { silent } from "../../../../engine/events.ts";
import { queryAll } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { CUSTOMERS, recorder, RELEASE, useCopyableServer, withWriters } from "./support.ts";

describe("a backup of the embedded server", () => {
  const server = useCopyableServer();
  const temp = useTempDir("backups");

  const request = (changes: Partial<BackupRequest> = {}): BackupRequest => ({
    url: server.url,
    destination: join(temp.path, "store"),
    release: RELEASE,
    before: "contract",
    report: silent,
    way: "physical",
    ...changes,
  });
  const folderOf = ({ id }: BackupManifest) => join(temp.path, "store", id);
  const rowsOf = (manifest: BackupManifest, table: string) =>
    manifest.tables.find(({ name }) => name === table)?.rows;

  it("holds all and is proven by a restore", async () => {
    const { report, events } = recorder();
    const manifest = await takeBackup(request({ report }));
    assert.equal(manifest.kind, "physical");
    assert.equal(manifest.proof.result, "passed", manifest.proof.why);
    assert.equal(rowsOf(manifest, "public.customers"), CUSTOMERS);
    assert.equal(rowsOf(manifest, "Sales.Order 2026"), 50);
    assert.equal(rowsOf(manifest, "Sales.Order"), null);
    assert.equal(rowsOf(manifest, "public.session"), null, "unlogged rows do not survive");
    assert.match(manifest.proof.why, /rows agree, value for value$/);
    assert.match(manifest.lsn, /^[0-9A-F]+\/[0-9A-F]+$/);
    assert.deepEqual(manifest.release, RELEASE);
    assert.equal(manifest.before, "contract");
    assert.deepEqual(await readManifest(folderOf(manifest)), manifest);
    assert.ok(events.some(({ level, data }) => level === "progress" && data?.bytes !== undefined));
    assert.ok(events.some(({ message }) => /backup proven: recovered on/.test(message)));
  });

  it("is proven also where it is encrypted, and a proof without the key says so", async () => {
    const key = readBackupKey({ LOCKSTEP_BACKUP_KEY: "ab".repeat(32) });
    const manifest = await takeBackup(request({ key }));
    assert.equal(manifest.proof.result, "passed", manifest.proof.why);
    const { proof } = await proveBackup(folderOf(manifest), { report: silent });
    assert.equal(proof.result, "not proven");
    assert.match(proof.why, /no key is set/);
  });

  it("is proven also when writers never pause", async () => {
    const manifest = await withWriters(server.url, 3, () => takeBackup(request()));
    assert.equal(manifest.proof.result, "passed", manifest.proof.why);
    assert.ok((rowsOf(manifest, "public.customers") ?? 0) > CUSTOMERS);
    await queryAll(server.url, `DELETE FROM customers WHERE email IS NULL`);
  });

  it("is for its owner only, holds no password, and leaves no slot, session or scratch server", async () => {
    const manifest = await takeBackup(request());
    const store = join(temp.path, "store");
    for (const entry of await readdir(store, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      assert.equal(mode & 0o777, entry.isDirectory() ? 0o700 : 0o600, entry.name);
    }
    const text = await readFile(join(folderOf(manifest), "manifest.json"), "utf8");
    assert.ok(!text.includes(new URL(server.url).password));
    assert.deepEqual(await queryAll(server.url, "SELECT FROM pg_replication_slots"), []);
    const sessions = "SELECT FROM pg_stat_activity WHERE application_name = 'lockstep:backup'";
    assert.deepEqual(await queryAll(server.url, sessions), []);
    assert.deepEqual(await readdir(join(server.home, "scratch")), []);
  });

  it("is refused with numbers where the disk is too small, and leaves nothing", async () => {
    const error = await failureOf(takeBackup(request({ freeBytes: () => Promise.resolve(1024) })));
    assert.equal(error.code, "BACKUP_FAILED");
    assert.match(error.seen ?? "", /1\.0 KiB free; the server's data is \d+\.\d MiB/);
    assert.deepEqual(await readdir(join(temp.path, "store")), []);
  });

  it("is not proven, and says so, where the restore would not fit", async () => {
    const { report, events } = recorder();
    const freeBytes = (dir: string) => Promise.resolve(dir.endsWith("scratch") ? 1024 : 2 ** 40);
    const { proof } = await takeBackup(request({ report, freeBytes }));
    assert.deepEqual([proof.kind, proof.result], ["none", "not proven"]);
    assert.match(proof.why, /a restore needs .* where 1\.0 KiB are free/);
    assert.ok(events.some(({ level, message }) => level === "warn" && /not proven/.test(message)));
  });

  it("interrupted while files are copied, leaves nothing, and the next one is good", async () => {
    const stop = new AbortController();
    const report = (_level: string, message: string) => {
      if (message.endsWith("copied")) stop.abort();
    };
    const error = await failureOf(takeBackup(request({ report, signal: stop.signal })));
    assert.equal(error.code, "INTERRUPTED");
    assert.deepEqual(await readdir(join(temp.path, "store")), []);
    assert.equal((await takeBackup(request())).proof.result, "passed");
  });

  it("interrupted during its proof, is there and not proven, and no scratch server is", async () => {
    const stop = new AbortController();
    const report = (_level: string, message: string) => {
      if (message.startsWith("proof: recovering")) stop.abort();
    };
    const error = await failureOf(takeBackup(request({ report, signal: stop.signal })));
    assert.equal(error.code, "INTERRUPTED");
    const [backup] = await listBackups(join(temp.path, "store"));
    assert.equal(backup?.manifest?.proof.kind, "none");
    assert.deepEqual(await readdir(join(server.home, "scratch")), []);
    const proven = await proveBackup(backup.dir, { report: silent });
    assert.equal(proven.proof.result, "passed", proven.proof.why);
  });

  it("of a role that is no superuser is refused with the client that is needed", async () => {
    await queryAll(server.url, "CREATE ROLE plain LOGIN PASSWORD 'p'");
    const url = new URL(server.url);
    [url.username, url.password] = ["plain", "p"];
    const error = await failureOf(takeBackup(request({ url: url.href })));
    assert.equal(error.code, "BACKUP_FAILED");
    assert.match(error.seen ?? "", /no superuser/);
    assert.match(error.next ?? "", /libpq|postgresql-client-\d+/);
  });

  it("keeps as many as asked for", async () => {
    const first = await takeBackup(request());
    const second = await takeBackup(request({ keep: { count: 1 } }));
    const ids = (await listBackups(join(temp.path, "store"))).map(({ id }) => id);
    assert.deepEqual(ids, [second.id]);
    assert.notEqual(first.id, second.id);
  });

  it("tells rows of transactions that committed while it counted from rows that were lost", async () => {
    // As if the count had been just before three rows came, and the restore point just after.
    const [before] = await queryAll<{ snapshot: string; rows: number; checksum: string }>(
      server.url,
      `SELECT pg_current_snapshot()::text AS snapshot, count(*)::int AS rows,
              sum(hashtextextended(ROW(id, name, email)::text, 0))::text AS checksum FROM customers`,
    );
    assert.ok(before);
    await queryAll(server.url, "INSERT INTO customers (name) VALUES ('a'), ('b'), ('c')");
    const manifest = await takeBackup(request());
    const counted = (rows: number) => ({
      ...manifest,
      point: { ...manifest.point, snapshot: before.snapshot },
      tables: manifest.tables.map((table) =>
        table.name === "public.customers" ? { ...table, rows, checksum: before.checksum } : table,
      ),
    });
    await writeManifest(folderOf(manifest), counted(before.rows));
    const told = await proveBackup(folderOf(manifest), { report: silent });
    assert.equal(told.proof.result, "passed", told.proof.why);
    assert.match(told.proof.why, /transactions committed while the rows were counted/);
    await writeManifest(folderOf(manifest), counted(before.rows - 1));
    const lost = await proveBackup(folderOf(manifest), { report: silent });
    assert.equal(lost.proof.result, "not proven");
    assert.match(lost.proof.why, /public\.customers cannot be compared/);
    await queryAll(server.url, "DELETE FROM customers WHERE email IS NULL");
  });

  it("tells them also from values that were changed", async () => {
    const [before] = await queryAll<{ snapshot: string; rows: number }>(
      server.url,
      "SELECT pg_current_snapshot()::text AS snapshot, count(*)::int AS rows FROM customers",
    );
    assert.ok(before);
    await queryAll(server.url, "INSERT INTO customers (name) VALUES ('a')");
    const manifest = await takeBackup(request());
    await queryAll(server.url, "DELETE FROM customers WHERE email IS NULL");
    const counted = { rows: before.rows, checksum: "1" };
    const tables = manifest.tables.map((table) =>
      table.name === "public.customers" ? { ...table, ...counted } : table,
    );
    const point = { ...manifest.point, snapshot: before.snapshot };
    await writeManifest(folderOf(manifest), { ...manifest, point, tables });
    const { proof } = await proveBackup(folderOf(manifest), { report: silent });
    assert.equal(proof.why, "public.customers: as many rows, but not the same values");
    assert.equal(proof.result, "failed");
  });

  describe("that was harmed", () => {
    const harm: Record<string, (dir: string, file: string) => Promise<void>> = {
      "by one flipped bit": async (dir, file) => {
        const content = await readFile(join(dir, "data", file));
        content.writeUInt8(content.readUInt8(4000) ^ 4, 4000);
        await writeFile(join(dir, "data", file), content);
      },
      "by a file cut short": (dir, file) => truncate(join(dir, "data", file), 8192),
      "by a missing file": (dir, file) => rm(join(dir, "data", file)),
    };
    for (const [how, apply] of Object.entries(harm)) {
      it(`${how} is found out`, async () => {
        const { manifest, dir, file } = await harmable();
        await apply(dir, file);
        const { proof } = await proveBackup(dir, { report: silent });
        assert.deepEqual([proof.kind, proof.result], ["restore", "failed"]);
        assert.ok(proof.why.startsWith(`${file}: `), proof.why);
        assert.deepEqual((await readManifest(dir)).proof, proof);
        assert.equal(manifest.proof.result, "passed");
      });
    }

    // These pass the checksums: the restore itself must find them.
    it("before it was written, by rows that are not there, is found out by the restore", async () => {
      const { manifest, dir } = await harmable();
      const tables = manifest.tables.map((table) =>
        table.name === "public.customers" ? { ...table, rows: CUSTOMERS + 1 } : table,
      );
      await writeManifest(dir, { ...manifest, tables });
      const { proof } = await proveBackup(dir, { report: silent });
      assert.equal(proof.result, "failed");
      assert.match(proof.why, /public\.customers: 20000 rows instead of 20001/);
    });

    it("before it was written, by log that is not there, is found out by the restore", async () => {
      const { manifest, dir } = await harmable();
      const wal = manifest.files.filter(({ path }) => /^pg_wal\/[0-9A-F]{24}$/.test(path));
      for (const { path } of wal) await rm(join(dir, "data", path));
      const files = manifest.files.filter((file) => !wal.includes(file));
      await writeManifest(dir, { ...manifest, files });
      const { proof } = await proveBackup(dir, { report: silent });
      assert.equal(proof.result, "failed");
      assert.match(proof.why, /The scratch server did not start/);
    });

    let pristine: string | undefined;

    /** A copy of one good backup, and the file with the customers in it. */
    async function harmable() {
      if (pristine === undefined) {
        const made = await takeBackup(request());
        pristine = join(server.home, "pristine");
        await cp(folderOf(made), pristine, { recursive: true });
      }
      const dir = join(temp.path, "harmed");
      await cp(pristine, dir, { recursive: true });
      const manifest = await readManifest(dir);
      const path = "SELECT pg_relation_filepath('customers') AS path";
      const [row] = await queryAll<{ path: string }>(server.url, path);
      return { manifest, dir, file: row?.path ?? "" };
    }
  });
});
