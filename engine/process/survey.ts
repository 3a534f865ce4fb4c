// What really runs under a process's name, whatever its record says.
import { isDeepStrictEqual } from "node:util";
import type { Report } from "../events.ts";
import { endProcess } from "./endProcess.ts";
import { groupOf, isAlive, type ProcessIdentity } from "./identity.ts";
import { findMarked } from "./markedProcesses.ts";
import type { ProcessRecord } from "./registry.ts";
import { nameOf, type ProcessId, type ProcessSpec, releaseIdOf } from "./spec.ts";

/**
 * All that is alive under the name `id`, but for the group of `except`: the recorded process, and
 * what the record lost track of.
 */
export async function findOthers(
  id: ProcessId,
  record: ProcessRecord,
  except?: ProcessIdentity,
): Promise<readonly ProcessIdentity[]> {
  const marked = await findMarked((name) => name === nameOf(id));
  const recorded = [record.running, record.candidate?.running ?? null].filter(
    (one) => one !== null && isAlive(one),
  );
  const all = new Map<number, ProcessIdentity>();
  for (const one of [...recorded, ...marked]) if (one !== null) all.set(one.pid, one);
  return [...all.values()].filter(
    ({ pid }) => except === undefined || (pid !== except.pid && groupOf(pid) !== except.pid),
  );
}

/**
 * The record without a candidate that is of no more use: one that is gone, or is another version
 * than `next`, which is ended. What stays is alive and can be gone on with.
 */
export async function settleCandidate(
  record: ProcessRecord,
  next: ProcessSpec | undefined,
  report: Report,
): Promise<ProcessRecord> {
  const { candidate } = record;
  if (candidate === null) return record;
  if (isAlive(candidate.running)) {
    if (isDeepStrictEqual(candidate.spec, next)) return record;
    report("info", `ending ${releaseIdOf(candidate.spec.release)}, whose start was cut short`);
    await endProcess(candidate.running);
  }
  return { ...record, candidate: null };
}
