// Compiles a test plugin at first use, and again when its sources have changed.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Compiled forms of older sources go after this long, in ms: one day. */
const keepMs = 24 * 60 * 60 * 1000;

/** Gives CommonJS packages inside an ES module the `require` that they take for granted. */
const banner =
  'import { createRequire as pluginRequire } from "node:module"; const require = pluginRequire(import.meta.url);';

/**
 * Gives the compiled main file of a plugin. Safe in several processes at once.
 * @param {string} name its folder below test/plugins, with a main.ts
 * @returns {Promise<string>} path of the main file
 */
export async function bundlePlugin(name) {
  const folder = join(root, "test", "plugins", name);
  const target = join(
    root,
    "node_modules",
    ".cache",
    "lockstep-plugins",
    `${name}-${digestOf(folder)}.mjs`,
  );
  if (existsSync(target)) return target;
  const temporary = `${target}.${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  await build({
    entryPoints: [join(folder, "main.ts")],
    outfile: temporary,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    banner: { js: banner },
    logLevel: "error",
  });
  renameSync(temporary, target);
  prune(dirname(target));
  return target;
}

/** @param {string} folder */
function prune(folder) {
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > keepMs) rmSync(path, { force: true });
  }
}

/** @param {string} folder */
function digestOf(folder) {
  const hash = createHash("sha256");
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  for (const file of sources.filter((one) => one.endsWith(".ts"))) {
    hash.update(file).update(readFileSync(join(folder, file)));
  }
  for (const file of ["provider/unwrap.ts", "package-lock.json"]) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.digest("hex").slice(0, 16);
}
