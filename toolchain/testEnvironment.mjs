// Keeps tests away from the user's own state: data, Pulumi's home, backend and login are new and empty, and go with the run.

import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localEnvironment } from "./environment.mjs";

/** What could lead a test to the user's stacks or databases. */
const userVariables =
  /^(PULUMI_(BACKEND_URL|ACCESS_TOKEN|CREDENTIALS_PATH|STACK|CONFIG_PASSPHRASE.*|HOME)|LOCKSTEP_(HOME|EMBEDDED_POSTGRES)|DATABASE_URL|DB_.*|PG.*)$/;

/**
 * Runs `work` with an environment of its own and removes its folders afterwards.
 * @template T
 * @param {import("./setup.mjs").Setup} setup
 * @param {(env: NodeJS.ProcessEnv) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withTestEnvironment(setup, work) {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-test-"));
  // A database server under root runs as another user, which has to get through.
  chmodSync(folder, 0o711);
  try {
    return await work(testEnvironment(setup, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {import("./setup.mjs").Setup} setup
 * @param {string} folder new and empty
 * @param {NodeJS.ProcessEnv} [base]
 * @returns {NodeJS.ProcessEnv}
 */
export function testEnvironment(setup, folder, base = process.env) {
  const kept = Object.fromEntries(
    Object.entries(base).filter(([name]) => !userVariables.test(name)),
  );
  const own = {
    ...kept,
    LOCKSTEP_HOME: join(folder, "home"),
    PULUMI_HOME: join(folder, "pulumi"),
    LOCKSTEP_TEST_COUNTS: join(folder, "counts.json"),
  };
  mkdirSync(own.PULUMI_HOME, { mode: 0o700 });
  return { ...own, ...localEnvironment(setup, own) };
}
