// Processes by pid and start time, so that a pid that was given away again is never taken for the old process.
import { readFile, readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** One process; `startTime` is field 22 of /proc/PID/stat, in clock ticks since the machine started. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

interface ProcessStat {
  readonly parent: number;
  readonly startTime: string;
  readonly zombie: boolean;
}

/** How often a process that is to end is looked at, ms. */
const POLL_MS = 20;

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  // The command's name stands in parentheses and may hold spaces; field 3 follows it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { zombie: fields[0] === "Z", parent: Number(fields[1]), startTime: fields[19] ?? "" };
}

/** What `pid` is now, or undefined where nothing runs under it. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readStat(pid);
  return stat && { pid, startTime: stat.startTime };
}

/** Whether exactly this process still runs; a dead one that nobody has waited for does not count. */
export async function isRunning(process: ProcessIdentity): Promise<boolean> {
  const stat = await readStat(process.pid);
  return stat !== undefined && !stat.zombie && stat.startTime === process.startTime;
}

/** The children of a process, as far as they still run. */
export async function childrenOf(parent: number): Promise<ProcessIdentity[]> {
  return (await readAll()).filter((one) => one.parent === parent);
}

/**
 * Everything that these processes have started, themselves included. Who lost its parent belongs to the first process of its
 * namespace; containers have namespaces of their own within a cluster's, so that namespaces do not tell who belongs to it.
 */
export async function withDescendants(
  roots: readonly ProcessIdentity[],
): Promise<ProcessIdentity[]> {
  const all = await readAll();
  const found = new Set(roots.map(({ pid }) => pid));
  let before = 0;
  while (before !== found.size) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => found.has(pid));
}

async function readAll(): Promise<(ProcessIdentity & { readonly parent: number })[]> {
  const stats = await Promise.all(
    (await allPids()).map(async (pid) => ({ pid, ...(await readStat(pid)) })),
  );
  return stats.flatMap(({ pid, parent, startTime, zombie }) =>
    parent === undefined || startTime === undefined || zombie ? [] : [{ pid, parent, startTime }],
  );
}

async function allPids(): Promise<number[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Kills these processes, if they still are the same, and resolves when they are gone. */
export async function killAndWait(processes: readonly ProcessIdentity[]): Promise<void> {
  for (const one of processes) {
    if (await isRunning(one)) kill(one.pid);
  }
  for (const one of processes) {
    while (await isRunning(one)) await delay(POLL_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
