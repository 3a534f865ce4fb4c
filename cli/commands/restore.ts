// `lockstep restore`: a whole database from a backup or a dump, keeping the present one until that is confirmed.
import { resolve } from "node:path";
import { isProven, listBackups, type ListedBackup } from "../../engine/backup/list.ts";
import { type DatabaseTarget, parseTarget } from "../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { type Restored, restoreWhole } from "../../engine/restore/restoreWhole.ts";
import { onDatabase } from "../../engine/restore/server.ts";
import { openSource, type RestoreSource } from "../../engine/restore/source.ts";
import { backupFolder, type BackupFolderOptions } from "../backupFolder.ts";
import { backupLines, proofText } from "../backupList.ts";
import { askForYes } from "../consent.ts";
import type { CommandContext, CommandRun } from "../context.ts";
import { confirmRestore, goBack, unchanged } from "../keptDatabase.ts";
import { runTables } from "../restoredTables.ts";
import { withRunLog } from "../runLog.ts";
import { formatTime } from "../terminal.ts";
import { readUserName } from "../userName.ts";
import { runBackups } from "./backups.ts";

/** What `lockstep restore` takes. */
export interface RestoreOptions extends BackupFolderOptions {
  /** A backup's name, `latest`, or a file or folder. */
  readonly backup?: string;
  readonly list?: boolean;
  readonly into?: string;
  readonly endSessions?: boolean;
  /** Commander's `--no-owner`. */
  readonly owner: boolean;
  /** A kept database to drop. */
  readonly confirm?: string;
  /** A kept database to bring back. */
  readonly back?: string;
  readonly yes?: boolean;
  /** Only these tables. */
  readonly table?: readonly string[];
  /** What the one table is called. */
  readonly as?: string;
}

/** Restores, drops a kept database or brings one back. */
export const runRestore: CommandRun<RestoreOptions> = async (options, context) => {
  if (options.list) return runBackups(options, context);
  const own = parseTarget(context.env);
  const target = options.into === undefined ? own : onDatabase(own, options.into);
  const kept = { target, context, yes: options.yes ?? false };
  if (options.confirm !== undefined) return confirmRestore(options.confirm, kept);
  if (options.back !== undefined) {
    return goBack(options.back, { ...kept, endSessions: options.endSessions ?? false });
  }
  const source = await chooseSource(options, context);
  if (source.kind === "backup") ensureRestorable(source);
  if (options.table) {
    return runTables({ source, target, names: options.table, as: options.as }, context);
  }
  for (const line of explain(source, target, options)) context.say(line);
  const question = `Restore ${source.name} as ${target.database}?`;
  if (!(await askForYes(context, { ...options, question, command: commandOf(options) }))) {
    return unchanged({ restored: null });
  }
  const report = reporter("restore", context.sink);
  const log = {
    doing: `restore ${source.name} at ${target.display} as ${target.user}`,
    describe: ({ tables, rows }: Restored) =>
      `${String(tables)} tables${rows === undefined ? "" : ` with ${String(rows)} rows, as the backup says`}`,
  };
  const restored = await withRunLog(context, log, async () =>
    restoreWhole({
      ...{ source, target, report, signal: context.signal },
      endSessions: options.endSessions ?? false,
      noOwner: !options.owner,
      by: await readUserName(context.cwd),
    }),
  );
  const { afterwards, ...facts } = restored;
  const { pendingAgain, active } = afterwards;
  return {
    json: { restored: { ...facts, from: source.name, pendingAgain, active: active ?? null } },
    lines: [...afterwards.lines, ...keptNext(restored)],
  };
};

/** Without a name the newest that is proven is meant, and said. */
async function chooseSource(
  options: RestoreOptions,
  context: CommandContext,
): Promise<RestoreSource> {
  const folder = await backupFolder(options, context);
  const { backup } = options;
  const backups = await listBackups(folder);
  if (backup === undefined || backup === "latest") {
    if (backup === undefined) for (const line of backupLines(backups, folder)) context.say(line);
    return openSource(newestProven(backups, folder).dir);
  }
  const listed = backups.find(({ id }) => id === backup);
  return openSource(listed?.dir ?? resolve(context.cwd, backup));
}

function newestProven(backups: readonly ListedBackup[], folder: string): ListedBackup {
  const found = backups.find(({ manifest }) => isProven(manifest));
  if (found) return found;
  throw new LockstepError("USAGE", "There is no proven backup to restore", {
    where: folder,
    seen: backups.length === 0 ? "no backups" : backups.map(({ id }) => id).join("\n"),
    next: "name one of them, or a dump's file: lockstep restore NAME; --from DIR looks elsewhere",
  });
}

/** @throws LockstepError BACKUP_FAILED for one that was tried and is bad, or of a form that no server takes. */
function ensureRestorable(source: Extract<RestoreSource, { kind: "backup" }>): void {
  const { manifest } = source;
  if (manifest.kind === "physical") throw wholeServer(source.dir);
  if (manifest.proof.result !== "failed") return;
  throw new LockstepError("BACKUP_FAILED", "This backup was tried and is bad", {
    where: source.dir,
    seen: manifest.proof.why,
    next: "lockstep backups   (shows the others)",
  });
}

function wholeServer(dir: string): LockstepError {
  return new LockstepError("BACKUP_FAILED", "This backup is a copy of a whole server", {
    where: dir,
    seen: "kind: physical",
    likely: "there was no pg_dump that fits the server, so its files were copied",
    next: "put the files back in the server's place: docs/restore.md says how",
  });
}

function explain(
  source: RestoreSource,
  target: DatabaseTarget,
  options: RestoreOptions,
): readonly string[] {
  const what =
    source.kind === "backup"
      ? `${source.name}, taken ${formatTime(source.manifest.at)} for release ${source.manifest.release.label}, ${proofText(source.manifest)}`
      : `${source.name}: a dump that nothing vouches for; its rows cannot be compared`;
  return [
    what,
    `It is restored into a new database, which then gets the name ${target.database} at ${target.display}.`,
    "What has that name now is kept under another one, and takes no connections: what was written since the backup is there only.",
    options.endSessions
      ? "Whoever is connected then is cut off, and finds the restored database when it connects again."
      : "If somebody is connected, it is refused.",
  ];
}

function keptNext({ kept, refused }: Restored): readonly string[] {
  return [
    ...refused.map((sql) => `only a superuser can do this: ${sql}`),
    ...(kept === undefined
      ? []
      : [
          `what was there is kept as ${kept}; when all is well: lockstep restore --confirm ${kept}`,
          `to go back to it: lockstep restore --back ${kept}`,
        ]),
  ];
}

function commandOf({ backup, endSessions }: RestoreOptions): string {
  return ["lockstep restore", backup, endSessions && "--end-sessions"].filter(Boolean).join(" ");
}
