// The lock between set-ups: one owner, waiters that get it, dead owners that lose it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  isAlive,
  ownerName,
  removeDeadOwner,
  takeLock,
  withLock,
} from "../../../toolchain/lock.mjs";
import { makeTempDir } from "../../support/tempDir.ts";

async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  assert.ok(child.pid);
  return child.pid;
}

describe("toolchain/lock", () => {
  it("lets one work after the other", async () => {
    const path = join(await makeTempDir(), "lock");
    let running = 0;
    const work = async (): Promise<number> => {
      running += 1;
      assert.equal(running, 1);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return 7;
    };
    assert.deepEqual(
      await Promise.all([1, 2, 3].map(() => withLock(path, "a test", work))),
      [7, 7, 7],
    );
    assert.deepEqual(await readdir(path), []);
  });

  it("is free again after a failure", async () => {
    const path = join(await makeTempDir(), "lock");
    await assert.rejects(
      withLock(path, "a test", () => Promise.reject(new Error("no luck"))),
      /no luck/,
    );
    assert.equal(takeLock(path, ownerName(process.pid)), true);
  });

  it("is not taken from a living owner", async () => {
    const path = join(await makeTempDir(), "lock");
    const owner = ownerName(process.pid);
    assert.equal(takeLock(path, owner), true);
    assert.equal(takeLock(path, "2@1@host"), false);
    assert.equal(removeDeadOwner(path), owner);
    assert.deepEqual(await readdir(path), [owner]);
  });

  it("is taken from a dead owner", async () => {
    const path = join(await makeTempDir(), "lock");
    await mkdir(path);
    await writeFile(join(path, `${await endedPid()}@1@${hostname()}`), "");
    assert.equal(await withLock(path, "a test", () => Promise.resolve("done")), "done");
  });

  it("tells a process from a later one with the same number", () => {
    assert.equal(isAlive(ownerName(process.pid)), true);
    if (process.platform === "linux")
      assert.equal(isAlive(`${process.pid}@1@${hostname()}`), false);
  });

  it("cannot judge a process on another host, so it counts as alive", () => {
    assert.equal(isAlive("1@1@somewhere-else"), true);
  });
});
