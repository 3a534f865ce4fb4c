// One at a time, also after a holder was killed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { withExclusive } from "../../../../engine/process/exclusive.ts";
import { identityOf } from "../../../../engine/process/identity.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("withExclusive", () => {
  const temp = useTempDir();
  const lock = () => join(temp.path, "lock");
  const options = { what: "the thing" };

  it("runs bodies one after the other and leaves nothing behind", async () => {
    let inside = 0;
    let most = 0;
    const body = async () => {
      most = Math.max(most, ++inside);
      for (let i = 0; i < 5; i++) await setImmediate();
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 8 }, async () => withExclusive(lock(), options, body)));
    assert.equal(most, 1);
    assert.deepEqual(await readdir(temp.path), []);
  });

  it("lets go when the body fails", async () => {
    const failing = withExclusive(lock(), options, () => Promise.reject(new Error("no")));
    await assert.rejects(failing, /no/);
    assert.equal(await withExclusive(lock(), options, () => Promise.resolve(7)), 7);
  });

  it("breaks the lock of a holder that is gone, or whose pid is another's now", async () => {
    const dead = spawn("true");
    await once(dead, "exit");
    for (const holder of [
      { pid: dead.pid, startTime: "1@x" },
      { pid: process.pid, startTime: "another time" },
      "not JSON",
    ]) {
      await writeFile(lock(), typeof holder === "string" ? holder : JSON.stringify(holder));
      assert.equal(await withExclusive(lock(), options, () => Promise.resolve(1)), 1);
    }
  });

  it("breaks it although one who was about to was killed over it", async () => {
    await writeFile(lock(), "not JSON");
    await mkdir(`${lock()}.breaking`);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${lock()}.breaking`, longAgo, longAgo);
    assert.equal(await withExclusive(lock(), options, () => Promise.resolve(1)), 1);
  });

  it("names the holder when it waits in vain", async () => {
    const holder = spawn("sleep", ["600"]);
    await once(holder, "spawn");
    await writeFile(lock(), JSON.stringify(identityOf(holder.pid ?? 0)));
    const said: string[] = [];
    const report = (_level: string, message: string) => said.push(message);
    const waiting = withExclusive(lock(), { ...options, waitLimitMs: 100, report }, () =>
      Promise.resolve(),
    );
    const error = await failureOf(waiting);
    assert.equal(error.code, "LEASE_NOT_OBTAINED");
    assert.match(error.seen ?? "", new RegExp(`process ${holder.pid} `));
    assert.deepEqual(said, [`waiting for process ${holder.pid}, which works on the thing`]);
    holder.kill("SIGKILL");
  });
});
