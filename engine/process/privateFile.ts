// Files that only their owner may read, written whole or not at all.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { lockstepHome } from "../home.ts";

/**
 * Makes `dir` and what is missing above it, mode 0700. A folder that exists is left as it is, and
 * what is above lockstep's own folder is not private: a server's user has to pass through it.
 */
export async function ensurePrivateDir(dir: string): Promise<void> {
  const home = lockstepHome();
  if (dir.startsWith(home + sep)) await mkdir(dirname(home), { recursive: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
}

/**
 * Writes `text` to `path` (mode 0600; its folder is made 0700 if missing) through a temporary file
 * beside it, so that a reader or a crash sees the old text or the new one, never a part.
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await ensurePrivateDir(dirname(path));
  const temporary = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The text of `path`, or undefined if there is no such file. Throws on any other fault. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether `error` says that a file or folder does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
