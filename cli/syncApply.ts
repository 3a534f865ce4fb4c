// What a sync offers once its files are written: a backup, and to apply what is expand.
import { takeBackup } from "../engine/backup/takeBackup.ts";
import { parseTarget } from "../engine/drivers/postgres/target.ts";
import { reporter } from "../engine/events.ts";
import { backupFolder } from "./backupFolder.ts";
import { runMigrate } from "./commands/migrate.ts";
import type { CommandContext } from "./context.ts";
import type { FolderOptions } from "./declarations/sharedOptions.ts";

/** Options that say whether a backup is wanted without a question. */
export type ApplyOptions = FolderOptions & { readonly backup?: boolean };

/**
 * Takes a backup where that is asked for, or answered with yes, to where `lockstep backups` finds it.
 * @throws LockstepError BACKUP_FAILED, CONNECTION, INTERRUPTED.
 */
export async function offerBackup(options: ApplyOptions, context: CommandContext): Promise<void> {
  const target = parseTarget(context.env);
  const question = `Take a backup of ${target.display} first?`;
  if (!options.backup && !(await context.ask(question))) return;
  await takeBackup({
    url: target.url,
    destination: await backupFolder({ stack: options.stack }, context),
    release: { digest: "", label: "sync" },
    before: "expand",
    report: reporter("backup", context.sink),
    signal: context.signal,
  });
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
