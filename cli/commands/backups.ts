// `lockstep backups`: which backups a stack has, and which databases a restore has kept.
import { join } from "node:path";
import { readBackupKey } from "../../engine/backup/backupKey.ts";
import { isBucket } from "../../engine/backup/place.ts";
import { PROOF_URL_VARIABLE } from "../../engine/backup/proofWish.ts";
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { EXIT_CODES, isLockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { findKept, type KeptDatabase } from "../../engine/restore/kept.ts";
import { type BackupFolderOptions, backupFolder, listPlace } from "../backupFolder.ts";
import { backupDocuments, backupLines, keptLines } from "../backupList.ts";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";
import { readStackLimits } from "../stackSettings.ts";
import { withStackStore } from "../stackStore.ts";

/** What `lockstep backups` takes. */
export interface BackupsOptions extends BackupFolderOptions {
  /** One to try anew. */
  readonly prove?: string;
  /** Record that a provider's snapshot was restored. */
  readonly drill?: boolean;
}

/** Reads the folder, and the server where one is named; changes nothing but the proof that is asked for. */
export const runBackups: CommandRun<BackupsOptions> = async (options, given) => {
  if (options.drill === true) return (await import("../drillRun.ts")).runDrill(given);
  const use = options.prove === undefined ? "list" : "open";
  const context = await withStackStore(given, options.stack, use);
  const folder = await backupFolder(options, context);
  if (options.prove !== undefined) return prove(options.prove, folder, { options, context });
  const backups = await listPlace(folder, context);
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

/** Tries one backup by a restore into a scratch server, and writes the result into its manifest. */
async function prove(
  id: string,
  folder: string,
  { options, context }: { readonly options: BackupsOptions; readonly context: CommandContext },
): Promise<Outcome> {
  const { proveBackup } = await import("../../engine/backup/prove.ts");
  const report = reporter("proof", context.sink);
  const { signal, env, cwd } = context;
  const { proofOnTarget } = await readStackLimits(cwd, options.stack);
  const wish = { url: env[PROOF_URL_VARIABLE], onTarget: proofOnTarget };
  const use = (dir: string) => proveBackup(dir, { report, signal, key: readBackupKey(env), wish });
  const { proof } = isBucket(folder)
    ? await (
        await import("../../engine/backup/bucketBackups.ts")
      ).withFetched(folder, { id, report, signal, env, use })
    : await use(join(folder, id));
  return {
    json: { id, proof },
    lines: [`${id}: ${proof.result}: ${proof.why}`],
    exitCode: proof.result === "passed" ? EXIT_CODES.done : EXIT_CODES.failed,
  };
}
