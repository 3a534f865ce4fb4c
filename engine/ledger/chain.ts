// The history's chain: each row is bound to the one before it, so that a change made by hand shows.
import { sha256 } from "../sha256.ts";
import type { AppliedMigration, LedgerState } from "./ledger.ts";

/** Where the chain does not hold. */
export interface BrokenChain {
  /** The first row that does not fit; undefined where rows are missing at the end. */
  readonly row: AppliedMigration | undefined;
}

/**
 * The first place where the ledger's history is not what lockstep wrote: a row was changed, put in,
 * taken away or put in another order. Undefined where it holds, or where an old ledger has no chain.
 */
export function findBrokenLink(
  ledger: Pick<LedgerState, "applied" | "chainHead">,
): BrokenChain | undefined {
  if (ledger.chainHead === undefined) return undefined;
  // Planning asks for each stage, and a plan for several things; of a ledger that was read once the answer stays.
  const known = SOUND.get(ledger);
  if (known === ledger.chainHead) return undefined;
  const broken = walkChain(ledger);
  if (!broken) SOUND.set(ledger, ledger.chainHead);
  return broken;
}

/** Ledgers whose chain holds, with their heads. */
const SOUND = new WeakMap<object, string>();

function walkChain(ledger: Pick<LedgerState, "applied" | "chainHead">): BrokenChain | undefined {
  let head = "";
  for (const row of ledger.applied.toSorted((a, b) => (a.seq < b.seq ? -1 : 1))) {
    head = linkOf(head, row);
    if (row.link !== head) return { row };
  }
  return head === ledger.chainHead ? undefined : { row: undefined };
}

/** As the ledger's function link_of computes it (schema.ts). */
function linkOf(previous: string, row: AppliedMigration): string {
  const parts = [previous, row.number.toString(), row.label, row.name, row.stage, row.checksum];
  return sha256(parts.join("\n"));
}
