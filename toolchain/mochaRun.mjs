// Runs mocha over test files and folders and counts what passed.

import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runForeground } from "./command.mjs";
import { rootFolder } from "./paths.mjs";

/** @typedef {{ passed: number, failed: number }} Counts */

/**
 * @param {string[]} paths of test files or folders, relative to the clone
 * @param {NodeJS.ProcessEnv} env with LOCKSTEP_TEST_COUNTS
 * @param {{ jobs?: number }} [options] `jobs` files at a time; by default as many as there are cores, but 2 at least
 * @returns {Promise<Counts>}
 */
export async function runMocha(paths, env, options = {}) {
  const files = paths.flatMap(findTests);
  if (files.length === 0) {
    process.stdout.write(`no test file in ${paths.join(" ")}\n`);
    return { passed: 0, failed: 1 };
  }
  const jobs = options.jobs ?? Math.max(2, availableParallelism());
  const parallel = files.length > 1 && jobs > 1 ? ["--parallel", "--jobs", String(jobs)] : [];
  const reporter = join(rootFolder, "toolchain", "mochaReporter.cjs");
  const args = [
    join("node_modules", "mocha", "bin", "mocha.js"),
    "--forbid-only",
    ...parallel,
    "--reporter",
    reporter,
    ...files,
  ];
  const counts = env.LOCKSTEP_TEST_COUNTS ?? "";
  rmSync(counts, { force: true });
  const code = await runForeground(process.execPath, args, { cwd: rootFolder, env });
  return readCounts(counts, code);
}

/**
 * @param {string} path file or folder, relative to the clone
 * @returns {string[]} test files
 */
export function findTests(path) {
  const full = join(rootFolder, path);
  if (!existsSync(full)) return [];
  if (path.endsWith(".ts")) return [path];
  return readdirSync(full, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(path, name))
    .sort();
}

/**
 * A mocha that ended badly without a failed test (it crashed, or was killed) counts as one failure.
 * @param {string} file written by mochaReporter.cjs
 * @param {number} code mocha's exit code
 * @returns {Counts}
 */
function readCounts(file, code) {
  const counts = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { passed: 0, failed: 0, pending: 0 };
  if (counts.pending > 0) process.stdout.write(`${counts.pending} skipped\n`);
  if (code !== 0 && counts.failed === 0) {
    process.stdout.write(`mocha ended with ${code} without a failed test\n`);
    return { passed: counts.passed, failed: 1 };
  }
  return { passed: counts.passed, failed: counts.failed };
}
