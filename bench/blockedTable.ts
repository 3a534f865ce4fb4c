// A busy table behind an 8 s reader: how long writers stall while it is changed, by lockstep and by a plain lock_timeout loop.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { createDatabase, dropDatabase, queryAll, withClient } from "../test/support/database.ts";
import { makeTempDir } from "../test/support/tempDir.ts";
import { findPgbench, readWrites, runWriters } from "./pgbench.ts";
import { median, spreadOf } from "./statistics.ts";

const ROWS = 1_000_000;
const WRITES_PER_SECOND = 200;
const WRITERS = 4;
const READER_S = 8;
/** The plain loop's lock_timeout and its pause, ms. */
const LOOP_TIMEOUT_MS = 200;
const LOOP_PAUSE_MS = 100;
const command = fileURLToPath(new URL("../bin/lockstep.mjs", import.meta.url));

/** The changes, in steps that scan under weak locks only. */
const changesOf = (table: Table): readonly (readonly [name: string, sql: string])[] => [
  ["add_column", `alter table ${table} add column note text`],
  ["add_check", `alter table ${table} add constraint hits_ok check (hits >= 0) not valid`],
  ["validate_check", `alter table ${table} validate constraint hits_ok`],
  [
    "add_not_null",
    `alter table ${table} add constraint hits_set check (hits is not null) not valid`,
  ],
  ["validate_not_null", `alter table ${table} validate constraint hits_set`],
  ["set_not_null", `alter table ${table} alter column hits set not null`],
  ["drop_check", `alter table ${table} drop constraint hits_set`],
  ["add_index", `create index concurrently ${table}_hits on ${table} (hits)`],
];

/** Writers and reader use `busy`; `twin` is the same and nobody's. */
type Table = "busy" | "twin";

/** What is done before the writers begin; returns the changes themselves. */
type Prepare = (url: string) => Promise<() => Promise<void>>;

interface Course {
  /** The writers' longest wait for one transaction, ms. */
  readonly stallMs: number;
  /** How long the changes took, ms; 0 without any. */
  readonly tookMs: number;
}

/** Needs pgbench; says so where it is missing. */
export async function benchBlockedTable(runs: number): Promise<readonly string[]> {
  const title = `${ROWS.toLocaleString("en")} rows, ${String(WRITES_PER_SECOND)} writes/s, a reader of ${String(READER_S)} s: a column, a CHECK, a NOT NULL and an index`;
  const pgbench = await findPgbench();
  if (pgbench === undefined) return [title, "  pgbench is not on PATH: not measured"];
  const contenders: Readonly<Record<string, Prepare>> = {
    [ALONE]: () => Promise.resolve(() => delay(READER_S * 1_000)),
    // What the scans and the index take of processors and disk, without any lock that matters.
    [TWIN]: (url) => prepareLockstep(url, "twin"),
    "lockstep migrate": (url) => prepareLockstep(url, "busy"),
    [`a loop with lock_timeout ${String(LOOP_TIMEOUT_MS)} ms`]: (url) =>
      Promise.resolve(() => loopPlainly(url)),
  };
  const courses = new Map<string, Course[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let run = 0; run < runs; run += 1) {
    for (const [name, prepare] of Object.entries(contenders)) {
      courses.get(name)?.push(await course(pgbench, prepare));
    }
  }
  return [title, ...[...courses].map(([name, own]) => line(name, own, courses))];
}

const ALONE = "the reader alone";
const TWIN = "the same work on a table of nobody's";

function line(
  name: string,
  own: readonly Course[],
  courses: ReadonlyMap<string, readonly Course[]>,
): string {
  const stall = spreadOf(own.map(({ stallMs }) => stallMs));
  const took = median(own.map(({ tookMs }) => tookMs));
  const times = (base: string) => {
    const ratios = own.map(
      ({ stallMs }, run) => stallMs / (courses.get(base)?.[run]?.stallMs ?? stallMs),
    );
    return median(ratios).toFixed(2).padStart(5);
  };
  return [
    `  ${name.padEnd(36)}  longest stall ${stall.median.toFixed(0).padStart(5)} ms (${stall.min.toFixed(0)} to ${stall.max.toFixed(0)})`,
    `x ${times(ALONE)} the reader's, x ${times(TWIN)} the same work's`,
    `took ${(took / 1_000).toFixed(1)} s`,
  ].join("   ");
}

async function course(pgbench: string, prepare: Prepare): Promise<Course> {
  const url = await createDatabase();
  try {
    for (const table of ["busy", "twin"]) {
      await queryAll(url, `create table ${table} (id int primary key, hits int)`);
      await queryAll(
        url,
        `insert into ${table} select i, 0 from generate_series(1, ${String(ROWS)}) i`,
      );
      await queryAll(url, `vacuum analyze ${table}`);
    }
    const change = await prepare(url);
    // What making it has put off must not come due while it is measured.
    await queryAll(url, "checkpoint");
    const dir = await makeTempDir("writers");
    const stop = new AbortController();
    const writers = runWriters(pgbench, {
      ...{ url, dir, perSecond: WRITES_PER_SECOND, clients: WRITERS, signal: stop.signal },
      script: `\\set id random(1, ${String(ROWS)})\nupdate busy set hits = hits + 1 where id = :id;\n`,
    });
    await delay(1_000);
    const reader = withClient(url, async (client) => {
      await client.query(`begin; select count(*) from busy; select pg_sleep(${String(READER_S)})`);
      await client.query("commit");
    });
    // Where the change fails, that is what is told.
    reader.catch(() => undefined);
    await delay(200);
    const started = performance.now();
    await change();
    const tookMs = performance.now() - started;
    await reader;
    await delay(500);
    stop.abort();
    await writers;
    const writes = await readWrites(dir);
    // Reduced, not spread: there are thousands.
    const stallMs = writes.reduce((longest, write) => Math.max(longest, write.tookMs), 0);
    return { stallMs, tookMs };
  } finally {
    await dropDatabase(url);
  }
}

async function prepareLockstep(url: string, table: Table): Promise<() => Promise<void>> {
  const dir = await makeTempDir("changes");
  for (const [index, [name, sql]] of changesOf(table).entries()) {
    const base = join(dir, `0${String(index + 1)}_${name}`);
    await writeFile(
      `${base}_up.sql`,
      `-- lockstep: stage=expand reason="only measured"\n${sql};\n`,
    );
    await writeFile(`${base}_down.sql`, "-- only measured\n");
  }
  const env = { DATABASE_URL: url, LOCKSTEP_HOME: await makeTempDir("home") };
  // The database holds tables already: its history begins with a file that is not run.
  await writeFile(join(dir, "00_before_up.sql"), `create table ${table} (id int);\n`);
  await writeFile(join(dir, "00_before_down.sql"), "-- only measured\n");
  const lockstep = (...args: string[]) =>
    execa(process.execPath, [command, ...args, "--migrations", dir], { env, stdin: "ignore" });
  await lockstep("baseline", "--through", "00");
  return async () => {
    await lockstep("migrate");
  };
}

async function loopPlainly(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const [, sql] of changesOf("busy")) {
      const isConcurrent = sql.includes("concurrently");
      await client.query(`set lock_timeout = ${isConcurrent ? "0" : String(LOOP_TIMEOUT_MS)}`);
      for (;;) {
        const missed = await client.query(sql).then(
          () => false,
          (error: unknown) => {
            if ((error as { code?: string }).code !== "55P03") throw error;
            return true;
          },
        );
        if (!missed) break;
        await delay(LOOP_PAUSE_MS);
      }
    }
  });
}
