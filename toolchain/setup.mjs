// Makes a bare clone ready: Node.js, npm packages, Pulumi CLI, language host. Quiet and quick where all is there.

import { existsSync, lstatSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureDependencies, ensureNodeVersion } from "./dependencies.mjs";
import { ensureLanguageHost } from "./ownLanguageHost.mjs";
import { rootFolder } from "./paths.mjs";
import { ensurePulumiCli } from "./pulumiCli.mjs";

/**
 * What set-up has found or made.
 * @typedef {object} Setup
 * @property {string} pulumi path of the CLI
 * @property {"path" | "official" | "built"} origin where the CLI comes from
 * @property {string | undefined} languageHostFolder folder to put on PATH, where the engine would find no language host
 */

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
    languageHostFolder: await ensureLanguageHost(cli, process.env.PATH),
  };
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
