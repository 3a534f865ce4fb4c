// Roll-outs where the record and what really runs differ: lost, recycled, at once, cut short.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../../../engine/process/identity.ts";
import { processStatus, runningReleases } from "../../../../engine/process/processes.ts";
import { readRecord } from "../../../../engine/process/registry.ts";
import { rollOutProcess } from "../../../../engine/process/rollOut.ts";
import { type ProcessSpec, processPaths, releaseIdOf } from "../../../../engine/process/spec.ts";
import { eventually } from "../../../support/eventually.ts";
import { type TestApp, useApp } from "../../../support/processApp.ts";

describe("rollOutProcess, where the record is behind", () => {
  const app = useApp();

  it("does not take a recycled pid for its own", async () => {
    const facts = await rollOutProcess(await app.version("1.0"));
    process.kill(facts.pid, "SIGKILL");
    await eventually("its end", () => !isAlive(facts));
    const stranger = spawn("sleep", ["600"], { env: {} });
    await once(stranger, "spawn");
    try {
      const { registry } = processPaths(app.id);
      const text = await readFile(registry, "utf8");
      await writeFile(registry, text.replace(`"pid": ${facts.pid}`, `"pid": ${stranger.pid}`));
      assert.equal((await processStatus(app.id)).state, "stopped");
      await rollOutProcess(await app.version("1.1"));
      assert.equal(stranger.exitCode, null);
      assert.equal(stranger.signalCode, null);
    } finally {
      stranger.kill("SIGKILL");
    }
  });

  it("finds and ends an old version whose record was lost", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    await rm(processPaths(app.id).registry);
    assert.deepEqual(await processStatus(app.id), { state: "unknown", pids: [old.pid] });
    assert.deepEqual(
      (await runningReleases("vault", "test")).map(({ name, releaseId }) => ({ name, releaseId })),
      [{ name: "app", releaseId: old.releaseId }],
    );
    const next = await rollOutProcess(await app.version("1.1"));
    assert.equal(isAlive(old), false);
    assert.equal((await app.ask()).pid, next.pid);
  });

  it("does two at once one after the other", async () => {
    const [one, two] = [await app.version("1.0"), await app.version("1.1")];
    const facts = await Promise.all([rollOutProcess(one), rollOutProcess(two)]);
    const running = await runningReleases("vault", "test");
    assert.equal(running.length, 1);
    const { current, previous } = await readRecord(app.id);
    assert.equal(releaseIdOf(current!.release), running[0]?.releaseId);
    assert.ok(previous !== null);
    assert.notEqual(facts[0].pid, facts[1].pid);
  });

  it("goes on with the version that a killed roll-out had started", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    const spec = await app.version("1.1");
    const candidate = await killDuringWarmUp(app, spec);
    assert.ok(isAlive(candidate) && isAlive(old));
    const facts = await rollOutProcess(spec);
    assert.equal(facts.pid, candidate.pid);
    assert.equal(isAlive(old), false);
    assert.equal((await readRecord(app.id)).candidate, null);
  });

  it("ends the version that a killed roll-out had started when another is wanted", async () => {
    await rollOutProcess(await app.version("1.0"));
    const candidate = await killDuringWarmUp(app, await app.version("1.1", "silent"));
    const facts = await rollOutProcess(await app.version("1.2"));
    assert.equal(isAlive(candidate), false);
    assert.equal((await app.ask()).pid, facts.pid);
    assert.equal((await readRecord(app.id)).previous?.release.label, "1.0");
  });
});

/** Runs a roll-out in a process of its own and kills that once it has started the new version. */
async function killDuringWarmUp(app: TestApp, spec: ProcessSpec) {
  const script = fileURLToPath(new URL("../../../fixtures/rollOut.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script], {
    env: { ...process.env, ROLL_OUT: JSON.stringify({ spec, warmUpMs: 600_000 }) },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const { running } = await eventually(
    "a candidate",
    async () => (await readRecord(app.id)).candidate ?? undefined,
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  return running;
}
