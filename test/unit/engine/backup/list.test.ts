import assert from "node:assert/strict";
import { mkdir, readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import {
  applyRetention,
  listBackups,
  type ListedBackup,
  planRetention,
} from "../../../../engine/backup/list.ts";
import { type BackupProof, writeManifest } from "../../../../engine/backup/manifest.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { sampleManifest } from "./sample.ts";

const PASSED: BackupProof = { kind: "restore", result: "passed", at: "", why: "" };
const FAILED: BackupProof = { kind: "restore", result: "failed", at: "", why: "" };

/** One of lockstep's own names; a higher `nth` is younger. */
function own(nth: string): string {
  return `backup_before_migration_20260105_14300${nth}`;
}

function listed(nth: string, proof: BackupProof): ListedBackup {
  const id = own(nth);
  return { id, dir: id, manifest: sampleManifest({ id, proof }) };
}

describe("planRetention", () => {
  it("lets go what is beyond the last N", () => {
    const backups = ["4", "3", "2", "1"].map((id) => listed(id, PASSED));
    assert.deepEqual(
      planRetention(backups, { count: 2 }).map((backup) => backup.id),
      ["2", "1"].map(own),
    );
  });

  it("never lets go the last proven one", () => {
    const backups = [
      listed("4", FAILED),
      { id: own("3"), dir: "3", manifest: undefined },
      listed("2", PASSED),
      listed("1", PASSED),
    ];
    assert.deepEqual(
      planRetention(backups, { count: 1 }).map((backup) => backup.id),
      ["3", "1"].map(own),
    );
  });

  it("lets go by age, but neither the newest nor what is needed or was named by a person", () => {
    const at = (day: number) => `2026-01-${String(day).padStart(2, "0")}T00:00:00.000Z`;
    const aged = (id: string, day: number, proof = PASSED): ListedBackup => ({
      ...{ id, dir: id },
      manifest: sampleManifest({ id, at: at(day), proof }),
    });
    const of = (day: number) => `backup_before_migration_202601${String(day)}_000000`;
    const backups = [
      aged(of(24), 24, FAILED),
      aged("before_the_fair", 23),
      aged(of(22), 22),
      aged(of(21), 21),
      aged(of(20), 20),
    ];
    const keep = { count: 10, days: 2, needed: [of(21)] };
    const gone = planRetention(backups, keep, new Date(at(30)));
    assert.deepEqual(
      gone.map(({ id }) => id),
      [of(20)],
    );
  });

  it("keeps one where none was asked for", () => {
    assert.deepEqual(planRetention([listed("1", FAILED)], { count: 0 }), []);
  });
});

describe("a folder of backups", () => {
  const temp = useTempDir();
  const id = (second: number) => `backup_before_migration_20260105_1430${String(second)}`;

  async function make(name: string): Promise<void> {
    await mkdir(join(temp.path, name));
    await writeManifest(join(temp.path, name), sampleManifest({ id: name, proof: PASSED }));
  }

  it("is listed newest first, also within one second, without what is no backup", async () => {
    for (const name of [id(10), `${id(11)}_2`, `${id(11)}_10`, id(11)]) await make(name);
    for (const name of ["other", `.unfinished_${id(12)}_ab`]) await mkdir(join(temp.path, name));
    const ids = (await listBackups(temp.path)).map((backup) => backup.id);
    assert.deepEqual(ids, [`${id(11)}_10`, `${id(11)}_2`, id(11), id(10)]);
  });

  it("that is not there holds none", async () => {
    assert.deepEqual(await listBackups(join(temp.path, "missing")), []);
  });

  it("lists a damaged one, without a manifest", async () => {
    await mkdir(join(temp.path, id(10)));
    const [backup] = await listBackups(temp.path);
    assert.equal(backup?.id, id(10));
    assert.equal(backup.manifest, undefined);
  });

  it("is relieved of old backups and of what a killed run left long ago, not of one at work", async () => {
    for (const second of [10, 11, 12]) await make(id(second));
    const [old, atWork] = [`.unfinished_${id(13)}_ab`, `.unfinished_${id(14)}_cd`];
    for (const name of [old, atWork]) await mkdir(join(temp.path, name));
    await utimes(join(temp.path, old), new Date(0), new Date(0));
    assert.deepEqual(await applyRetention(temp.path, { count: 2 }), [id(10)]);
    assert.deepEqual((await readdir(temp.path)).sort(), [atWork, id(11), id(12)]);
  });
});
