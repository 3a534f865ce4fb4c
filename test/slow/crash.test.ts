// A runner that is killed at any moment: what the runs after it end with equals an undisturbed run.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { applyFiles } from "../integration/engine/run/applyFiles.ts";
import { queryAll, withDatabase } from "../support/database.ts";
import { BASE, readHistory } from "./history.ts";

/** How many moments are tried: 12, spread evenly over the time of an undisturbed run, each moved by chance. */
const KILLS = 12;

/** All that must be equal in the end: columns, indexes, data and ledger. */
const LOOKS = [
  "select attname, attisdropped from pg_attribute where attrelid = 'people'::regclass and attnum > 0 order by attnum",
  "select indexrelid::regclass::text as index, indisvalid, indisready from pg_index where indrelid = 'people'::regclass order by 1",
  "select id, name, hits from people order by id",
  "select what, count(*)::int as times from log group by what order by what",
  "select label, name, stage, checksum, state from lockstep.migration order by number",
  "select number, position, state from lockstep.statement order by number, position",
  "select number, position, walked, rows, settled from lockstep.backfill",
  "select kind, count(*)::int as times from lockstep.event where kind = 'approval' group by kind",
  "select held from lockstep.lease",
];

async function endState(url: string): Promise<unknown> {
  return Promise.all(LOOKS.map((look) => queryAll(url, look)));
}

/** Starts a runner; resolves once it begins to apply. */
async function startRunner(url: string) {
  const runner = fork(join(import.meta.dirname, "crashRunner.ts"), [url], {
    execArgv: ["--import", "tsx"],
  });
  const ended = once(runner, "exit");
  await once(runner, "message");
  return { runner, ended };
}

describe("a runner that is killed", function () {
  this.timeout(240_000);
  let undisturbed: unknown;
  let durationMs = 0;
  let interrupted = 0;

  before(async () => {
    await withDatabase(async (url) => {
      await applyFiles(url, BASE);
      const { ended } = await startRunner(url);
      const started = performance.now();
      assert.deepEqual(await ended, [0, null]);
      durationMs = performance.now() - started;
      undisturbed = await endState(url);
    });
  });

  for (let kill = 0; kill < KILLS; kill += 1) {
    it(`at moment ${String(kill + 1)} of ${String(KILLS)}: the next run ends as if nothing had been`, async () => {
      await withDatabase(async (url) => {
        await applyFiles(url, BASE);
        const { runner, ended } = await startRunner(url);
        const atMs = ((kill + Math.random()) / KILLS) * durationMs;
        await Promise.race([delay(atMs), ended]);
        runner.kill("SIGKILL");
        const [code] = (await ended) as [number | null];
        if (code === null) interrupted += 1;
        const { files, approval } = await readHistory();
        await applyFiles(url, files, { approval });
        assert.deepEqual(await endState(url), undisturbed, `killed after ${String(atMs)} ms`);
      });
    });
  }

  it("was not always done before", () => {
    assert.ok(interrupted > 0);
  });
});
