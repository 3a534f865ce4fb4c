// Looks through a folder of a test run for secrets in files that should hold none.

import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { formsOf, isLong } from "./secrets.mjs";

/** Programs and packages, in which nothing is written at run time. */
const skippedFolders = ["node_modules", "pgsql", "programs"];

/**
 * Files whose purpose is to keep a secret; only their owner may read them. An app's record has the environment that the app is
 * started with again, a server that follows another one its login.
 */
const keepers = [
  /\/(?:password|passphrase|pw)$/,
  /\/processes\/[^/]+\.json$/,
  /\/postgresql(?:\.auto)?\.conf$/,
];

/** The logins of a test's own pooler, which runs as another user. */
const ofTests = /\/pgbouncer-[^/]+\/[^/]+$/;

/**
 * The passwords that servers of the run keep in files.
 * @param {string} folder
 * @returns {string[]}
 */
export function passwordsBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => basename(path) === "password")
    .map((path) => readQuietly(join(folder, path)).trim())
    .filter(isLong);
}

/** @param {string} path */
function readQuietly(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/**
 * Names each file that holds one of `secrets` and is not there for that, and each that is and can be read by others. A server's
 * tables and its log of changes are read as they lie on the disk, so a row of a ledger is found, too, unless it was compressed
 * (values of more than 2 kB).
 * @param {string} folder
 * @param {readonly string[]} secrets
 * @param {string} list a file to write them to meanwhile: as arguments they would be seen
 * @returns {string[]}
 */
export function findInFiles(folder, secrets, list) {
  const forms = secrets.filter(isLong).flatMap(formsOf);
  if (forms.length === 0) return [];
  writeFileSync(list, `${forms.join("\n")}\n`, { mode: 0o600 });
  try {
    const skipped = skippedFolders.map((name) => `--exclude-dir=${name}`);
    const args = ["-rlaF", "-D", "skip", ...skipped, "-f", list, folder];
    const env = { ...process.env, LC_ALL: "C" };
    // 1 = nothing found; 2 = a file went away meanwhile, or nothing could be read at all.
    const { status, stdout, error } = spawnSync("grep", args, { encoding: "utf8", env });
    if (error || (status === 2 && !statSync(folder, { throwIfNoEntry: false })))
      return [`the files below ${folder} could not be looked through`];
    return stdout
      .split("\n")
      .filter((path) => path !== "" && !isKeptWell(path))
      .map((path) => `a file holds a secret: ${relative(folder, path)}`)
      .sort();
  } finally {
    rmSync(list);
  }
}

/** @param {string} path */
function isKeptWell(path) {
  if (ofTests.test(path)) return true;
  if (!keepers.some((keeper) => keeper.test(path))) return false;
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) === 0;
}
