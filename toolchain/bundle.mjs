// Gives the compiled form of a part of lockstep, and compiles it first where its sources have changed.

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { entries } from "./entries.mjs";
import { rootFolder } from "./paths.mjs";
import { ToolchainError } from "./progress.mjs";

/** @typedef {keyof typeof entries} BundleName */

/**
 * What `dist/<name>/current.json` records: the build in use, and each source file with its size and time as it was
 * compiled, so that a check costs one stat a file and loads no compiler.
 * @typedef {{ build: string, inputs: [path: string, size: number, mtimeMs: number][] }} Pointer
 */

/**
 * The compiled main file of a part, built anew where it is missing or older than its sources. Safe in several processes at
 * once. In a published package it is what was packed.
 * @param {BundleName} name
 * @param {string} [root] the clone or package
 * @returns {Promise<string>} path of the main file
 * @throws {ToolchainError} with file, line and message where the sources do not compile
 */
export async function ensureBundle(name, root = rootFolder) {
  const fresh = findFreshBundle(name, root);
  if (fresh) return fresh;
  const { buildBundle } = await import("./bundleBuild.mjs");
  return buildBundle(name, root);
}

/**
 * @param {BundleName} name
 * @param {string} root
 * @returns {string | undefined} path of the main file, where it is up to date
 * @throws {ToolchainError} where there is neither a compiled form nor its source
 */
export function findFreshBundle(name, root) {
  const pointer = readPointer(name, root);
  // A package is published without its lock file; its files' times say nothing, as npm sets them.
  const isClone = statOf(join(root, "package-lock.json")) !== undefined;
  const hasSource = isClone && statOf(join(root, entries[name].source)) !== undefined;
  if (!hasSource && !pointer) {
    throw new ToolchainError(
      `there is nothing to run as ${name}.\n` +
        `  looked for ${entries[name].source} and dist/${name}/current.json\n` +
        `  in         ${root}\n` +
        "  remedy     restore the files of the clone (`git status` shows what is missing), or install the package again",
    );
  }
  if (!pointer || (hasSource && !isFresh(pointer, root))) return undefined;
  const main = join(root, "dist", name, pointer.build, mainFile(name));
  return statOf(main) ? main : undefined;
}

/**
 * Tells whether every file that went into a build is as it was.
 * @param {Pointer} pointer
 * @param {string} root
 * @returns {boolean}
 */
export function isFresh(pointer, root) {
  return pointer.inputs.every(([path, size, mtimeMs]) => {
    const found = statOf(join(root, path));
    return found?.size === size && found.mtimeMs === mtimeMs;
  });
}

/**
 * @param {BundleName} name
 * @returns {string} name of the compiled main file
 */
export function mainFile(name) {
  return entries[name].format === "esm" ? "main.mjs" : "main.cjs";
}

/**
 * @param {BundleName} name
 * @param {string} root
 * @returns {Pointer | undefined}
 */
export function readPointer(name, root) {
  try {
    return JSON.parse(readFileSync(join(root, "dist", name, "current.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/** @param {string} path */
function statOf(path) {
  return statSync(path, { throwIfNoEntry: false });
}
