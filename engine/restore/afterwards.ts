// What a restored ledger says, and what a run will therefore do.
import type { AppliedMigration, LedgerState } from "../ledger/ledger.ts";
import { rowId } from "../ledger/ledger.ts";

/** What is different from before the restore. */
export interface Afterwards {
  /** Files that were applied before and, as the restored ledger has it, are not. */
  readonly pendingAgain: readonly string[];
  /** Label of the release that is under way in the restored ledger. */
  readonly active: string | undefined;
  /** The same for people, a line each. */
  readonly lines: readonly string[];
}

/** Compares the ledger of the present database, undefined where there was none, with the restored one. */
export function describeAfterwards(
  before: LedgerState | undefined,
  restored: LedgerState | undefined,
): Afterwards {
  if (!restored?.exists) {
    return {
      ...{ pendingAgain: [], active: undefined },
      lines: [
        "the restored database has no ledger of lockstep's: `lockstep baseline --through NN` says which files it has, before any run",
      ],
    };
  }
  const has = new Set(restored.applied.map(({ number }) => number));
  const pendingAgain = (before?.applied ?? []).filter(({ number }) => !has.has(number)).map(rowId);
  const active = restored.releases.find(({ state }) => state === "active")?.label;
  const [last] = restored.applied.toSorted(bySeq).reverse();
  const count = restored.applied.length;
  const through = last ? `, the last of them ${rowId(last)}` : "";
  return {
    pendingAgain,
    active,
    lines: [
      `its ledger is that of the backup: ${String(count)} files applied${through}`,
      ...(pendingAgain.length === 0
        ? []
        : [
            `applied before and not in it: ${pendingAgain.join(", ")}; the next \`pulumi up\` or \`lockstep migrate\` applies them again`,
          ]),
      ...(active === undefined
        ? []
        : [
            `release ${active} is under way in it: its own \`pulumi up\` goes on with it; before another one, \`lockstep abandon\``,
          ]),
    ],
  };
}

function bySeq(a: AppliedMigration, b: AppliedMigration): number {
  return a.seq < b.seq ? -1 : 1;
}
