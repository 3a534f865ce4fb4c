// Installs the clone's npm packages where they are missing or not those of package-lock.json.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { follow } from "./command.mjs";
import { withLock } from "./lock.mjs";
import { cacheFolder, rootFolder, shortHash } from "./paths.mjs";
import { minimumNodeVersion } from "./pins.mjs";
import { progress, ToolchainError } from "./progress.mjs";
import { isAtLeast } from "./versions.mjs";

/**
 * Refuses a Node.js that is too old, before anything else can fail in a way that is harder to read.
 * @param {string} [version] in the form of process.version
 * @throws {ToolchainError}
 */
export function ensureNodeVersion(version = process.version) {
  if (isAtLeast(version, minimumNodeVersion)) return;
  throw new ToolchainError(
    `Node.js ${version} is too old: lockstep needs ${minimumNodeVersion} or newer.\n` +
      `  seen at   ${process.execPath}\n` +
      "  remedy    install Node.js 20, 22 or 24 from your distribution or from nodejs.org, then run the same command again",
  );
}

/**
 * Installs the npm packages that package-lock.json names, if they are not there already. An installed package (no
 * package-lock.json beside it) was installed with its dependencies, so there is nothing to do.
 * @param {string} [folder] the clone
 * @throws {ToolchainError} where npm fails
 */
export async function ensureDependencies(folder = rootFolder) {
  if (areDependenciesCurrent(folder)) return;
  const lock = join(cacheFolder(), "locks", `npm-${shortHash(folder)}`);
  await withLock(lock, "the npm packages", async () => {
    if (!areDependenciesCurrent(folder)) await installDependencies(folder);
  });
}

/**
 * Compares what is installed with package-lock.json: by the stamp of the last set-up (one hash), else entry by entry.
 * @param {string} folder
 * @returns {boolean}
 */
export function areDependenciesCurrent(folder) {
  const wanted = readText(join(folder, "package-lock.json"));
  if (wanted === undefined) return true;
  const stampPath = join(folder, "node_modules", ".lockstep-lock-hash");
  const hash = createHash("sha256").update(wanted).digest("hex");
  if (readText(stampPath) === hash) return true;
  const installed = readText(join(folder, "node_modules", ".package-lock.json"));
  if (installed === undefined || !isInstalled(wanted, installed)) return false;
  writeFileSync(stampPath, hash);
  return true;
}

/**
 * Tells whether npm's record of node_modules holds all that a lock file wants, and nothing in another version.
 * @param {string} wantedJson package-lock.json
 * @param {string} installedJson node_modules/.package-lock.json
 * @returns {boolean}
 */
export function isInstalled(wantedJson, installedJson) {
  const wanted = readPackages(wantedJson);
  const installed = readPackages(installedJson);
  if (!wanted || !installed) return false;
  for (const [path, entry] of Object.entries(wanted)) {
    // The entry "" is the project itself; packages for other platforms are left out by npm.
    if (path === "" || entry.link) continue;
    const found = installed[path];
    if (!found && entry.optional) continue;
    if (found?.version !== entry.version) return false;
  }
  return Object.keys(installed).every((path) => wanted[path]);
}

/**
 * @param {string} json
 * @returns {Record<string, { version?: string, optional?: boolean, link?: boolean }> | undefined}
 */
function readPackages(json) {
  try {
    return JSON.parse(json).packages;
  } catch {
    return undefined;
  }
}

/** @param {string} folder */
async function installDependencies(folder) {
  progress("installing the npm packages (npm ci), about half a minute the first time");
  // npm run names the npm that runs us; by hand it is the one on PATH.
  const npm = process.env.npm_execpath?.endsWith("npm-cli.js")
    ? process.env.npm_execpath
    : undefined;
  const args = ["ci", "--no-audit", "--no-fund"];
  /** @type {string[]} */
  const lines = [];
  const result = await follow(npm ? process.execPath : "npm", npm ? [npm, ...args] : args, {
    cwd: folder,
    onLine: (line) => lines.push(line),
  });
  if (result.code === 0 && areDependenciesCurrent(folder)) {
    progress(`  ${lines.find((line) => line.startsWith("added")) ?? "installed"}`);
    return;
  }
  // npm names the cause first and then prints its whole help.
  const shown = lines.filter((line) => !/^npm (warn|notice)|^npm error$/.test(line)).slice(0, 8);
  throw new ToolchainError(
    `the npm packages could not be installed: npm ci ended with ${result.code}.\n` +
      shown.map((line) => `  ${line}\n`).join("") +
      "  remedy    check that npm is installed and reaches its registry (`npm ping`), then run the same command again",
  );
}

/**
 * @param {string} path
 * @returns {string | undefined}
 */
function readText(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
