// Who the server runs as, and whether that user gets to its files.
import assert from "node:assert/strict";
import { chmod, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { ensureReachableDir, ensureTraversable } from "../../../../engine/embedded/serverUser.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";

const SOMEBODY = { uid: 65_533, gid: 65_533, name: "somebody" };

describe("ensureTraversable", () => {
  const temp = useTempDir();

  it("names the folder that is closed to the server's user, and the remedy", async () => {
    const closed = join(temp.path, "closed");
    await mkdir(join(closed, "data"), { recursive: true });
    await chmod(closed, 0o700);
    const error = await failureOf(ensureTraversable(join(closed, "data"), SOMEBODY));
    assert.equal(error.code, "CONFIG");
    assert.equal(error.where, closed);
    assert.match(error.seen ?? "", /mode 0700/);
    assert.match(error.next ?? "", /chmod o\+x .*LOCKSTEP_HOME/);
  });

  it("is content with folders that may be passed through, and where we are that user", async () => {
    const open = join(temp.path, "open");
    await mkdir(open);
    await chmod(open, 0o711);
    await ensureTraversable(open, SOMEBODY);
    await chmod(open, 0o700);
    await ensureTraversable(open, undefined);
  });
});

describe("ensureReachableDir", () => {
  const temp = useTempDir();

  it("makes all missing folders passable for another user, closed otherwise", async () => {
    const modeOf = async (path: string) => (await stat(join(temp.path, path))).mode & 0o777;
    await ensureReachableDir(join(temp.path, "a", "b"), SOMEBODY);
    assert.deepEqual([await modeOf("a"), await modeOf("a/b")], [0o711, 0o711]);
    await ensureReachableDir(join(temp.path, "c", "d"), undefined);
    assert.deepEqual([await modeOf("c"), await modeOf("c/d")], [0o700, 0o700]);
  });
});
