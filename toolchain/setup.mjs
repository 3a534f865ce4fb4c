// Makes a bare clone ready: Node.js, npm packages, Pulumi CLI, language host. Quiet and quick where all is there.

import { existsSync, lstatSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureDependencies, ensureNodeVersion } from "./dependencies.mjs";
import { findOnPath, isExecutable, rootFolder } from "./paths.mjs";
import { ensurePulumiCli } from "./pulumiCli.mjs";

/**
 * What set-up has found or made.
 * @typedef {object} Setup
 * @property {string} pulumi path of the CLI
 * @property {"path" | "official" | "built"} origin where the CLI comes from
 * @property {string | undefined} languageHostFolder folder of our own language host, where the official one is missing
 */

/** Folder of our own language host, to be put on PATH. */
export const ownLanguageHostFolder = join(rootFolder, "toolchain", "languageHost");

/**
 * Makes everything ready that lockstep runs on. Safe to call at each start and from several processes at once.
 * @returns {Promise<Setup>}
 * @throws {import("./progress.mjs").ToolchainError} with cause and remedy
 */
export async function ensureSetup() {
  ensureNodeVersion();
  await ensureDependencies();
  linkOwnCommand();
  const cli = await ensurePulumiCli();
  return {
    pulumi: cli.path,
    origin: cli.origin,
    languageHostFolder: hasLanguageHost(cli.path, process.env.PATH)
      ? undefined
      : ownLanguageHostFolder,
  };
}

/**
 * Tells whether the engine will find an official language host by itself: beside the CLI or on PATH.
 * @param {string} pulumi path of the CLI
 * @param {string | undefined} searchPath in the form of PATH
 * @returns {boolean}
 */
export function hasLanguageHost(pulumi, searchPath) {
  const name = "pulumi-language-nodejs";
  if (
    isExecutable(join(dirname(pulumi), name)) ||
    isExecutable(join(dirname(realpathSync(pulumi)), name))
  )
    return true;
  const onPath = findOnPath(name, searchPath);
  return onPath !== undefined && dirname(onPath) !== ownLanguageHostFolder;
}

/** Lets `npx lockstep` find this clone's own command: npm links the commands of dependencies only. */
function linkOwnCommand() {
  const link = join(rootFolder, "node_modules", ".bin", "lockstep");
  const target = join(rootFolder, "bin", "lockstep.mjs");
  if (!existsSync(join(rootFolder, "package-lock.json")) || !existsSync(target)) return;
  if (lstatSync(link, { throwIfNoEntry: false })) return;
  mkdirSync(dirname(link), { recursive: true });
  try {
    symlinkSync(join("..", "..", "bin", "lockstep.mjs"), link);
  } catch (error) {
    // Another set-up was quicker.
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
}
