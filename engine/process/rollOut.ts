// Brings a version of a process to run, in the place of whatever runs.
import { isDeepStrictEqual } from "node:util";
import { LockstepError } from "../errors/lockstepError.ts";
import { type Report, silent } from "../events.ts";
import { withExclusive } from "./exclusive.ts";
import { isAlive } from "./identity.ts";
import { adopt } from "./launch.ts";
import { findMarked } from "./markedProcesses.ts";
import { proveHealthy } from "./proveHealthy.ts";
import {
  type ProcessRecord,
  readRecord,
  readRecords,
  type Running,
  writeRecord,
} from "./registry.ts";
import { pruneReleases } from "./releaseStore.ts";
import { nameOf, type ProcessSpec, processPaths, releaseIdOf } from "./spec.ts";
import { findOthers, settleCandidate } from "./survey.ts";
import { swap, type SwapOutcome, WARM_UP_MS } from "./swap.ts";

/** A version that runs and has answered as itself. */
export interface ProcessFacts {
  /** `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  readonly pid: number;
  readonly startTime: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** `http://127.0.0.1:PORT`. */
  readonly baseUrl: string;
  /** True if it ran already, just so, and was left alone. */
  readonly adopted: boolean;
}

/** How a roll-out is done. */
export interface RollOutOptions {
  readonly report?: Report;
  /** How long the new version runs beside the old one before that is ended, ms. @default 1000 */
  readonly warmUpMs?: number;
}

/** A version that runs already is given this long to answer before it is started anew, in ms. */
const ADOPT_LIMIT_MS = 5_000;

/**
 * Makes `spec` the version that runs: leaves it alone if it does, else starts it, ends what ran
 * before, and waits until it answers as itself. If it does not come up it is ended, what ran before
 * runs again, and PROCESS_FAILED says both (ROLLBACK_FAILED if that did not come up either). Its tree must be kept
 * (`keepRelease`). One operation on a process at a time.
 */
export async function rollOutProcess(
  spec: ProcessSpec,
  options: RollOutOptions = {},
): Promise<ProcessFacts> {
  const { report = silent, warmUpMs = WARM_UP_MS } = options;
  const lock = { what: `process ${nameOf(spec)}`, report };
  return withExclusive(processPaths(spec).lock, lock, async () => {
    const found = await readRecord(spec);
    const wellAlready = await findJustSo(spec, found, report);
    if (wellAlready !== undefined) return factsOf(spec, wellAlready, true);

    const record = await settleCandidate(found, spec, report);
    const others = await findOthers(spec, record, record.candidate?.running);
    const outcome = await swap({ next: spec, record, others, warmUpMs, report });
    if (!("running" in outcome)) {
      await writeRecord(spec, { ...record, candidate: null, running: runningAfter(outcome) });
      throw failed(spec, outcome);
    }
    const isNew = record.current?.release.digest !== spec.release.digest;
    const previous = isNew ? record.current : record.previous;
    const { running } = outcome;
    const next = { ...record, current: spec, previous, running, candidate: null, rolledBack: null };
    await writeRecord(spec, next);
    await prune(spec);
    return factsOf(spec, running, false);
  });
}

/** The facts of `spec` as it runs. */
export function factsOf(spec: ProcessSpec, running: Running, adopted: boolean): ProcessFacts {
  const baseUrl = `http://127.0.0.1:${spec.port}`;
  return { releaseId: releaseIdOf(spec.release), ...running, baseUrl, adopted };
}

/** What of a failed swap's version before runs now. */
export function runningAfter(outcome: Exclude<SwapOutcome, { running: Running }>): Running | null {
  return "running" in outcome.before ? outcome.before.running : null;
}

/** The process that is `spec` already, alone and well. */
async function findJustSo(
  spec: ProcessSpec,
  record: ProcessRecord,
  report: Report,
): Promise<Running | undefined> {
  const { current, running, candidate } = record;
  if (running === null || candidate !== null || !isDeepStrictEqual(current, spec)) return undefined;
  if (!isAlive(running) || (await findOthers(spec, record, running)).length > 0) return undefined;
  const limits = { limitMs: ADOPT_LIMIT_MS, isAlone: () => true, report };
  const unproven = await proveHealthy(adopt(spec, running), limits);
  return unproven === undefined ? running : undefined;
}

/** Trees that a record names, or that a living process works in, stay. */
async function prune(spec: ProcessSpec): Promise<void> {
  const inUse = new Set<string>();
  for (const { current, previous, candidate } of await readRecords(spec.project, spec.stack)) {
    for (const one of [current, previous, candidate?.spec]) if (one) inUse.add(one.treeDigest);
  }
  const prefix = `${spec.project}/${spec.stack}/`;
  for (const { cwd } of await findMarked((name) => name.startsWith(prefix))) {
    for (const part of cwd?.split("/") ?? []) inUse.add(part);
  }
  await pruneReleases(spec, inUse);
}

function failed(
  spec: ProcessSpec,
  outcome: Exclude<SwapOutcome, { running: Running }>,
): LockstepError {
  const releaseId = releaseIdOf(spec.release);
  const { before } = outcome;
  const seen = [outcome.failure, outcome.log].filter(Boolean).join("\n");
  const common = { where: `${spec.command.join(" ")}, port ${spec.port}` };
  if (before.kind === "lost") {
    return new LockstepError(
      "ROLLBACK_FAILED",
      `Release ${releaseId} did not come up, and ${before.releaseId}, which ran before, did not come back: nothing runs`,
      {
        ...common,
        seen: `${seen}\n${before.releaseId}: ${before.failure}`,
        next: `see to the cause (log: ${outcome.logFile}), then run \`pulumi up\` again`,
      },
    );
  }
  const aftermath = {
    none: "nothing runs",
    kept: `${"releaseId" in before ? before.releaseId : ""} still runs, untouched`,
    restarted: `${"releaseId" in before ? before.releaseId : ""} was started again and answers`,
  }[before.kind];
  return new LockstepError(
    "PROCESS_FAILED",
    `Release ${releaseId} of ${nameOf(spec)} did not come up; ${aftermath}`,
    {
      ...common,
      seen,
      next: `correct it and run \`pulumi up\` again; whole log: ${outcome.logFile}`,
    },
  );
}
