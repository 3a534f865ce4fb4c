// `lockstep backups`: which backups a stack has, and which databases a restore has kept.
import { listBackups } from "../../engine/backup/list.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { isLockstepError } from "../../engine/errors/lockstepError.ts";
import { findKept, type KeptDatabase } from "../../engine/restore/kept.ts";
import { type BackupFolderOptions, backupFolder } from "../backupFolder.ts";
import { backupDocuments, backupLines, keptLines } from "../backupList.ts";
import type { CommandContext, CommandRun } from "../context.ts";

/** Reads the folder, and the server where one is named; changes nothing. */
export const runBackups: CommandRun<BackupFolderOptions> = async (options, context) => {
  const folder = await backupFolder(options, context);
  const backups = await listBackups(folder);
  const kept = await keptWhereSeen(context);
  return {
    json: { folder, backups: backupDocuments(backups), kept: kept ?? null },
    lines: [...backupLines(backups, folder), ...keptLines(kept ?? [])],
  };
};

/** Backups can be looked at without a database; undefined then. */
async function keptWhereSeen(
  context: CommandContext,
): Promise<readonly KeptDatabase[] | undefined> {
  try {
    return await findKept(parseTarget(context.env));
  } catch (error) {
    if (isLockstepError(error)) return undefined;
    throw error;
  }
}
