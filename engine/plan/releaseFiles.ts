// The files that a release would apply from here on: expand, then the contract files that are approved.
import type { LedgerState } from "../ledger/ledger.ts";
import { splitByApproval, type Approval } from "../run/approval.ts";
import type { Migration } from "../sources/migration.ts";
import { planRun } from "./planRun.ts";
import type { Promoted } from "./promoted.ts";

/** What decides which files a release takes. */
export interface ReleaseScope {
  /** All files of the folder. */
  readonly migrations: readonly Migration[];
  /** Files above this number are left alone. */
  readonly target: string | undefined;
  readonly promoted?: Promoted | undefined;
  readonly approval: Approval | undefined;
  readonly stack: string;
}

/** A release's files that are not applied yet. */
export interface ReleaseFiles {
  /** In file order where the database is empty; else what expands. */
  readonly expand: readonly Migration[];
  /** Approved, and run once the release's gate has passed. */
  readonly contract: readonly Migration[];
  /** Pending contract files that it leaves. */
  readonly waiting: readonly Migration[];
  readonly initial: boolean;
}

/**
 * By the ledger, as the release's steps decide.
 * @throws LockstepError what `planRun` refuses, NOT_APPROVED for an approval that does not fit.
 */
export function planReleaseFiles(ledger: LedgerState, scope: ReleaseScope): ReleaseFiles {
  const { migrations, target, promoted } = scope;
  const expand = planRun(ledger, migrations, { stage: "expand", target, promoted });
  if (expand.initial)
    return { expand: expand.pending, contract: [], waiting: expand.waiting, initial: true };
  const contract = planRun(ledger, migrations, { stage: "contract", target, promoted });
  const { covered, waiting } = splitByApproval(contract.pending, { ...scope, ledger });
  return {
    expand: expand.pending,
    contract: covered,
    waiting: [...waiting, ...contract.waiting],
    initial: false,
  };
}
