// Private files and folders.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  ensurePrivateDir,
  readIfThere,
  writePrivateFile,
} from "../../../../engine/process/privateFile.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("writePrivateFile", () => {
  const temp = useTempDir();

  it("replaces the text, closed to others, and leaves nothing else behind", async () => {
    const path = join(temp.path, "new", "file");
    await writePrivateFile(path, "one");
    await writePrivateFile(path, "two");
    assert.equal(await readFile(path, "utf8"), "two");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(join(temp.path, "new"))).mode & 0o777, 0o700);
    assert.deepEqual(await readdir(join(temp.path, "new")), ["file"]);
  });
});

describe("readIfThere", () => {
  const temp = useTempDir();

  it("tells a missing file from one that cannot be read", async () => {
    assert.equal(await readIfThere(join(temp.path, "none")), undefined);
    await assert.rejects(readIfThere(temp.path), { code: "EISDIR" });
  });
});

describe("ensurePrivateDir", () => {
  const home = useLockstepHome();

  it("does not close what lies above lockstep's folder", async () => {
    process.env.LOCKSTEP_HOME = join(home.path, "above", "home");
    await ensurePrivateDir(join(home.path, "above", "home", "project"));
    const mode = async (...path: string[]) => (await stat(join(home.path, ...path))).mode & 0o777;
    await mkdir(join(home.path, "usual"));
    assert.equal(await mode("above"), await mode("usual"));
    assert.equal(await mode("above", "home", "project"), 0o700);
  });
});
