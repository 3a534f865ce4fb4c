// A runner that is killed at every message it sends, and at random moments: what the next one ends with equals an undisturbed run.
import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "esbuild";
import { inParallel } from "../../engine/backup/inParallel.ts";
import { rootFolder } from "../../toolchain/paths.mjs";
import { applyFiles } from "../integration/engine/run/applyFiles.ts";
import {
  createDatabase,
  databaseName,
  dropDatabase,
  queryAll,
  withDatabase,
} from "../support/database.ts";
import { makeTempDir } from "../support/tempDir.ts";
import { BASE, readHistory } from "./history.ts";
import { withKillingProxy, type Moment } from "./killingProxy.ts";

/** Messages at which a runner is killed, before and after each, spread evenly where it sends more. */
const MOST_MESSAGES = 60;
/** Kills at random moments for each mode, beside those at every message. */
const RANDOM_KILLS = 10;
/**
 * All that must be equal in the end: columns, indexes, constraints, data and ledger. Not who holds the lease: a run that finds
 * nothing to do does not take a dead one's over.
 */
const LOOKS = [
  "select relname, relkind from pg_class where relnamespace = 'public'::regnamespace order by 1",
  "select attrelid::regclass::text as of, attname, atttypid::regtype::text as type, attnotnull, attisdropped from pg_attribute where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace) and attnum > 0 order by 1, attnum",
  "select indexrelid::regclass::text as index, pg_get_indexdef(indexrelid) as is, indisvalid, indisready from pg_index where indrelid = 'people'::regclass order by 1",
  "select conname, pg_get_constraintdef(oid) as is from pg_constraint where connamespace = 'public'::regnamespace order by 1",
  "select id, name, hits from people order by id",
  "select what, count(*)::int as times from log group by what order by what",
  "select mood::text, count(*)::int as times from moods group by mood order by mood",
  "select pg_get_expr(adbin, adrelid) as mood from pg_attrdef where adrelid = 'moods'::regclass",
  "select label, name, stage, checksum, state, link from lockstep.migration order by number",
  "select number, position, state from lockstep.statement order by number, position",
  "select number, position, walked, rows, settled from lockstep.backfill",
  "select key, value from lockstep.setting where key = 'initial'",
  "select kind, count(*)::int as times from lockstep.event where kind = 'approval' group by kind",
];

async function endState(url: string): Promise<unknown> {
  return Promise.all(LOOKS.map((look) => queryAll(url, look)));
}

/** The runner as one file: to compile it at each of hundreds of starts would take most of the time. */
let program = "";
before(async function () {
  this.timeout(60_000);
  const dir = await makeTempDir("runner");
  await symlink(join(rootFolder, "node_modules"), join(dir, "node_modules"));
  program = join(dir, "crashRunner.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "crashRunner.ts")],
    ...{ bundle: true, packages: "external", platform: "node", format: "esm", outfile: program },
  });
});

/** Starts a runner; resolves once it has loaded all and waits for `go`. */
async function startRunner(
  url: string,
): Promise<{ runner: ChildProcess; ended: Promise<unknown[]> }> {
  const runner = fork(program, { execArgv: [], env: { ...process.env, DATABASE_URL: url } });
  const ended = once(runner, "exit");
  await once(runner, "message");
  return { runner, ended };
}

for (const mode of ["staged", "initial"] as const) {
  describe(`a runner that is killed, ${mode}`, function () {
    this.timeout(600_000);
    let template: string | undefined;
    let undisturbed: unknown;
    let messages = 0;
    let durationMs = 0;

    before(async () => {
      if (mode === "staged") {
        template = await createDatabase();
        await applyFiles(template, BASE);
      }
      await withDatabase(async (url) => {
        await withKillingProxy(url, { moment: undefined, kill: () => undefined }, async (proxy) => {
          const { runner, ended } = await startRunner(proxy.url);
          const started = performance.now();
          runner.send("go");
          assert.deepEqual(await ended, [0, null]);
          durationMs = performance.now() - started;
          messages = proxy.count();
        });
        undisturbed = await endState(url);
      }, options());
    });
    after(() => template && dropDatabase(template));
    const options = () => (template ? { template: databaseName(template) } : {});

    /** Kills one runner and lets the next one go on. @returns whether it was killed in time. */
    async function killOne(moment: Moment | number): Promise<boolean> {
      return withDatabase(async (url) => {
        let kill: () => void = () => undefined;
        const at = typeof moment === "number" ? undefined : moment;
        const code = await withKillingProxy(
          url,
          {
            moment: at,
            kill: () => {
              kill();
            },
          },
          async (proxy) => {
            const { runner, ended } = await startRunner(proxy.url);
            kill = () => runner.kill("SIGKILL");
            runner.send("go");
            if (typeof moment === "number") {
              await Promise.race([delay(moment), ended]);
              kill();
            }
            return (await ended)[0];
          },
        );
        const { files, approval } = await readHistory();
        await applyFiles(url, files, { approval });
        assert.deepEqual(await endState(url), undisturbed, `killed at ${JSON.stringify(moment)}`);
        return code === null;
      }, options());
    }

    async function killAll(moments: readonly (Moment | number)[]): Promise<number> {
      let killed = 0;
      await inParallel(moments, async (moment) => {
        if (await killOne(moment)) killed += 1;
      });
      return killed;
    }

    for (const when of ["before", "after"] as const) {
      it(`${when} each message that it sends`, async () => {
        const step = Math.max(1, messages / MOST_MESSAGES);
        const count = Math.floor(messages / step);
        const moments = Array.from({ length: count }, (_, n) => ({
          at: Math.floor(n * step),
          when,
        }));
        assert.ok(count > 45, `only ${String(messages)} messages`);
        const killed = await killAll(moments);
        assert.ok(killed > count / 2, `${String(killed)} of ${String(count)}`);
      });
    }

    it("at random moments", async () => {
      const moments = Array.from(
        { length: RANDOM_KILLS },
        (_, kill) => ((kill + Math.random()) / RANDOM_KILLS) * durationMs,
      );
      assert.ok((await killAll(moments)) > 0);
    });
  });
}
