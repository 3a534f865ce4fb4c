// What a release leaves for a person to decide.
import { waitingFor, type Promoted } from "../engine/plan/promoted.ts";

/** Contract files that wait, and the command that gets on with all of them. */
export interface Waiting {
  readonly files: readonly string[];
  /** The command that approves them; missing where another stack is to run them first. */
  readonly approve?: string;
  /** Those that another stack is to run first, and the command for that. */
  readonly first?: { readonly on: string; readonly run: string; readonly files: readonly string[] };
}

/** What waits on `stack`; a plain word where nothing does, since Pulumi warns of an output without a value. `files` are ids: `05_remove_phone`. */
export function describeWaiting(
  files: readonly string[],
  context: { readonly stack: string; readonly promoted: Promoted | undefined },
): Waiting | "nothing" {
  const groups = waitingFor(files, context);
  if (groups.length === 0) return "nothing";
  const approval = groups.find(({ on }) => on === "approval");
  const first = groups.find(({ on }) => on !== "approval");
  return {
    files,
    ...(approval && { approve: approval.next }),
    ...(first && { first: { on: first.on, run: first.next, files: first.files } }),
  };
}
