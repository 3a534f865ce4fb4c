// What an approval covers: shared by the program, which checks it, and `lockstep approve`, which writes it.
import { createHash } from "node:crypto";
import { LockstepError } from "../errors/lockstepError.ts";
import { fileId } from "../sources/fileId.ts";
import { findByNumber } from "../sources/findNumber.ts";

/** What an approval needs to know of a contract file. */
export interface ContractFile {
  /** The number as written in the file's name. */
  readonly number: string;
  readonly order: bigint;
  readonly name: string;
  /** sha256 of the up file's bytes, hex. */
  readonly checksum: string;
}

/** The part of an approval that decides what it covers. */
export interface ApprovalScope {
  /** Contract files up to and including this number are approved. */
  readonly through: string;
  /** `approvalDigest` of those files when they were approved. */
  readonly digest: string;
}

/**
 * sha256, hex, over `stack` and the number and checksum of each of `contractFiles`, in numeric order.
 * An approval is bound to it, so it is void on another stack and after any edit of a file it covers.
 */
export function approvalDigest(stack: string, contractFiles: readonly ContractFile[]): string {
  const hash = createHash("sha256").update(`lockstep approval 1\n${stack}\n`);
  for (const file of inOrder(contractFiles)) {
    hash.update(`${file.order.toString()}:${file.checksum}\n`);
  }
  return hash.digest("hex");
}

/** The files among `contractFiles` that an approval through number `through` is about, in order. */
export function filesThrough<T extends ContractFile>(
  through: string,
  contractFiles: readonly T[],
): readonly T[] {
  const last = findByNumber(contractFiles, through)?.order ?? valueOf(through);
  return inOrder(contractFiles).filter((file) => last !== undefined && file.order <= last);
}

/**
 * The contract files that `approval` covers; none without an approval.
 * `contractFiles` are all of the folder, whatever the target, as they were for `lockstep approve`.
 * Expiry is not looked at: whether an approval was accepted before it expired is in the ledger.
 * @throws LockstepError NOT_APPROVED when the files are not the ones that were approved.
 */
export function coveredBy<T extends ContractFile>(
  approval: ApprovalScope | undefined,
  contractFiles: readonly T[],
  stack: string,
): readonly T[] {
  if (approval === undefined) return [];
  const covered = filesThrough(approval.through, contractFiles);
  const digest = approvalDigest(stack, covered);
  if (digest === approval.digest) return covered;
  throw new LockstepError("NOT_APPROVED", "The approval does not fit the contract files", {
    where: `lockstep:approval of stack ${stack}`,
    seen: `approved ${approval.digest.slice(0, 12)}, the files through ${approval.through} are ${digest.slice(0, 12)}: ${covered.map(fileId).join(", ") || "(no contract file)"}`,
    likely:
      "a contract file was edited, added or removed since, or the approval is another stack's",
    next: `read the files, then: ${approveCommand(stack, approval.through)}\nor withdraw it: pulumi config rm lockstep:approval --stack ${stack}`,
  });
}

/** The command that approves the contract files up to number `through`. */
export function approveCommand(stack: string, through: string): string {
  return `npx lockstep approve --stack ${stack} --through ${through}`;
}

function inOrder<T extends ContractFile>(files: readonly T[]): readonly T[] {
  return files.toSorted((a, b) => (a.order < b.order ? -1 : 1));
}

/** A plain number may lie between two contract files. */
function valueOf(through: string): bigint | undefined {
  return /^\d+$/.test(through) ? BigInt(through) : undefined;
}
