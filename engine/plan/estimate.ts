// How long a statement will take and hold others off: an estimate, from the table's size and the kind of work.
import { blocksOf } from "../lint/placeHits.ts";
import type { Blocks } from "../lint/rules/rule.ts";
import { strongest, type LockMode } from "../locks/modes.ts";
import type { Change, Work } from "./changes.ts";
import type { TableFact } from "./tableFact.ts";

const MIB = 1024 * 1024;

/** What a second gets through, by the kind of work. */
export type Rates = Readonly<Record<Exclude<Work, "catalogue">, number>>;

/**
 * What a second gets through where the stack does not say. The first three in bytes: of the table for `scan` and `build`, with its indexes for
 * `rewrite`. Measured with PostgreSQL 15 on two cores and a table of 558 MiB in memory: scan 2,100 MiB/s, build 73 MiB/s
 * over text and 240 over integers, rewrite 57 MiB/s. The figures here are lower: a common cloud volume gives 125 MiB/s
 * to reads, writes and WAL together. `rows` is in rows.
 */
const PER_SECOND: Rates = {
  scan: 100 * MIB,
  build: 50 * MIB,
  rewrite: 25 * MIB,
  rows: 20_000,
};

/** An estimate of one statement. */
export interface Estimate {
  /** Undefined where the table's size is not known. */
  readonly ms: number | undefined;
  readonly work: Work;
  /** Whom the statement holds off for as long; `row writers` of the rows that it touches. */
  readonly blocks: Blocks | "row writers";
  /** The strongest lock on a table; undefined where it locks none. */
  readonly mode: LockMode | undefined;
  /** The table that the work is done on. */
  readonly table: string | undefined;
  /** What a second was taken to get through, bytes or, for `rows`, rows; undefined for the catalogue. */
  readonly perSecond: number | undefined;
}

/** A change of the catalogue alone: what it takes once it has its lock, ms. An upper bound by experience. */
const CATALOGUE_MS = 10;

/** Estimates one statement; `fact` is the table that it works on. */
export function estimateChange(
  change: Change,
  fact: TableFact | undefined,
  rates: Partial<Rates> = {},
): Estimate {
  const { work, table, locks, isNew, isBatched } = change;
  const mode = isNew
    ? undefined
    : locks.reduce<LockMode | undefined>(
        (found, lock) => (found ? strongest(found, lock.mode) : lock.mode),
        undefined,
      );
  const keepsRows = work === "rows" && !isBatched;
  const blocks: Estimate["blocks"] = keepsRows
    ? "row writers"
    : mode
      ? blocksOf(mode)
      : "schema changes";
  const shared = { work, blocks, mode, table };
  if (work === "catalogue") return { ...shared, ms: CATALOGUE_MS, perSecond: undefined };
  const perSecond = rates[work] ?? PER_SECOND[work];
  const amount = fact && amountOf(work, fact);
  const ms = amount === undefined ? undefined : Math.round((amount / perSecond) * 1_000);
  return { ...shared, ms, perSecond };
}

function amountOf(work: Exclude<Work, "catalogue">, fact: TableFact): number | undefined {
  if (work === "rows") return fact.rows;
  return work === "rewrite" ? fact.totalBytes : fact.bytes;
}

/** Whether others wait for as long as the statement runs. */
export function holdsOff({ blocks }: Estimate): boolean {
  return blocks === "reads and writes" || blocks === "writes";
}

/**
 * How long a file holds others off, ms: what one transaction locks it keeps to its end, so all statements from the first
 * blocking one on count. Undefined where a size in it is not known.
 */
export function underLockMs(
  estimates: readonly Estimate[],
  { transactional }: { readonly transactional: boolean },
): number | undefined {
  const first = estimates.findIndex(holdsOff);
  if (first < 0) return 0;
  const counted = transactional ? estimates.slice(first) : estimates.filter(holdsOff);
  let sum = 0;
  for (const { ms } of counted) {
    if (ms === undefined) return undefined;
    sum += ms;
  }
  return sum;
}
