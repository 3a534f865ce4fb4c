// Puts one version of a process in the place of another, and the other back if the new one does not come up.
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Report } from "../events.ts";
import { endProcess } from "./endProcess.ts";
import { isAlive, type ProcessIdentity } from "./identity.ts";
import { adopt, launch, type Launched } from "./launch.ts";
import { isPortFree, ownerOfPort } from "./port.ts";
import { proveHealthy, type Unproven } from "./proveHealthy.ts";
import { type ProcessRecord, type Running, writeRecord } from "./registry.ts";
import { logFileOf, type ProcessSpec, releaseIdOf } from "./spec.ts";
import { tailOf } from "./tail.ts";

/**
 * How long a new version runs beside the old one before the old one is asked to leave, in ms: time
 * to load and reach for the port, so that nobody answers there for as short as can be, and time to
 * fail without anybody noticing.
 */
export const WARM_UP_MS = 1_000;

/** A version that failed is not owed the grace that an app at work gets, in ms. */
const FAILED_GRACE_MS = 3_000;

/** What is to be put in whose place. */
export interface Swap {
  readonly next: ProcessSpec;
  readonly record: ProcessRecord;
  /** Whatever runs now under this name, `record.running` and forgotten ones. */
  readonly others: readonly ProcessIdentity[];
  readonly warmUpMs: number;
  readonly report: Report;
}

/** How a swap ended. */
export type SwapOutcome =
  | { readonly running: Running }
  | {
      /** Why the new version was not taken, and the end of its log. */
      readonly failure: string;
      readonly log: string;
      readonly logFile: string;
      /** What became of the version before. */
      readonly before:
        | { readonly kind: "none" }
        | {
            readonly kind: "kept" | "restarted";
            readonly releaseId: string;
            readonly running: Running;
          }
        | { readonly kind: "lost"; readonly releaseId: string; readonly failure: string };
    };

/**
 * Starts `next`, asks the others to leave once it runs, and waits until it answers as itself. If it
 * does not: ends it, and starts the version before again unless that still runs. The record's
 * `candidate` tells a successor of a killed lockstep what was under way. Throws CONFIG if a tree is not kept.
 */
export async function swap(spec: Swap): Promise<SwapOutcome> {
  const startedMs = performance.now();
  const taken = await findPortTaken(spec);
  if (taken !== undefined)
    return { ...taken, log: "", logFile: logFileOf(spec.next), before: await bringBack(spec) };
  const next = await launchCandidate(spec);
  const isAlone = () => !spec.others.some((other) => isAlive(other));

  if (!isAlone()) await warmUp(next, spec.warmUpMs);
  let unproven = await failureOf(next);
  if (unproven !== undefined) return giveUp(spec, next, unproven);

  if (!isAlone())
    spec.report("info", `${releaseIdOf(spec.next.release)} runs; ending what ran before`);
  const leaving = Promise.all(spec.others.map(async (other) => endProcess(other)));
  const limits = { startedMs, limitMs: spec.next.startLimitMs, report: spec.report };
  unproven = await proveHealthy(next, { ...limits, isAlone });
  await leaving;
  if (unproven !== undefined || next.running === undefined) {
    return giveUp(spec, next, unproven ?? { failure: "ended at once" });
  }
  return { running: next.running };
}

/**
 * A stranger on the port: it might answer in the app's stead. Our own processes on it are about to
 * leave it, so where any run the port may be theirs.
 */
async function findPortTaken({ next, record, others }: Swap): Promise<Unproven | undefined> {
  const isOurs = others.length > 0 && (record.current?.port ?? next.port) === next.port;
  if (isOurs || record.candidate !== null || (await isPortFree(next.port))) return undefined;
  const owner = (await ownerOfPort(next.port)) ?? "another program";
  return { failure: `${owner} listens on port ${next.port}` };
}

async function launchCandidate(spec: Swap): Promise<Launched> {
  const { candidate } = spec.record;
  if (candidate !== null && isAlive(candidate.running)) {
    spec.report(
      "info",
      `found ${releaseIdOf(candidate.spec.release)} being started; going on with it`,
    );
    return adopt(candidate.spec, candidate.running);
  }
  spec.report("info", `starting ${releaseIdOf(spec.next.release)} on port ${spec.next.port}`);
  const next = await launch(spec.next);
  if (next.running !== undefined) {
    await writeRecord(spec.next, {
      ...spec.record,
      candidate: { spec: spec.next, running: next.running },
    });
  }
  return next;
}

async function warmUp(next: Launched, warmUpMs: number): Promise<void> {
  const startedMs = performance.now();
  while ((await next.ending()) === undefined && performance.now() - startedMs < warmUpMs)
    await delay(20);
}

async function failureOf(next: Launched): Promise<Unproven | undefined> {
  const ending = await next.ending();
  return ending === undefined ? undefined : { failure: ending };
}

async function giveUp(spec: Swap, next: Launched, unproven: Unproven): Promise<SwapOutcome> {
  if (next.running !== undefined) await endProcess(next.running, FAILED_GRACE_MS);
  const { logFile, logOffset: offset } = next;
  const log = await tailOf(logFile, { offset });
  return { ...unproven, log, logFile, before: await bringBack(spec) };
}

async function bringBack(spec: Swap) {
  const { current, running } = spec.record;
  if (current === null || running === null) return { kind: "none" } as const;
  const releaseId = releaseIdOf(current.release);
  if (isAlive(running)) return { kind: "kept", releaseId, running } as const;
  if (isDeepStrictEqual(current, spec.next)) return { kind: "none" } as const;
  spec.report("warn", `starting ${releaseId} again, which ran before`);
  const again = await launch(current);
  const limits = { limitMs: current.startLimitMs, report: spec.report, isAlone: () => true };
  const unproven = await proveHealthy(again, limits);
  if (unproven === undefined && again.running !== undefined) {
    return { kind: "restarted", releaseId, running: again.running } as const;
  }
  const log = await tailOf(again.logFile, { offset: again.logOffset });
  const failure = [unproven?.failure ?? "ended at once", log].filter(Boolean).join("\n");
  return { kind: "lost", releaseId, failure } as const;
}
