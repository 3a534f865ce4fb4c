// Stopping processes, and looking at them.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { isAlive } from "../../../../engine/process/identity.ts";
import {
  processStatus,
  runningReleases,
  stopProcess,
} from "../../../../engine/process/processes.ts";
import { rollOutProcess } from "../../../../engine/process/rollOut.ts";
import { processPaths, releaseIdOf } from "../../../../engine/process/spec.ts";
import { useApp } from "../../../support/processApp.ts";

describe("stopProcess", () => {
  const app = useApp();

  it("ends what runs and remembers its version", async () => {
    const spec = await app.version("1.0");
    const facts = await rollOutProcess(spec);
    assert.deepEqual(await stopProcess(app.id), { kind: "stopped" });
    assert.equal(isAlive(facts), false);
    assert.deepEqual(await processStatus(app.id), {
      state: "stopped",
      releaseId: releaseIdOf(spec.release),
    });
    assert.deepEqual(await stopProcess(app.id), { kind: "notRunning" });
  });

  it("does nothing where another release has taken over", async () => {
    const old = await app.version("1.0");
    await rollOutProcess(old);
    const facts = await rollOutProcess(await app.version("1.1"));
    const outcome = await stopProcess(app.id, { releaseDigest: old.release.digest });
    assert.deepEqual(outcome, { kind: "superseded", releaseId: facts.releaseId });
    assert.equal(isAlive(facts), true);
  });

  it("ends a process whose record was lost", async () => {
    const facts = await rollOutProcess(await app.version("1.0"));
    await rm(processPaths(app.id).registry);
    assert.deepEqual(await stopProcess(app.id), { kind: "stopped" });
    assert.equal(isAlive(facts), false);
  });
});

describe("processStatus", () => {
  const app = useApp();

  it("says stopped where nothing ever ran", async () => {
    assert.deepEqual(await processStatus(app.id), { state: "stopped", releaseId: undefined });
  });
});

describe("runningReleases", () => {
  const app = useApp();

  it("names what runs, once, and nothing of another stack or another LOCKSTEP_HOME", async () => {
    const facts = await rollOutProcess(await app.version("1.0"));
    const { pid, startTime, releaseId } = facts;
    assert.deepEqual(await runningReleases("vault", "test"), [
      { name: "app", releaseId, pid, startTime },
    ]);
    assert.deepEqual(await runningReleases("vault", "prod"), []);
    const home = process.env.LOCKSTEP_HOME;
    process.env.LOCKSTEP_HOME = `${home}-other`;
    try {
      assert.deepEqual(await runningReleases("vault", "test"), []);
    } finally {
      process.env.LOCKSTEP_HOME = home;
    }
  });
});
