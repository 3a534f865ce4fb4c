// Says where lockstep keeps what it fetches (cache) and what it must not lose (home).

import { createHash } from "node:crypto";
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this clone or installed package, without a slash at its end. */
export const rootFolder = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/**
 * Folder for what can be fetched or built again. A relative or empty variable does not count, as the XDG rules say.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function cacheFolder(env = process.env) {
  if (env.LOCKSTEP_CACHE) return resolve(env.LOCKSTEP_CACHE);
  const base = env.XDG_CACHE_HOME;
  return join(base && isAbsolute(base) ? base : join(homeFolder(env), ".cache"), "lockstep");
}

/**
 * Folder for state, passphrase and embedded databases: LOCKSTEP_HOME, else /var/lib/lockstep for root, else the user's data folder.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {number} [uid] numeric user id; 0 is root
 * @returns {string}
 */
export function dataFolder(env = process.env, uid = process.getuid?.()) {
  if (env.LOCKSTEP_HOME) return resolve(env.LOCKSTEP_HOME);
  if (uid === 0) return "/var/lib/lockstep";
  const base = env.XDG_DATA_HOME;
  return join(
    base && isAbsolute(base) ? base : join(homeFolder(env), ".local", "share"),
    "lockstep",
  );
}

/**
 * The user's home, from HOME so that a test or a service can move it.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function homeFolder(env = process.env) {
  return env.HOME || homedir();
}

/**
 * Finds an executable file by its name on a search path; skips empty and relative entries.
 * @param {string} name
 * @param {string | undefined} searchPath in the form of PATH
 * @returns {string | undefined} the first match's full path
 */
export function findOnPath(name, searchPath) {
  for (const folder of (searchPath ?? "").split(delimiter)) {
    if (isAbsolute(folder) && isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

/**
 * Tells whether a file is there and this user may run it.
 * @param {string} path
 * @returns {boolean}
 */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Names a lock or stamp after a folder without its slashes.
 * @param {string} path
 * @returns {string} 16 hexadecimal digits
 */
export function shortHash(path) {
  return createHash("sha256").update(path).digest("hex").slice(0, 16);
}
