// What a run would apply, decided from files and ledger alone: pure, so that preview and run decide alike.
import { LockstepError } from "../errors/lockstepError.ts";
import { findBrokenLink } from "../ledger/chain.ts";
import { type AppliedMigration, type LedgerState, rowId } from "../ledger/ledger.ts";
import { nextOf } from "../lint/nextOf.ts";
import { fileId } from "../sources/fileId.ts";
import { findByNumber } from "../sources/findNumber.ts";
import { isRepeatableOrder } from "../sources/formats/order.ts";
import type { Migration, Stage } from "../sources/migration.ts";
import { ensureNoContractConflict } from "./contractConflicts.ts";
import { isDone } from "./done.ts";
import { isUnproven, type Promoted } from "./promoted.ts";

/** Which part of the files a run takes. */
export type StageChoice = Stage | "all";

/** A target below all files: the release takes none of them (`risk.mode: skip`). No file's number reads so. */
export const NO_FILES = "none";

/** What a run is asked to do. */
export interface RunRequest {
  readonly stage: StageChoice;
  /** Files above this number are left alone. */
  readonly target: string | undefined;
  /** Contract files that another stack must run first are never taken, on an empty database either. */
  readonly promoted?: Promoted | undefined;
}

/** What a run would do. */
export interface RunPlan {
  /** To apply, in this order. */
  readonly pending: readonly Migration[];
  /** Pending contract files that this run does not take. */
  readonly waiting: readonly Migration[];
  /** True when the database was empty: file order, no approval (ENGINE.md rule 7). */
  readonly initial: boolean;
}

/**
 * Plans a run.
 * @throws LockstepError HISTORY_BROKEN, CHECKSUM_MISMATCH, MIGRATION_ORDER, NEEDS_BASELINE, UNSAFE_MIGRATION or
 * CONFIG (a target that is no file's number); RISK_REFUSED for no files on a database that was never set up.
 */
export function planRun(
  ledger: LedgerState,
  migrations: readonly Migration[],
  request: RunRequest,
): RunPlan {
  const files = upToTarget(migrations, request.target);
  const applied = ensureHistoryFits(ledger, migrations);
  const open = files.filter((file) => !isDone(file, applied.get(file.order)));
  const initial = isInitial(ledger, open);
  ensureBaselined(ledger, {
    initial,
    tool: migrations.find((file) => file.foreign)?.foreign?.format,
  });
  if (request.target === NO_FILES && migrations.length > 0) ensureBegun(ledger);
  const taken = open.filter(
    (file) =>
      (initial || request.stage === "all" || file.stage === request.stage) &&
      !(file.stage === "contract" && isUnproven(file.number, request.promoted)),
  );
  ensureOrder(ledger.applied, open, initial);
  ensureSafe(taken, initial);
  if (!initial) ensureNoContractConflict(taken, open);
  return {
    pending: taken,
    waiting: open.filter((file) => file.stage === "contract" && !taken.includes(file)),
    initial,
  };
}

/** The rows of ledgers by number, by the files that they were found to fit: a plan asks for several things of the same. */
const FITTING = new WeakMap<LedgerState, WeakMap<readonly Migration[], RowsByNumber>>();

type RowsByNumber = ReadonlyMap<bigint, AppliedMigration>;

function ensureHistoryFits(ledger: LedgerState, migrations: readonly Migration[]): RowsByNumber {
  const known = FITTING.get(ledger)?.get(migrations);
  if (known) return known;
  ensureChain(ledger);
  ensureUnchanged(ledger.applied, migrations);
  ensureHistoryKnown(ledger.applied, migrations);
  const rows = new Map(ledger.applied.map((row) => [row.number, row]));
  const fitting = FITTING.get(ledger) ?? new WeakMap<readonly Migration[], RowsByNumber>();
  FITTING.set(ledger, fitting.set(migrations, rows));
  return rows;
}

/**
 * The files up to and including number `target`, and the repeatable ones, which have no number; all
 * of them when it is undefined, none for `NO_FILES`.
 * @throws LockstepError CONFIG when no file has that number.
 */
export function upToTarget<T extends { readonly number: string; readonly order: bigint }>(
  files: readonly T[],
  target: string | undefined,
): readonly T[] {
  if (target === undefined) return files;
  if (target === NO_FILES) return [];
  const last = findByNumber(files, target);
  if (!last) {
    throw new LockstepError("CONFIG", "The target is not the number of a migration", {
      seen: target,
      next: `use one of ${listNumbers(files)}`,
    });
  }
  return files.filter((file) => file.order <= last.order || isRepeatableOrder(file.order));
}

function listNumbers(files: readonly { readonly number: string }[]): string {
  const numbers = files.map((file) => file.number);
  if (numbers.length === 0) return "(there are no files)";
  return numbers.length <= 12
    ? numbers.join(", ")
    : `${numbers[0] ?? ""} to ${numbers.at(-1) ?? ""}`;
}

/**
 * Initial mode holds from the first file on an empty database until its last one is applied, whatever
 * a crash in between left behind. Files added meanwhile join it: nothing was released here yet. Once
 * the last one is applied it is over, though a crash kept the ledger from being told.
 */
function isInitial(ledger: LedgerState, open: readonly Migration[]): boolean {
  if (ledger.initial === undefined) return !ledger.hasRelations && ledger.applied.length === 0;
  const through = BigInt(ledger.initial.order ?? ledger.initial.through);
  return open.some((file) => file.order <= through);
}

/**
 * What is decided from a history that somebody rewrote rests on sand.
 * @throws LockstepError HISTORY_BROKEN
 */
export function ensureChain(ledger: LedgerState): void {
  const broken = findBrokenLink(ledger);
  if (!broken) return;
  const { row } = broken;
  throw new LockstepError("HISTORY_BROKEN", "The ledger is not as lockstep wrote it", {
    where: "table lockstep.migration",
    seen: row
      ? `the chain of its rows breaks at ${rowId(row)}, applied ${row.appliedAt.toISOString()} by ${row.appliedBy}`
      : "rows are missing at its end",
    likely: "rows were changed, put in or deleted by hand, or by a partial restore",
    next: 'compare lockstep history with the schema; if the rows are right as they are: lockstep repair --chain --reason "WHY"',
  });
}

function ensureUnchanged(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): void {
  const byNumber = new Map(migrations.map((file) => [file.order, file]));
  ensureSamePlaces(applied, byNumber);
  const edited = applied.filter((row) => {
    const file = byNumber.get(row.number);
    return file !== undefined && !file.repeatable && file.checksum !== row.checksum;
  });
  const first = edited[0];
  if (!first) return;
  const file = byNumber.get(first.number);
  throw new LockstepError("CHECKSUM_MISMATCH", "A file was edited after it was applied", {
    where: edited.map((row) => byNumber.get(row.number)?.path).join("\n"),
    seen: `sha256 ${file?.checksum.slice(0, 12) ?? ""}; ${first.appliedAt.toISOString()} it was ${first.checksum.slice(0, 12)}`,
    likely: "the change was meant for the database, which no longer reads that file",
    next:
      file?.content === first.content
        ? `only comments or white space differ, so either undo the edit, or record it: lockstep repair ${first.label} --reason "WHY"`
        : "undo the edit (git checkout) and put the change into a new file: lockstep new NAME",
  });
}

/** Another tool's revisions have no order but their place in the chain, which must not move. */
function ensureSamePlaces(
  applied: readonly AppliedMigration[],
  files: ReadonlyMap<bigint, Migration>,
): void {
  for (const row of applied) {
    const file = files.get(row.number);
    if (!file?.foreign || file.number === row.label) continue;
    throw new LockstepError("MIGRATION_ORDER", "The files' order is not the one that was applied", {
      where: file.path,
      seen: `${fileId(file)} stands where ${rowId(row)} was applied`,
      likely: "a revision was put in between, or taken out",
      next: "put it behind the last one that is applied (its down_revision)",
    });
  }
}

/** A missing expand file is no error: after a reverted release the database is ahead, which is additive. */
function ensureHistoryKnown(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): void {
  const numbers = new Set(migrations.map((file) => file.order));
  const gone = applied.filter((row) => row.stage === "contract" && !numbers.has(row.number));
  if (gone.length === 0) return;
  throw new LockstepError(
    "MIGRATION_ORDER",
    "The database is past a contract file that is not here",
    {
      seen: gone.map((row) => `${rowId(row)}, applied ${row.appliedAt.toISOString()}`).join("\n"),
      likely:
        "this checkout is older than the last release; what its code reads may have been removed",
      next: "check out the commit that has these files",
    },
  );
}

function ensureBaselined(
  ledger: LedgerState,
  { initial, tool }: { readonly initial: boolean; readonly tool: string | undefined },
): void {
  if (initial || ledger.applied.length > 0 || !ledger.hasRelations) return;
  throw new LockstepError("NEEDS_BASELINE", "This database has tables but no history", {
    likely:
      tool === undefined
        ? "it was made by hand, by another tool, or restored without schema lockstep"
        : `${tool} made it; its history has not been taken over yet`,
    next:
      tool === undefined
        ? "say which files it already holds: lockstep baseline --through NN"
        : "take over its history: lockstep adopt",
  });
}

/** An app alone needs a database that some release, or a person, has set up to the end. */
function ensureBegun({ applied, initial }: LedgerState): void {
  if (applied.length > 0 && initial === undefined) return;
  throw new LockstepError("RISK_REFUSED", "There is no schema yet that the app could run on", {
    where: "lockstep:risk.mode: skip",
    seen:
      applied.length === 0
        ? "no file was ever applied to this database"
        : "its first set-up was interrupted",
    likely: "the stack is new; skip leaves out all files, those of the first release too",
    next: "let the first release migrate (pulumi config set --path lockstep:risk.mode auto), or do it by hand: lockstep migrate",
  });
}

/**
 * Order is per stage: an expand file numbered after a waiting contract file is not out of order
 * (ENGINE.md rule 6). In initial mode there is one order.
 */
function ensureOrder(
  applied: readonly AppliedMigration[],
  open: readonly Migration[],
  initial: boolean,
): void {
  const rowsAfter = (file: Migration) =>
    applied.filter(
      (row) =>
        row.state === "applied" &&
        !isRepeatableOrder(row.number) &&
        (initial || row.stage === file.stage) &&
        row.number > file.order,
    );
  const late = open.filter((file) => rowsAfter(file).length > 0);
  const first = late[0];
  if (!first) return;
  const after = rowsAfter(first).at(-1);
  throw new LockstepError("MIGRATION_ORDER", "A file comes before ones that are applied already", {
    where: late.map((file) => file.path).join("\n"),
    seen: `${after?.label ?? ""}_${after?.name ?? ""} was applied ${after?.appliedAt.toISOString() ?? ""}`,
    likely: "it was merged from a branch that was older than the last release",
    next: "give it the next free number, so that every database runs the files in the same order",
  });
}

/** On an empty database stages don't matter, but "none twice, none left out" does. */
function ensureSafe(taken: readonly Migration[], initial: boolean): void {
  const problems = taken
    .flatMap((file) => file.problems)
    .filter((problem) => !initial || problem.initialToo);
  const first = problems[0];
  if (!first) return;
  throw new LockstepError("UNSAFE_MIGRATION", first.message, {
    where: first.where,
    seen:
      problems.length === 1
        ? first.rule
        : `${first.rule}, and ${String(problems.length - 1)} more (lockstep lint)`,
    next: nextOf(first),
  });
}
