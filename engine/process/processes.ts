// Looks at processes, and stops them.
import { type Report, silent } from "../events.ts";
import { endProcess } from "./endProcess.ts";
import { withExclusive } from "./exclusive.ts";
import { isAlive, type ProcessIdentity } from "./identity.ts";
import { findMarked } from "./markedProcesses.ts";
import { readRecord, readRecords, writeRecord } from "./registry.ts";
import { nameOf, type ProcessId, processPaths, releaseIdOf } from "./spec.ts";
import { findOthers } from "./survey.ts";

/** How a process stands; `releaseId` is the version that should run. */
export type ProcessStatus =
  | { readonly state: "running"; readonly releaseId: string; readonly pid: number }
  | { readonly state: "stopped"; readonly releaseId: string | undefined }
  /** Something runs under its name of which there is no record. */
  | { readonly state: "unknown"; readonly pids: readonly number[] };

/** How `id` stands. Asks no health URL, changes nothing. Throws CONFIG if its record is damaged. */
export async function processStatus(id: ProcessId): Promise<ProcessStatus> {
  const record = await readRecord(id);
  const { current, running } = record;
  const releaseId = current === null ? undefined : releaseIdOf(current.release);
  if (releaseId !== undefined && running !== null && isAlive(running)) {
    return { state: "running", releaseId, pid: running.pid };
  }
  const others = await findOthers(id, record);
  if (others.length > 0) return { state: "unknown", pids: others.map(({ pid }) => pid) };
  return { state: "stopped", releaseId };
}

/** How a stop ended. */
export type StopOutcome =
  | { readonly kind: "stopped" | "notRunning" }
  /** Another release than the one named is current: nothing was done. */
  | { readonly kind: "superseded"; readonly releaseId: string };

/** What to stop. */
export interface StopOptions {
  /** Stops only while this release (its digest) is the current one. @default whatever runs */
  readonly releaseDigest?: string;
  readonly report?: Report;
}

/**
 * Ends all that runs under the name of `id` (15 s grace) and remembers that it is meant to be
 * stopped; what is known of its versions stays.
 */
export async function stopProcess(id: ProcessId, options: StopOptions = {}): Promise<StopOutcome> {
  const { report = silent, releaseDigest } = options;
  const lock = { what: `process ${nameOf(id)}`, report };
  return withExclusive(processPaths(id).lock, lock, async () => {
    const record = await readRecord(id);
    const { current } = record;
    const isMeant = releaseDigest === undefined || current?.release.digest === releaseDigest;
    if (current !== null && !isMeant) {
      return { kind: "superseded", releaseId: releaseIdOf(current.release) };
    }
    const running = await findOthers(id, record);
    if (running.length > 0) report("progress", `stopping ${nameOf(id)}`);
    await Promise.all(running.map(async (one) => endProcess(one)));
    if (current !== null) await writeRecord(id, { ...record, running: null, candidate: null });
    return { kind: running.length > 0 ? "stopped" : "notRunning" };
  });
}

/** A living process of a stack. */
export interface RunningRelease extends ProcessIdentity {
  /** The process's name within the stack. */
  readonly name: string;
  /** `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
}

/**
 * All living processes of a stack with the release that each is: those on record, and those that
 * only their environment tells of (their record was lost, or they are children of such a process).
 */
export async function runningReleases(project: string, stack: string): Promise<RunningRelease[]> {
  const all = new Map<number, RunningRelease>();
  for (const { name, current, running, candidate } of await readRecords(project, stack)) {
    const recorded = [
      current !== null && running !== null ? { spec: current, running } : null,
      candidate,
    ];
    for (const one of recorded) {
      if (one === null || !isAlive(one.running)) continue;
      const { pid, startTime } = one.running;
      all.set(pid, { name, releaseId: releaseIdOf(one.spec.release), pid, startTime });
    }
  }
  const prefix = `${project}/${stack}/`;
  for (const one of await findMarked((process) => process.startsWith(prefix))) {
    const { pid, startTime, releaseId } = one;
    all.set(pid, { name: one.process.slice(prefix.length), releaseId, pid, startTime });
  }
  return [...all.values()].sort((a, b) => a.pid - b.pid);
}
