// Roll-outs with real processes: what runs afterwards, and what runs after a version that fails.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { isAlive } from "../../../../engine/process/identity.ts";
import { processStatus, runningReleases } from "../../../../engine/process/processes.ts";
import { readRecord } from "../../../../engine/process/registry.ts";
import { rollOutProcess } from "../../../../engine/process/rollOut.ts";
import { logFileOf, processPaths, releaseIdOf } from "../../../../engine/process/spec.ts";
import { startLoad } from "../../../support/appLoad.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useApp } from "../../../support/processApp.ts";

describe("rollOutProcess", () => {
  const app = useApp();

  it("starts the first version, which knows its release, its port and its secrets", async () => {
    const spec = await app.version("1.0");
    const facts = await rollOutProcess(spec);
    const answer = await app.ask();
    assert.equal(answer.release, releaseIdOf(spec.release));
    assert.equal(answer.pid, facts.pid);
    assert.equal(answer.secret, "s3cret");
    assert.equal(facts.adopted, false);
    assert.deepEqual(await processStatus(app.id), {
      state: "running",
      releaseId: facts.releaseId,
      pid: facts.pid,
    });
  });

  it("keeps its record and its log from other users", async () => {
    const spec = await app.version("1.0");
    await rollOutProcess(spec);
    for (const path of [processPaths(app.id).registry, logFileOf(spec)]) {
      assert.equal((await stat(path)).mode & 0o777, 0o600, path);
    }
  });

  it("leaves a version alone that runs already", async () => {
    const spec = await app.version("1.0");
    const first = await rollOutProcess(spec);
    const second = await rollOutProcess(spec);
    assert.deepEqual(second, { ...first, adopted: true });
  });

  it("starts a version again that was killed", async () => {
    const spec = await app.version("1.0");
    const first = await rollOutProcess(spec);
    process.kill(first.pid, "SIGKILL");
    await eventually("its end", () => !isAlive(first));
    const second = await rollOutProcess(spec);
    assert.notEqual(second.pid, first.pid);
    assert.equal((await readRecord(app.id)).previous, null);
  });

  it("replaces a version under load: none that was let in goes without an answer", async () => {
    const spec = await app.version("1.0");
    const old = await rollOutProcess(spec);
    const load = startLoad(app);
    const next = await rollOutProcess(await app.version("1.1"));
    const { answered, releases } = await load.stop();
    assert.ok(answered > 10, `${answered} answers`);
    assert.deepEqual(releases, [old.releaseId, next.releaseId]);
    assert.equal(isAlive(old), false);
    assert.match(await readFile(logFileOf(spec), "utf8"), /^answered (\d+) of \1$/m);
  });

  it("does not disturb what runs when the new version ends at once", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    const error = await failureOf(rollOutProcess(await app.version("1.1", "crash")));
    assert.equal(error.code, "PROCESS_FAILED");
    assert.match(error.message, new RegExp(`${old.releaseId} still runs, untouched`));
    assert.match(error.seen ?? "", /exit code 3[^]*cannot go on: no luck today/);
    assert.equal((await app.ask()).pid, old.pid);
    assert.equal((await runningReleases("vault", "test")).length, 1);
  });

  for (const [behaviour, sign] of [
    ["silent", /connection refused/],
    ["unwell", /status 503/],
    ["stranger", /from release 9\.9-000000000000, expected 1\.1-/],
  ] as const) {
    it(`brings the old version back when the new one is ${behaviour}`, async () => {
      const old = await rollOutProcess(await app.version("1.0"));
      await app.write("second");
      const spec = { ...(await app.version("1.1", behaviour)), startLimitMs: 2_000 };
      const error = await failureOf(rollOutProcess(spec, { warmUpMs: 0 }));
      assert.equal(error.code, "PROCESS_FAILED");
      assert.match(error.message, new RegExp(`${old.releaseId} was started again and answers`));
      assert.match(error.seen ?? "", sign);
      const answer = await app.ask();
      assert.equal(answer.release, old.releaseId);
      assert.equal(answer.word, "first");
      const running = await runningReleases("vault", "test");
      assert.deepEqual(
        running.map(({ releaseId, pid }) => ({ releaseId, pid })),
        [{ releaseId: old.releaseId, pid: answer.pid }],
      );
    });
  }

  it("leaves nothing running when the first version ever fails", async () => {
    const error = await failureOf(rollOutProcess(await app.version("1.0", "crash")));
    assert.match(error.message, /nothing runs/);
    assert.deepEqual(await runningReleases("vault", "test"), []);
    assert.equal((await readRecord(app.id)).current, null);
  });

  it("tells both failures when the old version does not come back either", async () => {
    const old = await rollOutProcess(await app.version("1.0"));
    const record = await readFile(processPaths(app.id).registry, "utf8");
    const spec = { ...(await app.version("1.1", "unwell")), startLimitMs: 2_000 };
    // As if the old version could run only once.
    await writeFile(processPaths(app.id).registry, record.replace('"ok"', '"crash"'));
    const error = await failureOf(rollOutProcess(spec, { warmUpMs: 0 }));
    assert.equal(error.code, "ROLLBACK_FAILED");
    const text = formatError(error);
    assert.match(text, /status 503/);
    assert.match(text, new RegExp(`${old.releaseId}: ended with exit code 3`));
    assert.deepEqual(await runningReleases("vault", "test"), []);
  });

  it("does not take the old version's answer for a version that names none", async () => {
    const old = await rollOutProcess(await app.version("1.0", "nameless"));
    const next = await rollOutProcess(await app.version("1.1", "nameless"));
    assert.equal((await app.ask()).pid, next.pid);
    assert.equal(isAlive(old), false);
  });

  it("refuses a port that a stranger has, and names it", async () => {
    const stranger = createServer((_request, response) => response.end("{}"));
    stranger.listen(app.port, "127.0.0.1");
    await once(stranger, "listening");
    try {
      const error = await failureOf(rollOutProcess(await app.version("1.0")));
      assert.equal(error.code, "PROCESS_FAILED");
      assert.match(error.seen ?? "", /listens on port/);
    } finally {
      stranger.close();
    }
  });

  it("says what is wrong with a command that does not exist", async () => {
    const spec = { ...(await app.version("1.0")), command: ["no-such-program"] };
    const error = await failureOf(rollOutProcess(spec));
    assert.match(error.seen ?? "", /could not be started.*ENOENT/);
  });
});
