// What a release leaves for a person to decide.
import { approveCommand } from "../engine/plan/approval.ts";

/** Contract files that wait, and the command that approves all of them. */
export interface Waiting {
  readonly files: readonly string[];
  readonly approve: string;
}

/** What waits on `stack`; undefined where nothing does. `files` are ids: `05_remove_phone`. */
export function describeWaiting(stack: string, files: readonly string[]): Waiting | undefined {
  const number = files.at(-1)?.split("_")[0];
  return number === undefined ? undefined : { files, approve: approveCommand(stack, number) };
}
