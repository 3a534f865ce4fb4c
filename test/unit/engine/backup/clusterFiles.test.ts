import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  copyTree,
  ensureRuntimeFolders,
  isCopied,
} from "../../../../engine/backup/clusterFiles.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("isCopied", () => {
  const kept = ["base/5/16384", "base/5/16384_fsm", "global/pg_control", "pg_xact/0000", "pg_wal"];
  const left = [
    ...[
      "postmaster.pid",
      "postmaster.opts",
      "backup_label",
      "tablespace_map.old",
      "standby.signal",
    ],
    ...["pg_wal/000000010000000000000001", "pg_wal/archive_status/x", "pg_replslot/a/state"],
    ...["pg_notify/0000", "pg_subtrans/0000", "pg_stat_tmp/x", "pg_dynshmem/x", "pg_serial/0"],
    ...["base/pgsql_tmp/pgsql_tmp12.0", "base/5/pg_internal.init", "base/5/t3_16390", "log"],
    ...["base/5/t3_16390_fsm", "base/5/t12_16390.1", "pg_snapshots/00000003-0000001B-1"],
  ];
  for (const path of kept)
    it(`takes ${path}`, () => {
      assert.ok(isCopied(path));
    });
  for (const path of left)
    it(`leaves out ${path}`, () => {
      assert.ok(!isCopied(path));
    });
});

describe("copyTree", () => {
  const temp = useTempDir();
  const from = (...names: string[]) => join(temp.path, "from", ...names);
  const to = (...names: string[]) => join(temp.path, "to", ...names);
  const big = Buffer.alloc(5 * 1024 * 1024, "x");

  beforeEach(async () => {
    await mkdir(from("base", "5"), { recursive: true });
    await mkdir(to());
    await writeFile(from("base", "5", "big"), big, { mode: 0o644 });
    await writeFile(from("base", "5", "small"), "small", { mode: 0o644 });
  });

  it("copies big and small files, for their owner only, and leaves links alone", async () => {
    await symlink("/etc/passwd", from("link"));
    let bytes = 0;
    await copyTree(from(), to(), { onBytes: (copied) => (bytes = copied) });
    assert.deepEqual(await readdir(to()), ["base"]);
    assert.ok((await readFile(to("base", "5", "big"))).equals(big));
    assert.equal(await readFile(to("base", "5", "small"), "utf8"), "small");
    assert.equal((await stat(to("base", "5", "small"))).mode & 0o777, 0o600);
    assert.equal((await stat(to("base", "5", "big"))).mode & 0o777, 0o600);
    assert.equal((await stat(to("base", "5"))).mode & 0o777, 0o700);
    assert.equal(bytes, big.length + 5);
  });

  it("leaves out what vanishes meanwhile, and copies the control file last", async () => {
    await mkdir(from("global"));
    await writeFile(from("global", "pg_control"), "control");
    const sizes: number[] = [];
    await copyTree(from(), to(), {
      isWanted: (path) => {
        // The tree has been read as far as this folder when the other file is dropped.
        if (path === "global") rmSync(from("base", "5", "small"));
        return true;
      },
      onBytes: (bytes) => sizes.push(bytes),
    });
    assert.equal(await readFile(to("global", "pg_control"), "utf8"), "control");
    assert.equal(sizes.at(-1), (sizes.at(-2) ?? 0) + "control".length);
    assert.deepEqual(await readdir(to("base", "5")), ["big"]);
  });

  it("stops on abort", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(copyTree(from(), to(), { signal }), /enough/);
  });
});

describe("ensureRuntimeFolders", () => {
  const temp = useTempDir();

  it("makes the folders that a server expects", async () => {
    await ensureRuntimeFolders(temp.path);
    const made = await readdir(temp.path);
    for (const name of ["pg_wal", "pg_tblspc", "pg_twophase", "pg_stat"]) {
      assert.ok(made.includes(name), name);
    }
  });
});
