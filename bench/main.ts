// `npm run bench [NAME ...] [--runs N]`: runs the benches one after the other and prints their figures.
import { availableParallelism, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { endTestRun, ensureTestRun } from "../test/support/testRun.ts";
import { benchAvailability } from "./availability.ts";
import { benchBackfill } from "./backfill.ts";
import { benchBackup } from "./backup.ts";
import { benchBlockedTable } from "./blockedTable.ts";
import { benchClusterRelease } from "./clusterRelease.ts";
import { benchCommandStart } from "./commandStart.ts";
import { benchLint } from "./lintFiles.ts";
import { benchManyMigrations } from "./manyMigrations.ts";
import { benchNoopUp } from "./noopUp.ts";
import { benchPreview } from "./preview.ts";
import { benchTools } from "./tools/benchTools.ts";

/** Each with the number of counted runs that settles its median within a few per cent. */
const benches: Readonly<Record<string, readonly [(runs: number) => Promise<unknown>, number]>> = {
  start: [print(benchCommandStart), 21],
  migrations: [print((runs) => benchManyMigrations(runs, 1_000)), 5],
  // What a runner's Job needs of memory where the history is long.
  "migrations-10000": [print((runs) => benchManyMigrations(runs, 10_000)), 1],
  lint: [print((runs) => benchLint(runs, 500)), 7],
  preview: [print(benchPreview), 5],
  tools: [printTools, 5],
  locks: [print(benchBlockedTable), 3],
  backfill: [print(benchBackfill), 5],
  backup: [print(benchBackup), 5],
  up: [print(benchNoopUp), 9],
  availability: [print(benchAvailability), 5],
  cluster: [print(benchClusterRelease), 1],
};

function print(bench: (runs: number) => Promise<readonly string[]>) {
  return async (runs: number) => {
    for (const line of await bench(runs)) console.log(line);
    printRuns(runs);
  };
}

async function printTools(runs: number): Promise<void> {
  await benchTools(runs, console.log);
  printRuns(runs);
}

function printRuns(runs: number): void {
  console.log(`  medians of ${String(runs)} runs in turn, the range of the ratios in brackets\n`);
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { runs: { type: "string" } },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(benches);
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  console.log(
    `Node ${process.version}, ${String(availableParallelism())} processors, ${gigabytes} GiB\n`,
  );
  for (const name of names) {
    const [bench, usual] = benches[name] ?? unknownBench(name);
    await bench(values.runs === undefined ? usual : countOf(values.runs));
  }
}

function unknownBench(name: string): never {
  const known = Object.keys(benches).join(", ");
  throw new Error(`there is no bench ${name}; there are ${known}`);
}

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`--runs ${text}: not a number of runs`);
  return count;
}

await ensureTestRun();
try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await endTestRun();
}
