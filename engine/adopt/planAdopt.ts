// What an adoption would write: pure, so that it can be shown before anybody says yes.
import { LockstepError } from "../errors/lockstepError.ts";
import { type LedgerState, rowId } from "../ledger/ledger.ts";
import { isDone } from "../plan/done.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import type { ToolName, ToolReading } from "./toolHistory.ts";

/** An adoption, decided. */
export interface AdoptPlan {
  /** The tool's table. */
  readonly table: string;
  /** Files to write into the ledger; on the way back, into the tool's table. */
  readonly added: readonly Migration[];
  /** Versions to take out of the tool's table, on the way back. */
  readonly removed: readonly string[];
  /** All files that are applied when it is done, in their order. */
  readonly applied: readonly Migration[];
  readonly warnings: readonly string[];
}

/** What is known of the tool's table. */
export interface ToolFacts extends ToolReading {
  readonly format: ToolName;
  readonly table: string;
}

/**
 * From the tool's table into the ledger: every file that the tool applied and the ledger lacks.
 * @throws LockstepError MIGRATION_ORDER for what must be put right with the tool first.
 */
export function planAdopt(
  ledger: LedgerState,
  migrations: readonly Migration[],
  facts: ToolFacts,
): AdoptPlan {
  ensureNoFaults(facts);
  const versions = new Set(facts.applied);
  const rows = new Map(ledger.applied.map((row) => [row.number, row]));
  const added = migrations.filter(
    (file) => versions.has(file.foreign?.version ?? "") && !rows.has(file.order),
  );
  const known = new Set(migrations.map((file) => file.foreign?.version));
  const unknown = facts.applied.filter((version) => !known.has(version));
  const isApplied = (file: Migration) => isDone(file, rows.get(file.order)) || added.includes(file);
  return {
    table: facts.table,
    added,
    removed: [],
    applied: migrations.filter(isApplied),
    warnings: [
      ...facts.warnings,
      ...(unknown.length === 0
        ? []
        : [
            `applied by ${facts.format}, but not in the folder, so left out: ${unknown.join(", ")}`,
          ]),
    ],
  };
}

/**
 * From the ledger into the tool's table, so that the tool goes on where lockstep is.
 * @throws LockstepError MIGRATION_ORDER where a table of one version cannot say what is applied.
 */
export function planBack(
  ledger: LedgerState,
  migrations: readonly Migration[],
  facts: ToolFacts & { readonly isOnePoint: boolean },
): AdoptPlan {
  ensureNoFaults(facts);
  const rows = new Map(ledger.applied.map((row) => [row.number, row]));
  const running = ledger.applied.filter(({ state }) => state === "running");
  if (running.length > 0) throw halfApplied(running.map(rowId));
  const applied = migrations.filter((file) => isDone(file, rows.get(file.order)));
  if (facts.isOnePoint) ensureNoGap(migrations, applied, facts.format);
  const versions = new Set(facts.applied);
  const kept = new Set(applied.map((file) => file.foreign?.version));
  const known = new Set(migrations.map((file) => file.foreign?.version));
  return {
    table: facts.table,
    added: applied.filter((file) => !versions.has(file.foreign?.version ?? "")),
    // What the folder does not have is none of lockstep's.
    removed: facts.applied.filter((version) => known.has(version) && !kept.has(version)),
    applied,
    warnings: facts.warnings,
  };
}

function ensureNoFaults({ faults, format, table }: ToolFacts): void {
  if (faults.length === 0) return;
  throw new LockstepError("MIGRATION_ORDER", `${format}'s history is not in order`, {
    where: table,
    seen: faults.join("\n"),
    next: "put it right as said above, with the tool itself; nothing was written",
  });
}

function ensureNoGap(
  migrations: readonly Migration[],
  applied: readonly Migration[],
  format: ToolName,
): void {
  const last = applied.at(-1);
  const waiting = migrations.filter(
    (file) => last !== undefined && file.order < last.order && !applied.includes(file),
  );
  if (!last || waiting.length === 0) return;
  throw new LockstepError(
    "MIGRATION_ORDER",
    `${format} keeps one version, which cannot tell this`,
    {
      seen: `applied up to ${fileId(last)}, but not ${waiting.map(fileId).join(", ")}`,
      likely: "contract files before it wait for their release",
      next: "apply them first (lockstep status, lockstep plan), then: lockstep adopt --back",
    },
  );
}

function halfApplied(files: readonly string[]): LockstepError {
  return new LockstepError("MIGRATION_ORDER", "A file is half applied", {
    seen: files.join(", "),
    next: "finish it first: lockstep migrate",
  });
}
