// A disk that fills up while a backup is written: a real one, small, in memory; and a pg_dump that is killed.
import assert from "node:assert/strict";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { readBackupKey } from "../../engine/backup/backupKey.ts";
import { findPrograms } from "../../engine/backup/clients.ts";
import { type BackupRequest, takeBackup } from "../../engine/backup/takeBackup.ts";
import { silent } from "../../engine/events.ts";
import { useDumpServer } from "../integration/engine/backup/dumpServer.ts";
import { RELEASE, useCopyableServer } from "../integration/engine/backup/support.ts";
import { queryAll } from "../support/database.ts";
import { eventually } from "../support/eventually.ts";
import { failureOf } from "../support/failureOf.ts";
import { useTempDir } from "../support/tempDir.ts";
import { pidsOf } from "./programPids.ts";

const DISK_BYTES = 6 * 1024 * 1024;

describe("a backup that is cut short", () => {
  const server = useDumpServer();
  const embedded = useCopyableServer();
  const temp = useTempDir("disk");
  const disk = () => join(temp.path, "disk");
  const big = () => server.url("big");

  before(async () => {
    await queryAll(server.url("postgres"), "CREATE DATABASE big");
    // 30 MB that do not compress to a fifth.
    await queryAll(
      big(),
      "create table t as select string_agg(md5(random()::text), '') x from generate_series(1, 500000) i group by i % 5000",
    );
  });
  async function withDisk(use: () => Promise<void>): Promise<void> {
    await mkdir(disk());
    await execa("mount", ["-t", "tmpfs", "-o", `size=${String(DISK_BYTES)}`, "tmpfs", disk()]);
    try {
      await use();
    } finally {
      await execa("umount", [disk()]);
    }
  }

  const request = (changes: Partial<BackupRequest>): BackupRequest => ({
    ...{ url: big(), destination: disk(), release: RELEASE, before: "contract", report: silent },
    // As where others fill the disk after it was asked.
    freeBytes: () => Promise.resolve(1e12),
    ...changes,
  });

  it("by a full disk, says so and leaves nothing, whichever way it is taken", async () => {
    const key = readBackupKey({ LOCKSTEP_BACKUP_KEY: "ab".repeat(32) });
    const ways: readonly Partial<BackupRequest>[] = [
      { way: "dump" },
      { way: "dump", key },
      { way: "physical", url: embedded.url },
    ];
    await withDisk(async () => {
      for (const way of ways) {
        const error = await failureOf(takeBackup(request(way)));
        assert.equal(error.code, "BACKUP_FAILED", String(error));
        assert.match(error.likely ?? "", /disk filled up/, error.seen);
        assert.deepEqual(await readdir(disk()), []);
      }
    });
    const next = await takeBackup(request({ way: "dump", destination: join(temp.path, "other") }));
    assert.equal(next.proof.result, "passed", next.proof.why);
  });

  it("by a killed pg_dump, says so and leaves nothing, and the next one is good", async () => {
    const [program] = await findPrograms("pg_dump");
    const destination = join(temp.path, "other");
    const failure = failureOf(takeBackup(request({ way: "dump", destination })));
    const [pid] = await eventually("pg_dump", async () => {
      const found = await pidsOf(program?.path ?? "", destination);
      return found.length > 0 && found;
    });
    process.kill(pid ?? 0, "SIGKILL");
    const error = await failure;
    assert.equal(error.code, "BACKUP_FAILED");
    assert.deepEqual(await readdir(destination), []);
    const next = await takeBackup(request({ way: "dump", destination }));
    assert.equal(next.proof.result, "passed", next.proof.why);
  });
});
