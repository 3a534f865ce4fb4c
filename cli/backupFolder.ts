// Where a stack's backups lie on this machine: the folder that `pulumi up` writes them to, unless another is named.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type ListedBackup, listBackups } from "../engine/backup/list.ts";
import { backupPlace, isBucket } from "../engine/backup/place.ts";
import { lockstepHome } from "../engine/home.ts";
import type { CommandContext } from "./context.ts";

/** Stands for the project where the working folder is none. */
const NO_PROJECT = "by-hand";

/** Whose backups are meant. */
export interface BackupFolderOptions {
  readonly stack: string;
  /** A folder named by hand. */
  readonly from?: string;
}

/** The folder, absolute, or the bucket; it need not exist. */
export async function backupFolder(
  { stack, from }: BackupFolderOptions,
  { cwd, env }: Pick<CommandContext, "cwd" | "env">,
): Promise<string> {
  if (from !== undefined) return isBucket(from) ? from : resolve(cwd, from);
  const root = env.LOCKSTEP_BACKUPS ?? lockstepHome(env);
  return backupPlace(root, (await projectName(cwd)) ?? NO_PROJECT, stack);
}

/** The backups in a folder or a bucket, newest first. Throws BACKUP_FAILED where the store refuses. */
export async function listPlace(
  place: string,
  { env }: Pick<CommandContext, "env">,
): Promise<readonly ListedBackup[]> {
  // The store's SDK is big, and most have a folder.
  if (isBucket(place)) {
    return (await import("../engine/backup/bucketBackups.ts")).listBucket(place, env);
  }
  return listBackups(place);
}

/** The `name` in Pulumi.yaml; undefined where there is no such file. */
export async function projectName(cwd: string): Promise<string | undefined> {
  const text = await readFile(join(cwd, "Pulumi.yaml"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { parseDocument } = await import("./yaml.ts");
  const project: unknown = parseDocument(text).toJS();
  const name = typeof project === "object" && project !== null && "name" in project && project.name;
  return typeof name === "string" && name !== "" ? name : undefined;
}
