// Telling a process from a later one with the same pid.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  groupOf,
  identityOf,
  isAlive,
  ownIdentity,
  signalProcess,
} from "../../../../engine/process/identity.ts";

describe("identityOf", () => {
  it("is the same each time while a process lives, and differs between processes", async () => {
    const child = spawn("sleep", ["600"]);
    await once(child, "spawn");
    const identity = identityOf(child.pid ?? 0);
    assert.ok(identity !== undefined);
    assert.deepEqual(identityOf(identity.pid), identity);
    assert.notEqual(identity.startTime, ownIdentity().startTime);
    assert.equal(isAlive(identity), true);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(isAlive(identity), false);
    assert.equal(identityOf(identity.pid), undefined);
  });

  it("does not take nonsense for a process", () => {
    for (const pid of [0, -1, Number.NaN, 2 ** 30]) assert.equal(identityOf(pid), undefined);
  });
});

describe("signalProcess", () => {
  it("spares a process that only has the pid", async () => {
    const child = spawn("sleep", ["600"]);
    await once(child, "spawn");
    const recycled = { pid: child.pid ?? 0, startTime: "another time" };
    assert.equal(signalProcess(recycled, "SIGKILL"), false);
    assert.equal(signalProcess(identityOf(recycled.pid) ?? recycled, "SIGKILL"), true);
    await once(child, "exit");
  });
});

describe("groupOf", () => {
  it("is the pid of a process that leads its group", async () => {
    const child = spawn("sleep", ["600"], { detached: true });
    await once(child, "spawn");
    assert.equal(groupOf(child.pid ?? 0), child.pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.equal(groupOf(child.pid ?? 0), undefined);
  });
});
