// What a release leaves for a person to decide.
import { approveCommand } from "../engine/plan/approval.ts";

/** Contract files that wait, and the command that approves all of them. */
export interface Waiting {
  readonly files: readonly string[];
  readonly approve: string;
}

/** What waits on `stack`; a plain word where nothing does, since Pulumi warns of an output without a value. `files` are ids: `05_remove_phone`. */
export function describeWaiting(stack: string, files: readonly string[]): Waiting | "nothing" {
  const number = files.at(-1)?.split("_")[0];
  return number === undefined ? "nothing" : { files, approve: approveCommand(stack, number) };
}
