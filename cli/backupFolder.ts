// Where a stack's backups lie on this machine: the folder that `pulumi up` writes them to, unless another is named.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
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

/** The folder, absolute; it need not exist. */
export async function backupFolder(
  { stack, from }: BackupFolderOptions,
  { cwd, env }: Pick<CommandContext, "cwd" | "env">,
): Promise<string> {
  if (from !== undefined) return resolve(cwd, from);
  const root = env.LOCKSTEP_BACKUPS ?? lockstepHome(env);
  return join(root, (await projectName(cwd)) ?? NO_PROJECT, stack, "backups");
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
