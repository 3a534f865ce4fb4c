// What the stack before this one has run: contract files beyond that wait, whatever is approved.
import { isAfter } from "../sources/findNumber.ts";
import { approveCommand } from "./approval.ts";

/** How far the contract files may run on a stack that takes another's releases. */
export interface Promoted {
  /** The other stack, as the config names it. */
  readonly from: string;
  /** Number of the last contract file that was applied there; null where none was. */
  readonly contractThrough: string | null;
}

/** Whether contract file number `number` was not run by the stack that is promoted from. */
export function isUnproven(number: string, promoted: Promoted | undefined): boolean {
  if (promoted === undefined) return false;
  return promoted.contractThrough === null || isAfter(number, promoted.contractThrough);
}

/** What a group of contract files waits for, and the command that gets it. */
export interface Waiting {
  /** `approval`, or the stack that is to run them first. */
  readonly on: string;
  /** `05_remove_phone`. */
  readonly files: readonly string[];
  readonly next: string;
}

/**
 * What each of `files` (ids, in order) on `stack` waits for. One that the stack before has not run waits
 * for that first: approving it alone would change nothing.
 */
export function waitingFor(
  files: readonly string[],
  context: { readonly stack: string; readonly promoted: Promoted | undefined },
): readonly Waiting[] {
  const { stack, promoted } = context;
  const unproven = files.filter((id) => isUnproven(numberOf(id), promoted));
  const unapproved = files.filter((id) => !unproven.includes(id));
  const from = promoted?.from ?? "";
  const last = unapproved.at(-1);
  return [
    ...(last === undefined
      ? []
      : [{ on: "approval", files: unapproved, next: approveCommand(stack, numberOf(last)) }]),
    ...(unproven.length === 0
      ? []
      : [{ on: `stack ${from}`, files: unproven, next: `pulumi up --stack ${from}` }]),
  ];
}

/** The same as one line for each group, for `lockstep` itself to print. */
export function waitingLines(waiting: readonly Waiting[]): readonly string[] {
  return waiting.map(
    ({ on, files, next }) => `contract waits for ${on}: ${files.join(", ")} (${next})`,
  );
}

function numberOf(id: string): string {
  return id.split("_")[0] ?? id;
}
