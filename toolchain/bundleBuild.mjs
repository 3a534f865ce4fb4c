// Compiles one part of lockstep with esbuild into a folder of its own under dist/; loaded only when that is needed.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join, sep } from "node:path";
import { mainFile, readPointer } from "./bundle.mjs";
import { entries } from "./entries.mjs";
import { ToolchainError } from "./progress.mjs";

/** @typedef {import("./bundle.mjs").BundleName} BundleName */

/** A replaced build is kept this long, in ms, because running processes still load chunks from it: one day. */
const keepReplacedMs = 24 * 60 * 60 * 1000;

/** Gives CommonJS packages inside an ES module the names that they take for granted. */
const esmBanner =
  'import { createRequire as lockstepCreateRequire } from "node:module";' +
  "const require = lockstepCreateRequire(import.meta.url);" +
  "const __filename = import.meta.filename, __dirname = import.meta.dirname;";

/**
 * Compiles a part and makes it the current one.
 * @param {BundleName} name
 * @param {string} root
 * @returns {Promise<string>} path of the main file
 * @throws {ToolchainError} where it does not compile
 */
export async function buildBundle(name, root) {
  // Read before compiling: a file saved meanwhile must make the result stale, not fresh.
  const startedMs = Date.now();
  const result = await compile(name, root);
  const inputs = recordInputs(Object.keys(result.metafile.inputs), root, startedMs);
  const folder = join(root, "dist", name);
  const build = contentHash(result.outputFiles);
  publish({ folder, build, files: result.outputFiles });
  const replaced = readPointer(name, root)?.build;
  writePointer(folder, { build, inputs });
  if (replaced && replaced !== build) touch(join(folder, replaced));
  prune(folder, build);
  return join(folder, build, mainFile(name));
}

/**
 * @param {BundleName} name
 * @param {string} root
 * @returns {Promise<import("esbuild").BuildResult<{ write: false, metafile: true }>>}
 */
async function compile(name, root) {
  const esbuild = await loadEsbuild();
  /** @type {import("./entries.mjs").Entry} */
  const { source, external, replaced = {}, format } = entries[name];
  const extension = format === "esm" ? ".mjs" : ".cjs";
  try {
    return await esbuild.build({
      entryPoints: { main: source },
      absWorkingDir: root,
      // Never written to, but as deep as the real folder, so that the source maps' relative paths are right.
      outdir: join("dist", name, "build"),
      bundle: true,
      splitting: format === "esm",
      format,
      platform: "node",
      target: "node20",
      outExtension: { ".js": extension },
      // Without a comment that names it: the SDK has a stack made for each resource, and would parse the map for that.
      sourcemap: "external",
      sourcesContent: false,
      minifyWhitespace: true,
      minifySyntax: true,
      external,
      plugins: [replacePackages(replaced, root), ownPgStream(root)],
      // A name that a replacement lacks would be undefined at run time.
      logOverride: { "import-is-undefined": "error" },
      banner: format === "esm" ? { js: esmBanner } : {},
      metafile: true,
      write: false,
      logLevel: "silent",
    });
  } catch (error) {
    throw compileError(name, /** @type {import("esbuild").BuildFailure} */ (error));
  }
}

/**
 * Lets a file of ours stand for a package's main file; the package's other files stay as they are.
 * @param {Readonly<Record<string, string>>} replaced file, relative to `root`, by the package's name
 * @param {string} root
 * @returns {import("esbuild").Plugin}
 */
function replacePackages(replaced, root) {
  return {
    name: "lockstep-replaced-packages",
    setup({ onResolve }) {
      for (const [name, file] of Object.entries(replaced)) {
        onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: join(root, file) }));
      }
    },
  };
}

/**
 * pg asks each runtime whether it is Cloudflare's, for which Node 20 loads all of fetch: a sixth of what a short command takes.
 * @param {string} root
 * @returns {import("esbuild").Plugin}
 */
function ownPgStream(root) {
  return {
    name: "lockstep-pg-stream",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/stream$/ }, ({ importer }) =>
        /[\\/]node_modules[\\/]pg[\\/]lib[\\/]/.test(importer)
          ? { path: join(root, "toolchain", "pgStream.cjs") }
          : undefined,
      );
    },
  };
}

/** @returns {Promise<typeof import("esbuild")>} */
async function loadEsbuild() {
  try {
    return await import("esbuild");
  } catch (error) {
    throw new ToolchainError(
      "lockstep's sources must be compiled, but the compiler (esbuild) cannot be loaded.\n" +
        `  seen      ${/** @type {Error} */ (error).message}\n` +
        "  remedy    npm ci",
      { cause: error },
    );
  }
}

/**
 * @param {string} name
 * @param {import("esbuild").BuildFailure} failure
 * @returns {ToolchainError}
 */
function compileError(name, failure) {
  const shown = (failure.errors ?? []).slice(0, 8).map(({ location, text }) => {
    const where = location ? `${location.file}:${location.line}:${location.column + 1}` : "esbuild";
    return `  ${where}  ${text}${location ? `\n    ${location.lineText.trim()}` : ""}`;
  });
  const text = shown.length > 0 ? shown.join("\n") : `  ${failure.message}`;
  return new ToolchainError(
    `lockstep's ${name} does not compile:\n${text}\n  remedy    correct that, or \`git checkout\` the file`,
    {
      cause: failure,
    },
  );
}

/**
 * Lists the source files with size and time. Packages are covered by package-lock.json, which is a tenth of the files.
 * A file that was saved while the compiler ran gets time 0, so that it never counts as fresh.
 * @param {string[]} paths relative to root, from the compiler
 * @param {string} root
 * @param {number} startedMs when the compiler was started
 * @returns {[string, number, number][]}
 */
function recordInputs(paths, root, startedMs) {
  const own = paths.filter((path) => !path.split("/").includes("node_modules"));
  const others = ["package-lock.json", "toolchain/entries.mjs", "toolchain/bundleBuild.mjs"];
  return [...new Set([...own, ...others])]
    .filter((path) => existsSync(join(root, path)))
    .map((path) => {
      const { size, mtimeMs } = statSync(join(root, path));
      return [path.split(sep).join("/"), size, mtimeMs < startedMs ? mtimeMs : 0];
    });
}

/**
 * @param {import("esbuild").OutputFile[]} files
 * @returns {string} 16 hexadecimal digits
 */
function contentHash(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(basename(file.path)).update(file.contents);
  return hash.digest("hex").slice(0, 16);
}

/**
 * Puts a build into its folder in one step; another process may have put the same one there already.
 * @param {{ folder: string, build: string, files: import("esbuild").OutputFile[] }} what
 */
function publish({ folder, build, files }) {
  const target = join(folder, build);
  if (existsSync(target)) return;
  const temporary = join(folder, `.incoming-${process.pid}`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  for (const file of files) writeFileSync(join(temporary, basename(file.path)), file.contents);
  try {
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/**
 * @param {string} folder
 * @param {import("./bundle.mjs").Pointer} pointer
 */
function writePointer(folder, pointer) {
  const temporary = join(folder, `.current-${process.pid}`);
  writeFileSync(temporary, JSON.stringify(pointer));
  renameSync(temporary, join(folder, "current.json"));
}

/**
 * Starts a replaced build's day of grace.
 * @param {string} path
 */
function touch(path) {
  const now = new Date();
  if (existsSync(path)) utimesSync(path, now, now);
}

/**
 * @param {string} folder
 * @param {string} current
 */
function prune(folder, current) {
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry);
    if (entry === current || entry === "current.json") continue;
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > keepReplacedMs) rmSync(path, { recursive: true, force: true });
  }
}
