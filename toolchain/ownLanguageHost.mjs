// Puts our language host where the engine finds it, where the official one is missing.

import {
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ensureBundle } from "./bundle.mjs";
import { findOnPath, isExecutable, rootFolder } from "./paths.mjs";

/** The executable's name, which the engine looks for. */
const hostName = "pulumi-language-nodejs";

/** Folder of our own language host as sources, to be put on PATH. */
export const ownHostFolder = join(rootFolder, "toolchain", "languageHost");

/**
 * Makes sure that the engine finds a language host.
 *
 * Beside a CLI of our own making it goes as one compiled file: the engine takes it from there without the warning that it prints for one
 * on PATH, and it starts in half the time.
 * @param {import("./pulumiCli.mjs").PulumiCli} cli
 * @param {string | undefined} searchPath in the form of PATH
 * @returns {Promise<string | undefined>} a folder to put on PATH; undefined where none is needed
 */
export async function ensureLanguageHost(cli, searchPath) {
  if (cli.origin === "built") {
    await ensureBesideCli(cli.path);
    return undefined;
  }
  return hasLanguageHost(cli.path, searchPath) ? undefined : ownHostFolder;
}

/**
 * Tells whether the engine will find an official language host by itself: beside the CLI or on PATH.
 * @param {string} pulumi path of the CLI
 * @param {string | undefined} searchPath in the form of PATH
 * @returns {boolean}
 */
export function hasLanguageHost(pulumi, searchPath) {
  for (const folder of [dirname(pulumi), dirname(realpathSync(pulumi))]) {
    if (isExecutable(join(folder, hostName))) return true;
  }
  const onPath = findOnPath(hostName, searchPath);
  return onPath !== undefined && dirname(onPath) !== ownHostFolder;
}

/** @param {string} pulumi path of the CLI */
async function ensureBesideCli(pulumi) {
  const compiled = await ensureBundle("languageHost");
  const first = `#!/usr/bin/env node\n// ${basename(dirname(compiled))}\n`;
  const target = join(dirname(pulumi), hostName);
  if (startsWith(target, first)) return;
  const temporary = `${target}.${process.pid}`;
  writeFileSync(temporary, first + readFileSync(compiled, "utf8"));
  chmodSync(temporary, 0o755);
  renameSync(temporary, target);
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {boolean}
 */
function startsWith(path, text) {
  if (!isExecutable(path)) return false;
  const file = openSync(path, "r");
  const start = Buffer.alloc(Buffer.byteLength(text));
  readSync(file, start);
  closeSync(file);
  return start.toString() === text;
}
