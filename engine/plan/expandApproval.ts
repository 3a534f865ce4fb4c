// A person's consent to risky expand files: written and bound as that to contract files is.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Migration } from "../sources/migration.ts";
import { approvalDigest, filesThrough, type ContractFile } from "./approval.ts";

/** What of an approval is looked at. */
export interface ExpandApproval {
  /** Expand files up to and including this number are approved. */
  readonly through: string;
  readonly digest: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601; not accepted after it. */
  readonly expires: string;
}

/** The expand files of a folder. */
function expandFiles(migrations: readonly Migration[]): readonly Migration[] {
  return migrations.filter(({ stage }) => stage === "expand");
}

/** What an approval of the expand files up to `through` is bound to. */
function expandDigest(stack: string, through: string, files: readonly ContractFile[]): string {
  return approvalDigest(stack, filesThrough(through, files));
}

/** The command that approves the expand files up to number `through`. */
function approveExpandCommand(stack: string, through: string): string {
  return `npx lockstep approve --stack ${stack} --stage expand --through ${through}`;
}

/** What is asked. */
export interface ExpandConsent {
  /** The expand files that need one. */
  readonly needed: readonly Migration[];
  readonly approval: ExpandApproval | undefined;
  readonly stack: string;
  readonly migrations: readonly Migration[];
  /** Why they need one, for people. */
  readonly why: string;
  /** ms since 1970. */
  readonly nowMs: number;
}

/**
 * Holds expand files to their approval.
 * @throws LockstepError NOT_APPROVED where a file is not covered, was edited since, or the approval has expired.
 */
export function ensureExpandApproved(consent: ExpandConsent): void {
  const { needed, approval, stack, migrations, why, nowMs } = consent;
  const last = needed.at(-1);
  if (!last) return;
  const next = `read them (npx lockstep plan --stack ${stack} --sql), then: ${approveExpandCommand(stack, last.number)}`;
  const refusal = (message: string, seen: string) =>
    new LockstepError("NOT_APPROVED", message, {
      where: needed.map(({ path }) => path).join("\n"),
      seen,
      likely: "lockstep:risk of the stack asks for an approval of such files (docs/risk.md)",
      next,
    });
  const all = expandFiles(migrations);
  const covered = approval ? filesThrough(approval.through, all) : [];
  const open = needed.filter((file) => !covered.includes(file));
  if (!approval || open.length > 0) {
    throw refusal("Expand files wait for approval, for their risk", why);
  }
  if (expandDigest(stack, approval.through, all) !== approval.digest)
    throw refusal(
      "The approval does not fit the expand files",
      `approved by ${approval.by} at ${approval.at}; a file through ${approval.through} was edited, added or removed since, or it is another stack's`,
    );
  if (Date.parse(approval.expires) <= nowMs)
    throw refusal(
      "The approval of expand files has expired",
      `given by ${approval.by} at ${approval.at}, good until ${approval.expires}`,
    );
}
