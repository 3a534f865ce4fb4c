// What a sync offers once its files are written: a backup, and to apply what is expand.
import { parseTarget } from "../engine/drivers/postgres/target.ts";
import { EXIT_CODES } from "../engine/errors/lockstepError.ts";
import { runBackup } from "./commands/backup.ts";
import { runMigrate } from "./commands/migrate.ts";
import type { CommandContext } from "./context.ts";
import type { FolderOptions } from "./declarations/sharedOptions.ts";

/** Options that say whether a backup is wanted without a question. */
export type ApplyOptions = FolderOptions & { readonly backup?: boolean };

/** What came of an offer: `unproven` is there, and a restore has not tried it. */
export type Offered = "proven" | "unproven" | "declined";

/**
 * Takes a backup where that is asked for, or answered with yes, as `lockstep backup` does.
 * @throws LockstepError BACKUP_FAILED, CONNECTION, INTERRUPTED.
 */
export async function offerBackup(
  options: ApplyOptions,
  context: CommandContext,
): Promise<Offered> {
  const { display } = parseTarget(context.env);
  if (!options.backup && !(await context.ask(`Take a backup of ${display} first?`)))
    return "declined";
  const { lines, exitCode } = await runBackup({ stack: options.stack }, context);
  for (const line of lines) context.say(line);
  return exitCode === EXIT_CODES.done ? "proven" : "unproven";
}

/** Applies the pending expand files after a yes; returns whether it did. Throws as `lockstep migrate` does. */
export async function offerApply(options: ApplyOptions, context: CommandContext): Promise<boolean> {
  const target = parseTarget(context.env);
  if (!(await context.ask(`Apply the pending expand files to ${target.display} now?`)))
    return false;
  if (!options.backup) await offerBackup(options, context);
  const { lines } = await runMigrate(
    { ...options, stage: "expand", waitAttempts: 1, waitInterval: 1_000 },
    context,
  );
  for (const line of lines) context.say(line);
  return true;
}
