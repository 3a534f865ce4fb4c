// Proves that a test run kept its secrets: no password or token in a file that it left or in any process's arguments.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findInFiles, passwordsBelow } from "./secretScan.mjs";
import { findInArguments } from "./secrets.mjs";

/**
 * Runs `work` beside a process that looks at all others, and then says what it found. `env` gets the folder in which the run's
 * secrets are gathered, and a mark that every secret of a test's own making begins with (test/support/testSecret.ts).
 * @template T
 * @param {NodeJS.ProcessEnv} env
 * @param {(env: NodeJS.ProcessEnv) => Promise<T>} work
 * @returns {Promise<{ result: T, findings: string[] }>} one line for each place, without the secret
 */
export async function withSecretWatch(env, work) {
  const folder = mkdtempSync(join(tmpdir(), "lockstep-secrets-"));
  const mark = `secret-of-a-test-${randomBytes(6).toString("hex")}`;
  const stop = startSampler(folder);
  try {
    const own = { ...env, LOCKSTEP_TEST_SECRETS: folder, LOCKSTEP_TEST_MARK: mark };
    const result = await work(own);
    for (const home of [env.LOCKSTEP_HOME, env.PULUMI_HOME]) if (home) lookThrough(home, own);
    await stop();
    const secrets = knownSecrets(folder, mark);
    const commands = findInArguments(readList(join(folder, "commands.json")), secrets);
    return { result, findings: [...readLines(join(folder, "findings")), ...commands] };
  } finally {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Looks through a folder of the run before it is removed; for the tests' own teardown. Does nothing outside of `withSecretWatch`.
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} [env]
 */
export function lookThrough(folder, env = process.env) {
  const { LOCKSTEP_TEST_SECRETS: gathered, LOCKSTEP_TEST_MARK: mark } = env;
  if (!gathered || !mark || !existsSync(folder)) return;
  append(join(gathered, "passwords"), passwordsBelow(folder));
  const found = findInFiles(folder, knownSecrets(gathered, mark), join(gathered, "list"));
  append(join(gathered, "findings"), found);
}

/**
 * @param {string} folder
 * @param {string} mark
 */
function knownSecrets(folder, mark) {
  const lists = [readList(join(folder, "environment.json")), readLines(join(folder, "passwords"))];
  // What begins with the mark is found by it, however the test made the rest.
  return [mark, ...new Set(lists.flat().filter((secret) => !secret.includes(mark)))];
}

/**
 * @param {string} folder
 * @returns {() => Promise<void>} ends it, once it has left its findings
 */
function startSampler(folder) {
  if (!existsSync("/proc/self/cmdline")) return () => Promise.resolve();
  const script = fileURLToPath(new URL("secretSampler.mjs", import.meta.url));
  const child = spawn(process.execPath, [script, folder], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = once(child, "exit").then(() => undefined);
  return () => {
    child.stdin.end();
    return ended;
  };
}

/**
 * @param {string} path
 * @param {string[]} lines
 */
function append(path, lines) {
  mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
  if (lines.length > 0) appendFileSync(path, `${lines.join("\n")}\n`, { mode: 0o600 });
}

/** @param {string} path */
function readLines(path) {
  if (!existsSync(path)) return [];
  return [...new Set(readFileSync(path, "utf8").split("\n").filter(Boolean))];
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function readList(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
}
