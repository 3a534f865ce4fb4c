// Ending processes: asked, then made to, with all their children.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { endProcess } from "../../../../engine/process/endProcess.ts";
import { identityOf, isAlive, type ProcessIdentity } from "../../../../engine/process/identity.ts";

/** Starts a shell script that prints `PID` of its child (or its own) when it is ready. */
async function start(script: string): Promise<{ leader: ProcessIdentity; child: ProcessIdentity }> {
  const shell = spawn("sh", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(shell.stdout, "data")) as [Buffer];
  const [leader, child] = [identityOf(shell.pid ?? 0), identityOf(Number(line.toString()))];
  assert.ok(leader !== undefined && child !== undefined);
  return { leader, child };
}

describe("endProcess", () => {
  it("lets a process end by itself", async () => {
    const { leader } = await start("trap 'exit 0' TERM; echo $$; while :; do sleep 0.05; done");
    await endProcess(leader);
    assert.equal(isAlive(leader), false);
  });

  it("kills one that will not, once its grace is over", async () => {
    const { leader } = await start("trap '' TERM; echo $$; while :; do sleep 0.05; done");
    await endProcess(leader, 100);
    assert.equal(isAlive(leader), false);
  });

  it("ends children that their parent left behind", async () => {
    const { leader, child } = await start(
      "(trap '' TERM; while :; do sleep 0.05; done) & echo $!; trap 'exit 0' TERM; wait",
    );
    await endProcess(leader, 100);
    assert.deepEqual([isAlive(leader), isAlive(child)], [false, false]);
  });

  it("spares a process that only has the pid", async () => {
    const { leader } = await start("echo $$; exec sleep 600");
    await endProcess({ pid: leader.pid, startTime: "another time" });
    assert.equal(isAlive(leader), true);
    await endProcess(leader);
  });
});
