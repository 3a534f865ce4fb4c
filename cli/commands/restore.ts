// `lockstep restore`: a whole database, single tables or a whole server from a backup or a dump.
import { resolve } from "node:path";
import { isProven, type ListedBackup } from "../../engine/backup/list.ts";
import { isBucket } from "../../engine/backup/place.ts";
import { type DatabaseTarget, parseTarget } from "../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { reporter } from "../../engine/events.ts";
import { serverFolderBeside } from "../../engine/restore/restoreServer.ts";
import { onDatabase } from "../../engine/restore/server.ts";
import { openSource, type RestoreSource } from "../../engine/restore/source.ts";
import { backupFolder, type BackupFolderOptions, listPlace } from "../backupFolder.ts";
import { backupLines } from "../backupList.ts";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";
import { confirmRestore, goBack } from "../keptDatabase.ts";
import { runDatabase } from "../restoredDatabase.ts";
import { runServer } from "../restoredServer.ts";
import { runTables } from "../restoredTables.ts";
import { withStackStore } from "../stackStore.ts";
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
  /** The embedded server's folder, for a physical copy. */
  readonly server?: string;
  /** What the one table is called. */
  readonly as?: string;
}

/** Restores, drops a kept database or brings one back. */
export const runRestore: CommandRun<RestoreOptions> = async (options, given) => {
  if (options.list) return runBackups(options, given);
  const isRestore = options.confirm === undefined && options.back === undefined;
  const context = isRestore ? await withStackStore(given, options.stack, "open") : given;
  const [yes, endSessions] = [options.yes ?? false, options.endSessions ?? false];
  if (options.confirm !== undefined) {
    return confirmRestore(options.confirm, { target: targetOf(options, context), context, yes });
  }
  if (options.back !== undefined) {
    const kept = { target: targetOf(options, context), context, yes, endSessions };
    return goBack(options.back, kept);
  }
  const folder = await backupFolder(options, context);
  const path = await choosePath(options, folder, context);
  if (!isBucket(path)) return restoreFrom(path, { options, folder, context });
  const { withFetched } = await import("../../engine/backup/bucketBackups.ts");
  return withFetched(folder, {
    ...{ id: path.slice(folder.length + 1), signal: context.signal },
    env: context.env,
    report: reporter("restore", context.sink),
    use: (dir) => restoreFrom(dir, { options, folder, context }),
  });
};

interface Call {
  readonly options: RestoreOptions;
  readonly folder: string;
  readonly context: CommandContext;
}

async function restoreFrom(path: string, { options, folder, context }: Call): Promise<Outcome> {
  const [yes, endSessions] = [options.yes ?? false, options.endSessions ?? false];
  const source = await openSource(path);
  if (source.kind === "backup") ensureGood(source, options);
  if (source.kind === "backup" && source.manifest.kind === "physical") {
    if (options.table || options.into !== undefined) throw wholeServer(source.dir);
    const { server } = options;
    const dir = server === undefined ? serverFolderBeside(folder) : resolve(context.cwd, server);
    return runServer({ source, dir, endSessions, yes }, context);
  }
  const target = targetOf(options, context);
  if (options.table) {
    return runTables({ source, target, names: options.table, as: options.as }, context);
  }
  return runDatabase({ source, target, endSessions, yes, noOwner: !options.owner }, context);
}

function targetOf({ into }: RestoreOptions, { env }: CommandContext): DatabaseTarget {
  const own = parseTarget(env);
  return into === undefined ? own : onDatabase(own, into);
}

/** Without a name the newest that is proven is meant, and said. */
async function choosePath(
  { backup }: RestoreOptions,
  folder: string,
  context: CommandContext,
): Promise<string> {
  const backups = await listPlace(folder, context);
  if (backup === undefined || backup === "latest") {
    if (backup === undefined) for (const line of backupLines(backups, folder)) context.say(line);
    return newestProven(backups, folder).dir;
  }
  return backups.find(({ id }) => id === backup)?.dir ?? resolve(context.cwd, backup);
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

/** @throws LockstepError BACKUP_FAILED for one that was tried and is bad; USAGE for a part where the whole is asked for. */
function ensureGood(
  source: Extract<RestoreSource, { kind: "backup" }>,
  { table }: RestoreOptions,
): void {
  const { manifest } = source;
  if (manifest.only && !table) {
    throw new LockstepError("USAGE", "This backup holds the rows of some tables only", {
      where: source.dir,
      seen: manifest.only.join(", "),
      next: `lockstep restore ${source.name} --table ${manifest.only[0] ?? "NAME"}`,
    });
  }
  if (manifest.proof.result !== "failed") return;
  throw new LockstepError("BACKUP_FAILED", "This backup was tried and is bad", {
    where: source.dir,
    seen: manifest.proof.why,
    next: "lockstep backups   (shows the others)",
  });
}

function wholeServer(dir: string): LockstepError {
  return new LockstepError("USAGE", "This backup is a copy of a whole server", {
    where: dir,
    seen: "kind: physical; it is restored as a whole, into the server that it was taken from",
    likely: "there was no pg_dump that fits the server, so its files were copied",
    next: "leave --table and --into out; or restore it, and take what you need from the kept folder's server",
  });
}
