// What becomes of a database that a restore kept: dropped, or given its name back.
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { EXIT_CODES } from "../engine/errors/lockstepError.ts";
import { bringBack, dropKept } from "../engine/restore/kept.ts";
import { askForYes } from "./consent.ts";
import type { CommandContext, Outcome } from "./context.ts";

/** Of which database, and who is asked. */
export interface KeptOptions {
  readonly target: DatabaseTarget;
  readonly context: CommandContext;
  readonly yes: boolean;
}

/**
 * Drops the kept database `name` after a yes.
 * @throws LockstepError USAGE where it is none; CONNECTION.
 */
export async function confirmRestore(
  name: string,
  { target, context, yes }: KeptOptions,
): Promise<Outcome> {
  const question = `Drop the database ${name} for good?`;
  const command = `lockstep restore --confirm ${name}`;
  if (!(await askForYes(context, { yes, question, command }))) return unchanged({ dropped: null });
  await dropKept(target, name);
  return { json: { dropped: name }, lines: [`dropped ${name}`] };
}

/**
 * Gives the kept database `name` its name back after a yes.
 * @throws LockstepError USAGE where it is none; DATABASE_IN_USE; CONNECTION.
 */
export async function goBack(
  name: string,
  { target, context, yes, endSessions }: KeptOptions & { readonly endSessions: boolean },
): Promise<Outcome> {
  const question = `Give ${name} the name ${target.database} again, and keep what has it now?`;
  const command = `lockstep restore --back ${name}${endSessions ? " --end-sessions" : ""}`;
  if (!(await askForYes(context, { yes, question, command }))) {
    return unchanged({ broughtBack: null });
  }
  const kept = await bringBack(target, name, { endSessions });
  return {
    json: { broughtBack: name, kept: kept ?? null },
    lines: [
      `${target.database} is what ${name} was`,
      ...(kept === undefined ? [] : [`what was there is kept as ${kept}`]),
    ],
  };
}

/** The outcome after a no. */
export function unchanged(json: Readonly<Record<string, unknown>>): Outcome {
  return { json, lines: ["nothing was changed"], exitCode: EXIT_CODES.failed };
}
