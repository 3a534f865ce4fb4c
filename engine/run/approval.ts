// Contract files run only with an approval that fits them; it is checked once and then recorded as accepted.
import type { ClientBase } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import type { LedgerState } from "../ledger/ledger.ts";
import { readEvents, recordEvent } from "../ledger/record.ts";
import { removalsOf } from "../lint/removals.ts";
import { approveCommand, coveredBy, filesThrough, type ApprovalScope } from "../plan/approval.ts";
import { DEPENDANTS_ALGORITHM, readDependants, type Dependants } from "../schema/dependants.ts";
import { namedDrift } from "../schema/drift.ts";
import { unspent } from "../soak/readSoaking.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";

/** An approval as `lockstep approve` writes it into a stack's config. */
export interface Approval extends ApprovalScope {
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601; not accepted after it. */
  readonly expires: string;
  readonly reason?: string;
  /** What hung on the objects that the files take away, where the database was seen then. */
  readonly fingerprint?: Dependants;
}

/** What an approval is checked against. */
export interface ApprovalContext {
  readonly approval: Approval | undefined;
  readonly stack: string;
  /** All files of the folder, as they were for `lockstep approve`. */
  readonly migrations: readonly Migration[];
  /** Tells approvals that `lockstep undo` has spent. */
  readonly ledger?: Pick<LedgerState, "spentApprovals">;
}

/**
 * Splits `contract` (pending contract files) by the approval, without looking at its expiry.
 * @throws LockstepError NOT_APPROVED when the approval does not fit the files.
 */
export function splitByApproval(
  contract: readonly Migration[],
  context: ApprovalContext,
): { readonly covered: readonly Migration[]; readonly waiting: readonly Migration[] } {
  const all = context.migrations.filter((file) => file.stage === "contract");
  const approval = unspent(context.approval, context.ledger ?? {});
  const numbers = new Set(coveredBy(approval, all, context.stack).map((file) => file.number));
  return {
    covered: contract.filter((file) => numbers.has(file.number)),
    waiting: contract.filter((file) => !numbers.has(file.number)),
  };
}

/**
 * Accepts the approval for `files`; call it under the lease, before the first contract statement.
 * One that was accepted before is not asked for again, so that a resume after a crash goes on.
 * @throws LockstepError NOT_APPROVED when a file is not covered or the approval has expired.
 */
export async function acceptApproval(
  client: ClientBase,
  files: readonly Migration[],
  context: ApprovalContext & { readonly release: string | null },
): Promise<void> {
  const { approval, stack, release } = context;
  const { waiting } = splitByApproval(files, context);
  if (waiting.length > 0 || approval === undefined) throw notApproved(files, stack);
  if (await ensureApprovalGood(client, approval, context)) return;
  const { through, digest, by, at, reason } = approval;
  await recordEvent(client, {
    release,
    kind: "approval",
    data: { through, digest, by, at, ...(reason === undefined ? {} : { reason }) },
  });
}

/**
 * Checks that the approval was accepted before, or has not expired and what it takes away is what was seen then; changes
 * nothing. `client` must not be in a transaction.
 * @returns whether it was accepted before.
 * @throws LockstepError NOT_APPROVED when it is good no more.
 */
export async function ensureApprovalGood(
  client: ClientBase,
  approval: Approval,
  context: Pick<ApprovalContext, "stack" | "migrations">,
): Promise<boolean> {
  const { stack } = context;
  const events = await readEvents(client, { kinds: ["approval", "undo"], limit: 1_000 });
  // What was accepted before an undo is spent; another approval of the same files is looked at anew.
  const undone = events.findIndex(({ kind }) => kind === "undo");
  const accepted = undone < 0 ? events : events.slice(0, undone);
  if (accepted.some((event) => "digest" in event.data && event.data.digest === approval.digest))
    return true;
  if (Date.parse(approval.expires) <= Date.now()) {
    throw new LockstepError("NOT_APPROVED", "The approval has expired", {
      where: `lockstep:approval of stack ${stack}`,
      seen: `given by ${approval.by} at ${approval.at}, good until ${approval.expires}`,
      next: `read the files again, then: ${approveCommand(stack, approval.through)}`,
    });
  }
  await ensureObjectsUnchanged(client, approval, context);
  return false;
}

/** A view or a foreign key that came later would go, or stand in the way, without anybody having approved that. */
async function ensureObjectsUnchanged(
  client: ClientBase,
  { fingerprint, by, at, through }: Approval,
  { stack, migrations }: Pick<ApprovalContext, "stack" | "migrations">,
): Promise<void> {
  if (fingerprint?.version !== DEPENDANTS_ALGORITHM) return;
  const contract = migrations.filter((file) => file.stage === "contract");
  const now = await readDependants(client, await removalsOf(filesThrough(through, contract)));
  const before = new Set(fingerprint.objects);
  const after = new Set(now.objects);
  const lines = [
    ...now.objects.filter((object) => !before.has(object)).map((object) => `+ ${object}`),
    ...fingerprint.objects.filter((object) => !after.has(object)).map((object) => `- ${object}`),
  ];
  if (lines.length === 0) return;
  throw new LockstepError("NOT_APPROVED", "What the contract files take away has changed", {
    where: `lockstep:approval of stack ${stack}, given by ${by} at ${at}`,
    seen: namedDrift(lines),
    likely: "somebody changed the schema after the approval",
    next: `see whether that may go as well, then: ${approveCommand(stack, through)}`,
  });
}

/** The refusal of contract files that no approval covers. */
export function notApproved(files: readonly Migration[], stack: string): LockstepError {
  return new LockstepError(
    "NOT_APPROVED",
    "Contract files are irreversible and wait for approval",
    {
      where: files.map((file) => file.path).join("\n"),
      seen: files.map((file) => `${fileId(file)}: ${summarize(file)}`).join("\n"),
      next: `read them, then: ${approveCommand(stack, files.at(-1)?.number ?? "")}`,
    },
  );
}

function summarize(file: Migration): string {
  const removed = file.statements.filter((statement) => statement.effect === "removes");
  return (removed.length > 0 ? removed : file.statements)
    .map((statement) => statement.summary)
    .join(", ");
}
