// What a run would take, leave and refuse: by the ledger, or by the files alone.
import type { Client } from "pg";
import { isLockstepError, LockstepError } from "../engine/errors/lockstepError.ts";
import type { LedgerState } from "../engine/ledger/ledger.ts";
import { nextOf } from "../engine/lint/nextOf.ts";
import { planRun, upToTarget, type StageChoice } from "../engine/plan/planRun.ts";
import { releaseId } from "../engine/plan/release.ts";
import { ensureServerKnows } from "../engine/plan/serverFit.ts";
import {
  ensureApprovalGood,
  notApproved,
  splitByApproval,
  type Approval,
} from "../engine/run/approval.ts";
import { ensureBackedUpByHand, ensureReadyForContract } from "../engine/run/contractReadiness.ts";
import { fileId } from "../engine/sources/fileId.ts";
import type { Migration } from "../engine/sources/migration.ts";

/** What is to be foreseen. */
export interface ForesightRequest {
  readonly migrations: readonly Migration[];
  readonly approval: Approval | undefined;
  readonly stage: StageChoice;
  readonly target: string | undefined;
  readonly stack: string;
  /** A backup older than this does not count, ms. */
  readonly backupMaxAgeMs: number;
  readonly allowedApplications: readonly string[];
  /** Whether contract by hand needs no backup. */
  readonly isDev: boolean;
}

/** What a run would do. */
export interface Foresight {
  /** In the order in which they would be applied. */
  readonly pending: readonly Migration[];
  /** Contract files that the run would leave, for want of approval or for their stage. */
  readonly waiting: readonly Migration[];
  /** Those of `waiting` that are approved: `05_remove_phone`. */
  readonly covered: readonly string[];
  readonly initial: boolean;
  /** What the run would end with before it applies anything. */
  readonly refusal: LockstepError | undefined;
}

/**
 * By the ledger, as `migrate` decides.
 * @throws LockstepError what planning refuses: then there is no order to show.
 */
export async function planAgainst(
  request: ForesightRequest,
  database: { readonly client: Client; readonly ledger: LedgerState },
): Promise<Foresight> {
  const { migrations, stage, target } = request;
  const plan = planRun(database.ledger, migrations, { stage, target });
  await ensureServerKnows(database.client, plan.pending);
  if (plan.initial) return { ...plan, waiting: [], covered: [], refusal: undefined };
  const approvals = { ...request, ledger: database.ledger };
  const taken = splitByApproval(contractOf(plan.pending), approvals);
  const left = splitByApproval(plan.waiting, approvals);
  const refusal =
    taken.waiting.length > 0
      ? notApproved(taken.waiting, request.stack)
      : await foreseeContract(request, taken.covered, database);
  return {
    pending: plan.pending.filter((file) => !taken.waiting.includes(file)),
    waiting: [...taken.waiting, ...plan.waiting],
    covered: left.covered.map(fileId),
    initial: false,
    refusal,
  };
}

/** What contract itself would look at, in the order in which it does. */
async function foreseeContract(
  { approval, stack, migrations, backupMaxAgeMs, allowedApplications, isDev }: ForesightRequest,
  contract: readonly Migration[],
  { client, ledger }: { readonly client: Client; readonly ledger: LedgerState },
): Promise<LockstepError | undefined> {
  if (contract.length === 0 || approval === undefined) return undefined;
  const release = ledger.releases.at(-1);
  try {
    if (release) {
      await ensureReadyForContract(client, {
        release,
        releaseId: releaseId(release.label, release.digest),
        backupMaxAgeMs,
        allowedApplications,
      });
    } else ensureBackedUpByHand(contract.map(fileId), { required: !isDev, waived: undefined });
    await ensureApprovalGood(client, approval, { stack, migrations });
    return undefined;
  } catch (error) {
    if (isLockstepError(error)) return error;
    throw error;
  }
}

/**
 * By the files alone, for a database with history: nothing is known as applied, so every file is
 * shown, and what is not approved is no refusal (it may be applied already).
 */
export function planFromFiles(request: ForesightRequest): Foresight {
  const { stage } = request;
  const files = upToTarget(request.migrations, request.target);
  const { covered, waiting } = splitByApproval(contractOf(files), request);
  const asked = files.filter((file) => stage === "all" || file.stage === stage);
  const pending = asked.filter((file) => !waiting.includes(file));
  const left = covered.filter((file) => !pending.includes(file));
  return {
    pending,
    waiting: [...left, ...waiting].toSorted((a, b) => (a.order < b.order ? -1 : 1)),
    covered: left.map(fileId),
    initial: false,
    refusal: unsafe(asked),
  };
}

function unsafe(files: readonly Migration[]): LockstepError | undefined {
  const [first] = files.flatMap((file) => file.problems);
  return (
    first &&
    new LockstepError("UNSAFE_MIGRATION", first.message, {
      where: first.where,
      seen: first.rule,
      likely: "refused unless the database is empty or the file is applied already",
      next: nextOf(first),
    })
  );
}

function contractOf(files: readonly Migration[]): readonly Migration[] {
  return files.filter((file) => file.stage === "contract");
}
