// `npm test`: sets up, checks types, rules and format, runs the tests, and ends with `N passed, N failed`.

import { join } from "node:path";
import { follow } from "./command.mjs";
import { runMocha } from "./mochaRun.mjs";
import { rootFolder } from "./paths.mjs";
import { progress, runMain } from "./progress.mjs";
import { withSecretWatch } from "./secretWatch.mjs";
import { ensureSetup } from "./setup.mjs";
import { withTestEnvironment } from "./testEnvironment.mjs";

/** @typedef {import("./mochaRun.mjs").Counts} Counts */

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
  const { result: mocha, findings } = await withTestEnvironment(setup, (env) =>
    withSecretWatch(env, (watched) => runMocha(paths.length > 0 ? paths : testFolders, watched)),
  );
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  progress(`secrets: ${findings.length === 0 ? "kept" : "not kept"}`);
  const passed = before.passed + mocha.passed + (findings.length === 0 ? 1 : 0);
  const failed = before.failed + mocha.failed + (findings.length === 0 ? 0 : 1);
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
