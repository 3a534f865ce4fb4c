// Mocha's global fixtures (`require` in .mocharc.yml): they mark the run and end all it started.
// The database server itself is started by the first test that asks for it (database.ts), so a run
// of unit tests costs none.
import { lookThrough } from "../../toolchain/secretWatch.mjs";
import { endTestRun, ensureTestRun } from "./testRun.ts";

/** Runs once, in the parent also with --parallel; workers inherit the run by the environment. */
export async function mochaGlobalSetup(): Promise<void> {
  await ensureTestRun();
}

/** Runs once at the end; when mocha is killed instead, the run's watchdog does the same. */
export async function mochaGlobalTeardown(): Promise<void> {
  lookThrough(await ensureTestRun());
  await endTestRun();
}
