// The refusal of files that have not passed the rehearsal that their stack requires.
import { LockstepError } from "../errors/lockstepError.ts";
import type { RehearsalResult } from "./result.ts";

/** Details of a finding that an error shows. */
const SHOWN_DETAILS = 4;

/** What rehearses a stack's files up to `target`, for people to type. */
export function rehearseCommand(stack: string, target: string | undefined): string {
  return `npx lockstep rehearse --stack ${stack}${target === undefined ? "" : ` --target ${target}`}`;
}

/** The refusal: by a rehearsal that failed, or, with undefined, for want of one. */
export function notRehearsed(
  result: RehearsalResult | undefined,
  { stack, command }: { readonly stack: string; readonly command: string },
): LockstepError {
  const likely = `stack ${stack} requires one (lockstep:rehearsal.required)`;
  if (result === undefined) {
    return new LockstepError("NOT_REHEARSED", "These files were not rehearsed", {
      where: stack,
      seen: "no rehearsal of these files on this schema is kept on this machine",
      likely,
      next: command,
    });
  }
  const errors = result.findings.filter(({ severity }) => severity === "error");
  return new LockstepError("NOT_REHEARSED", "The rehearsal of this release's files failed", {
    where: errors.map(({ where }) => where).find((where) => where !== "") ?? stack,
    seen: errors
      .flatMap(({ rule, message, details }) => [
        `${rule}: ${message}`,
        ...details.slice(0, SHOWN_DETAILS),
      ])
      .join("\n"),
    likely,
    next: `mend the files; ${command} shows all of it`,
  });
}
