// `npm test`: sets up, checks types, rules and format, runs the tests, and ends with `N passed, N failed`.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { follow, runForeground } from "./command.mjs";
import { rootFolder } from "./paths.mjs";
import { progress, runMain } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";
import { withTestEnvironment } from "./testEnvironment.mjs";

/** @typedef {{ passed: number, failed: number }} Counts */

/** The folders whose tests `npm test` runs, slow suites excluded. */
const testFolders = ["test/unit", "test/integration", "test/story"];

/**
 * What is checked without running anything; each counts as one test.
 * @type {[title: string, command: string, args: string[]][]}
 */
const staticChecks = [
  ["types", "tsc", ["--noEmit"]],
  ["types of the toolchain", "tsc", ["--project", "toolchain"]],
  ["rules", "eslint", ["."]],
  ["format", "prettier", ["--check", "--log-level", "warn", "."]],
];

await runMain(async () => {
  const paths = process.argv.slice(2);
  const setup = await ensureSetup();
  const before = paths.length > 0 ? { passed: 0, failed: 0 } : await runStaticChecks();
  const mocha = await withTestEnvironment(setup, (env) => runMocha(paths, env));
  const passed = before.passed + mocha.passed;
  const failed = before.failed + mocha.failed;
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  return failed > 0 || mocha.passed === 0 ? 1 : 0;
});

/** @returns {Promise<Counts>} */
async function runStaticChecks() {
  const results = await Promise.all(
    staticChecks.map(async ([title, command, args]) => {
      const result = await follow(join("node_modules", ".bin", command), args, {
        cwd: rootFolder,
        tailLines: 200,
      });
      progress(`${title}: ${result.code === 0 ? "ok" : "failed"}`);
      if (result.code !== 0) process.stdout.write(`${result.tail.join("\n")}\n`);
      return result.code === 0;
    }),
  );
  const passed = results.filter(Boolean).length;
  return { passed, failed: results.length - passed };
}

/**
 * @param {string[]} paths of test files or folders; all where none is named
 * @param {NodeJS.ProcessEnv} env with LOCKSTEP_TEST_COUNTS
 * @returns {Promise<Counts>}
 */
async function runMocha(paths, env) {
  const files = (paths.length > 0 ? paths : testFolders).flatMap(findTests);
  if (files.length === 0) {
    process.stdout.write(`no test file in ${paths.join(" ") || testFolders.join(" ")}\n`);
    return { passed: 0, failed: 1 };
  }
  const jobs = Math.max(2, availableParallelism());
  const parallel = files.length > 1 ? ["--parallel", "--jobs", String(jobs)] : [];
  const reporter = join(rootFolder, "toolchain", "mochaReporter.cjs");
  const args = [
    join("node_modules", "mocha", "bin", "mocha.js"),
    "--forbid-only",
    ...parallel,
    "--reporter",
    reporter,
    ...files,
  ];
  const code = await runForeground(process.execPath, args, { cwd: rootFolder, env });
  return readCounts(env.LOCKSTEP_TEST_COUNTS ?? "", code);
}

/**
 * @param {string} path file or folder, relative to the clone
 * @returns {string[]} test files
 */
function findTests(path) {
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
