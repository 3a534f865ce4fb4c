// A process beside a test run that looks at every process's arguments, and gathers the run's secrets from the environments.
//
// node secretSampler.mjs FOLDER: reads /proc until its stdin ends, and leaves in FOLDER `environment.json` with the secrets that
// it met (renewed while it runs) and `commands.json` with the distinct command lines. FOLDER is private and goes with the run.

import { readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { secretsOf } from "./secrets.mjs";

/** Between two looks, in ms: a look at a list of processes in which nothing is new takes a fraction of one. */
const pauseMs = 100;

/**
 * In which looks since it turned up a process's files are read: a process that was just forked still shows its parent's. Later
 * nothing changes, and reading all of them each time would cost the tests noticeably.
 */
const readAt = new Set([0, 1, 3, 10]);

/** What of a command line is kept, in characters. */
const longestCommand = 128 * 1024;

const [folder = ""] = process.argv.slice(2);
/** @type {Map<string, number>} looks by pid */
const seen = new Map();
/** @type {Set<string>} */
const commands = new Set();
/** @type {Set<string>} */
const secrets = new Set();
/** @type {Set<string>} folders of runs that are this one's, by their mark in an environment */
const runs = new Set();

const timer = setInterval(look, pauseMs);
process.stdin.resume();
process.stdin.on("end", () => {
  clearInterval(timer);
  look();
  save("commands.json", commands);
});
look();
save("environment.json", secrets);

function look() {
  const pids = new Set(readdirSync("/proc").filter((name) => /^\d+$/.test(name)));
  for (const pid of seen.keys()) if (!pids.has(pid)) seen.delete(pid);
  const known = secrets.size;
  for (const pid of pids) {
    const looks = seen.get(pid) ?? 0;
    seen.set(pid, looks + 1);
    if (readAt.has(looks)) readProcess(pid);
  }
  if (secrets.size > known) save("environment.json", secrets);
}

/** @param {string} pid */
function readProcess(pid) {
  const command = read(pid, "cmdline").slice(0, longestCommand);
  if (command !== "") commands.add(command);
  const environ = `\0${read(pid, "environ")}`;
  const run = /\0LOCKSTEP_TEST_RUN=([^\0]+)/.exec(environ)?.[1];
  if (run && environ.includes(`\0LOCKSTEP_TEST_SECRETS=${folder}\0`)) runs.add(run);
  const home = /\0LOCKSTEP_HOME=([^\0]+)/.exec(environ)?.[1] ?? "";
  // An app that a release started knows only its LOCKSTEP_HOME.
  const isOurs = [...runs].some((dir) => run === dir || home.startsWith(`${dir}/`));
  if (isOurs) for (const secret of secretsOf(environ)) secrets.add(secret);
}

/**
 * @param {string} pid
 * @param {"cmdline" | "environ"} name
 */
function read(pid, name) {
  try {
    return readFileSync(join("/proc", pid, name), "utf8");
  } catch {
    // Gone, or another user's.
    return "";
  }
}

/**
 * @param {string} name
 * @param {Set<string>} values
 */
function save(name, values) {
  const path = join(folder, name);
  writeFileSync(`${path}.new`, JSON.stringify([...values]), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
