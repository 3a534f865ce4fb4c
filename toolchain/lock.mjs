// A lock between processes: a folder that holds one file, named after its owner.

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { progress } from "./progress.mjs";

/** How often a waiting process looks again, in ms. */
const pollMs = 250;

/**
 * Runs `work` while holding the lock; waits for a living owner, takes over from a dead one.
 *
 * The lock is taken by renaming a prepared folder, with the owner's file in it, to the lock's name: that succeeds only
 * where nothing or an empty folder stands. A dead owner's file is removed by its name, so two processes that find
 * the same dead owner cannot remove each other's fresh lock.
 * @template T
 * @param {string} path the lock's folder
 * @param {string} purpose shown to those who wait, for example `the Pulumi CLI`
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, purpose, work) {
  const owner = ownerName(process.pid);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let told = false;
  while (!takeLock(path, owner)) {
    const holder = removeDeadOwner(path);
    if (!holder) continue;
    if (!told) progress(`waiting: process ${holder.split("@")[0]} is already preparing ${purpose}`);
    told = true;
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    rmSync(join(path, owner), { force: true });
  }
}

/**
 * Tries once to take the lock.
 * @param {string} path
 * @param {string} owner from {@link ownerName}
 * @returns {boolean} whether it is ours now
 */
export function takeLock(path, owner) {
  const prepared = `${path}.${process.pid}`;
  rmSync(prepared, { recursive: true, force: true });
  mkdirSync(prepared, { mode: 0o700 });
  writeFileSync(join(prepared, owner), "", { mode: 0o600 });
  try {
    renameSync(prepared, path);
    return true;
  } catch (error) {
    rmSync(prepared, { recursive: true, force: true });
    if (["ENOTEMPTY", "EEXIST"].includes(/** @type {NodeJS.ErrnoException} */ (error).code ?? ""))
      return false;
    throw error;
  }
}

/**
 * Frees the lock where its owner has died.
 * @param {string} path
 * @returns {string | undefined} the living owner, or undefined where the lock is free now
 */
export function removeDeadOwner(path) {
  let holder;
  try {
    holder = readdirSync(path)[0];
  } catch {
    return undefined;
  }
  if (!holder) return undefined;
  if (isAlive(holder)) return holder;
  rmSync(join(path, holder), { force: true });
  return undefined;
}

/**
 * Names a process so that a later one with the same number is not taken for it.
 * @param {number} pid
 * @returns {string} `pid@start@host`; the start is empty where the system does not tell it
 */
export function ownerName(pid) {
  return `${pid}@${startTime(pid) ?? ""}@${hostname()}`;
}

/**
 * Tells whether the process that an owner's name stands for still runs. One on another host counts as alive, because
 * nothing here can tell.
 * @param {string} owner
 * @returns {boolean}
 */
export function isAlive(owner) {
  const [pid, start, host] = owner.split("@");
  if (host !== hostname()) return true;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
  return (startTime(Number(pid)) ?? "") === start;
}

/**
 * The kernel's start time of a process in clock ticks since boot, where /proc has it.
 * @param {number} pid
 * @returns {string | undefined}
 */
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in brackets, may hold spaces and brackets itself: count the fields from its end.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
