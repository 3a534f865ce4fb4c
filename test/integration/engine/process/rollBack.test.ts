// Rollbacks with real processes: back to the version before, and only from the release meant.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { isAlive } from "../../../../engine/process/identity.ts";
import { runningReleases, stopProcess } from "../../../../engine/process/processes.ts";
import { rollBackProcess } from "../../../../engine/process/rollBack.ts";
import { rollOutProcess } from "../../../../engine/process/rollOut.ts";
import { processPaths } from "../../../../engine/process/spec.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useApp } from "../../../support/processApp.ts";

describe("rollBackProcess", () => {
  const app = useApp();

  it("starts the old code again although the working tree has changed since", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    await app.write("second");
    const bad = await app.version("1.1");
    const badFacts = await rollOutProcess(bad);
    assert.equal((await app.ask()).word, "second");
    await app.write("third");

    const outcome = await rollBackProcess(app.id, { releaseDigest: bad.release.digest });
    assert.equal(outcome.kind, "rolledBack");
    const answer = await app.ask();
    assert.equal(answer.word, "first");
    assert.equal(answer.release, old.releaseId);
    assert.equal(isAlive(badFacts), false);
  });

  it("does not undo a later release", async () => {
    const first = await app.version("1.0");
    await rollOutProcess(first);
    await rollOutProcess(await app.version("1.1"));
    const later = await rollOutProcess(await app.version("1.2"));
    const outcome = await rollBackProcess(app.id, { releaseDigest: first.release.digest });
    assert.deepEqual(outcome, { kind: "superseded", releaseId: later.releaseId });
    assert.equal((await app.ask()).pid, later.pid);
  });

  it("does nothing where the release is the first ever", async () => {
    const first = await app.version("1.0");
    const facts = await rollOutProcess(first);
    const outcome = await rollBackProcess(app.id, { releaseDigest: first.release.digest });
    assert.deepEqual(outcome, { kind: "nothingBefore" });
    assert.equal((await app.ask()).pid, facts.pid);
  });

  it("finds a rollback done when it is asked for again", async () => {
    await rollOutProcess(await app.version("1.0"));
    const bad = await app.version("1.1");
    await rollOutProcess(bad);
    const fence = { releaseDigest: bad.release.digest };
    const once = await rollBackProcess(app.id, fence);
    const again = await rollBackProcess(app.id, fence);
    assert.ok(once.kind === "rolledBack" && again.kind === "rolledBack");
    assert.deepEqual(again.facts, { ...once.facts, adopted: true });
  });

  it("goes back although the bad release has died or was stopped", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    const bad = await app.version("1.1");
    await rollOutProcess(bad);
    await stopProcess(app.id);
    const outcome = await rollBackProcess(app.id, { releaseDigest: bad.release.digest });
    assert.equal(outcome.kind, "rolledBack");
    assert.equal((await app.ask()).release, old.releaseId);
  });

  it("can be followed by a release that is rolled back to the same version", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    for (const label of ["1.1", "1.2"]) {
      const bad = await app.version(label);
      await rollOutProcess(bad);
      await rollBackProcess(app.id, { releaseDigest: bad.release.digest });
      assert.equal((await app.ask()).release, old.releaseId);
    }
  });

  it("keeps the bad release up when the old one does not come back, and tells both", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    const bad = await app.version("1.1", "nameless");
    const badFacts = await rollOutProcess(bad);
    const { registry } = processPaths(app.id);
    // As if the old version could run only once.
    await writeFile(registry, (await readFile(registry, "utf8")).replace('"ok"', '"crash"'));
    const error = await failureOf(rollBackProcess(app.id, { releaseDigest: bad.release.digest }));
    assert.equal(error.code, "ROLLBACK_FAILED");
    assert.match(
      error.message,
      new RegExp(`${old.releaseId} failed.*${badFacts.releaseId} runs on`),
    );
    assert.match(error.seen ?? "", /exit code 3[^]*no luck today/);
    assert.equal((await app.ask()).pid, badFacts.pid);
    assert.equal((await runningReleases("vault", "test")).length, 1);
  });
});
