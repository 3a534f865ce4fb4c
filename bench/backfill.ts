// A backfill of a busy table: rows a second, and what its writers wait meanwhile, by lockstep, a plain loop and one UPDATE.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { createDatabase, dropDatabase, queryAll, withClient } from "../test/support/database.ts";
import { makeTempDir } from "../test/support/tempDir.ts";
import { findPgbench, readWrites, runWriters } from "./pgbench.ts";
import { percentile, ratiosOf, spreadOf, type Spread } from "./statistics.ts";

const ROWS = 1_000_000;
const WRITES_PER_SECOND = 200;
const WRITERS = 4;
/** Rows a batch of the plain loop. */
const LOOP_ROWS = 1_000;
/** How long the writers are watched without a backfill, ms. */
const ALONE_MS = 10_000;
const command = fileURLToPath(new URL("../bin/lockstep.mjs", import.meta.url));

const SET_UP = `
create table busy (id int primary key, old text, new text);
insert into busy (id, old) select i, 'value ' || i from generate_series(1, ${String(ROWS)}) i;
create function sync() returns trigger language plpgsql as $$
begin
  if new.new is distinct from old.new then new.old := new.new; else new.new := new.old; end if;
  return new;
end $$;
create trigger sync before update on busy for each row execute function sync()`;
const FILL = "update busy set new = old where new is distinct from old";

/** Prepares what is not measured; what it returns is. */
type Work = (url: string) => Promise<() => Promise<unknown>>;

interface Course {
  readonly rowsPerSecond: number;
  /** Of the writers' transactions during the backfill, ms. */
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** The base of the writers' ratios comes first, that of the rates last. */
const ALONE = "the writers alone";
const LOOP = `a loop of ${LOOP_ROWS.toLocaleString("en")} rows a batch`;
const CONTENDERS: Readonly<Record<string, Work>> = {
  [ALONE]: () => Promise.resolve(() => delay(ALONE_MS)),
  "lockstep migrate": (url) => fillWithLockstep(url, ""),
  "lockstep migrate, target=50ms": (url) => fillWithLockstep(url, "target=50ms"),
  "one UPDATE": (url) => Promise.resolve(() => queryAll(url, FILL)),
  [LOOP]: (url) => Promise.resolve(() => fillByLoop(url)),
};

/** Needs pgbench; says so where it is missing. */
export async function benchBackfill(runs: number): Promise<readonly string[]> {
  const title = `a backfill of ${ROWS.toLocaleString("en")} rows with a sync trigger, ${String(WRITES_PER_SECOND)} writes/s to rows at random`;
  const pgbench = await findPgbench();
  if (pgbench === undefined) return [title, "  pgbench is not on PATH: not measured"];
  const courses = new Map<string, Course[]>(Object.keys(CONTENDERS).map((name) => [name, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const [name, work] of Object.entries(CONTENDERS)) {
      courses.get(name)?.push(await course(pgbench, work));
    }
  }
  const of = (name: string) => courses.get(name) ?? [];
  return [title, ...[...courses.keys()].map((name) => line(name, of(name), of))];
}

function line(
  name: string,
  own: readonly Course[],
  of: (name: string) => readonly Course[],
): string {
  const p99 = (courses: readonly Course[]) => courses.map(({ p99Ms }) => p99Ms);
  const rate = (courses: readonly Course[]) => courses.map(({ rowsPerSecond }) => rowsPerSecond);
  const longest = spreadOf(own.map(({ longestMs }) => longestMs));
  const writers = `writers' p99 ${ms(spreadOf(p99(own)))} x ${range(spreadOf(ratiosOf(p99(own), p99(of(ALONE)))))}, longest ${ms(longest)}`;
  if (name === ALONE) return `  ${name.padEnd(30)}  ${writers}`;
  const rows = Math.round(spreadOf(rate(own)).median).toLocaleString("en");
  const ratio = range(spreadOf(ratiosOf(rate(own), rate(of(LOOP)))));
  return `  ${name.padEnd(30)}  ${rows.padStart(8)} rows/s x ${ratio}, ${writers}`;
}

function ms({ median }: Spread): string {
  return `${median.toFixed(median < 10 ? 1 : 0)} ms`;
}

function range({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

async function course(pgbench: string, work: Work): Promise<Course> {
  const url = await createDatabase();
  try {
    await queryAll(url, SET_UP);
    await queryAll(url, "vacuum analyze busy");
    // What making it has put off must not come due while it is measured.
    await queryAll(url, "checkpoint");
    const fill = await work(url);
    const dir = await makeTempDir("writers");
    const stop = new AbortController();
    const writers = runWriters(pgbench, {
      ...{ url, dir, perSecond: WRITES_PER_SECOND, clients: WRITERS, signal: stop.signal },
      script: `\\set id random(1, ${String(ROWS)})\nupdate busy set old = 'w' || :id where id = :id;\n`,
    });
    await delay(1_000);
    const startedAtMs = Date.now();
    await fill();
    const endedAtMs = Date.now();
    await delay(500);
    stop.abort();
    await writers;
    const during = (await readWrites(dir)).filter(
      (write) => write.endedAtMs > startedAtMs && write.endedAtMs - write.tookMs < endedAtMs,
    );
    const took = during.map(({ tookMs }) => tookMs);
    return {
      rowsPerSecond: ROWS / ((endedAtMs - startedAtMs) / 1_000),
      p99Ms: percentile(took, 0.99),
      longestMs: percentile(took, 1),
    };
  } finally {
    await dropDatabase(url);
  }
}

async function fillWithLockstep(url: string, options: string): ReturnType<Work> {
  const dir = await makeTempDir("fill");
  const files: Readonly<Record<string, string>> = {
    // The database holds the table already: its history begins with a file that is not run.
    "00_before_up.sql": "create table busy (id int);\n",
    "00_before_down.sql": "-- only measured\n",
    "01_fill_up.sql": `-- lockstep: backfill table=busy key=id ${options} sync="its trigger is there" remaining=select count(*) from busy where new is distinct from old\n${FILL};\n`,
    "01_fill_down.sql": "-- only measured\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  const env = { DATABASE_URL: url, LOCKSTEP_HOME: await makeTempDir("home") };
  const lockstep = (...args: string[]) =>
    execa(process.execPath, [command, ...args, "--migrations", dir], { env, stdin: "ignore" });
  await lockstep("baseline", "--through", "00");
  return () => lockstep("migrate");
}

async function fillByLoop(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (let from = 0; from < ROWS; from += LOOP_ROWS) {
      await client.query(`${FILL} and id > $1 and id <= $2`, [from, from + LOOP_ROWS]);
    }
  });
}
