// Runs mocha over test files and folders and counts what passed.

import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runForeground } from "./command.mjs";
import { rootFolder } from "./paths.mjs";

/** @typedef {{ passed: number, failed: number }} Counts */
/**
 * What mochaReporter.cjs leaves of a run.
 * @typedef {Counts & { pending: number, failures: { title: string, file?: string }[] }} Outcome
 */

/** Where CI looks again (docs/decisions/0006): more failures than this are no accident. */
const mostFailuresToRepeat = 3;

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
  const outcome = await runFiles(files, env, options.jobs ?? Math.max(2, availableParallelism()));
  if (outcome.pending > 0) process.stdout.write(`${outcome.pending} skipped\n`);
  return env.CI === "true" ? repeatFailed(outcome, env) : outcome;
}

/**
 * Runs the files of a few failed tests once more, with nothing beside them, and says what came of it.
 * @param {Outcome} outcome
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Counts>}
 */
async function repeatFailed(outcome, env) {
  const { passed, failed, failures } = outcome;
  const files = failures.map(({ file }) => file ?? "");
  if (failed === 0 || failures.length !== failed || files.includes("")) return outcome;
  if (failed > mostFailuresToRepeat) return outcome;
  process.stdout.write(`\n${failed} failed: their files run once more, alone\n`);
  const again = await runFiles([...new Set(files)], env, 1);
  if (again.failed > 0) return { passed: passed + failed - again.failed, failed: again.failed };
  const titles = failures.map(({ title }) => `  ${title}\n`).join("");
  process.stdout.write(`\nfailed beside other tests and passed alone:\n${titles}`);
  return { passed: passed + failed, failed: 0 };
}

/**
 * @param {string[]} files
 * @param {NodeJS.ProcessEnv} env
 * @param {number} jobs
 * @returns {Promise<Outcome>}
 */
async function runFiles(files, env, jobs) {
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
  return readOutcome(counts, code);
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
 * @returns {Outcome}
 */
function readOutcome(file, code) {
  /** @type {Outcome} */
  const outcome = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { passed: 0, failed: 0, pending: 0, failures: [] };
  if (code === 0 || outcome.failed > 0) return outcome;
  process.stdout.write(`mocha ended with ${code} without a failed test\n`);
  return { ...outcome, failed: 1 };
}
