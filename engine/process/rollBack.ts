// Puts the version before back, if it still is the release meant that runs.
import { LockstepError } from "../errors/lockstepError.ts";
import { type Report, silent } from "../events.ts";
import { withExclusive } from "./exclusive.ts";
import { isAlive } from "./identity.ts";
import { adopt } from "./launch.ts";
import { proveHealthy } from "./proveHealthy.ts";
import { type ProcessRecord, readRecord, writeRecord } from "./registry.ts";
import { factsOf, type ProcessFacts, runningAfter } from "./rollOut.ts";
import { nameOf, type ProcessId, type ProcessSpec, processPaths, releaseIdOf } from "./spec.ts";
import { findOthers, settleCandidate } from "./survey.ts";
import { swap, type SwapOutcome, WARM_UP_MS } from "./swap.ts";

/** How a rollback ended, short of failing. */
export type RollBackOutcome =
  | { readonly kind: "rolledBack"; readonly facts: ProcessFacts }
  /** Another release has taken its place meanwhile (or none runs): nothing was done. */
  | { readonly kind: "superseded"; readonly releaseId: string | undefined }
  /** The release is the first ever: nothing was done, it stays up. */
  | { readonly kind: "nothingBefore" };

/** Which release to undo. */
export interface RollBackOptions {
  /** The digest of the release that is to go: the fence. */
  readonly releaseDigest: string;
  readonly report?: Report;
  /** As for a roll-out. @default 1000 */
  readonly warmUpMs?: number;
}

/**
 * Ends the release named and starts the one before it from the release store, then waits until that
 * answers as itself. Does nothing where another release has become current, so a late caller cannot
 * undo a later release; a second call for the same release finds it done. Throws ROLLBACK_FAILED.
 */
export async function rollBackProcess(
  id: ProcessId,
  options: RollBackOptions,
): Promise<RollBackOutcome> {
  const { report = silent } = options;
  const lock = { what: `process ${nameOf(id)}`, report };
  return withExclusive(processPaths(id).lock, lock, async () => {
    const record = await readRecord(id);
    const { current, previous, rolledBack } = record;
    if (current !== null && rolledBack === options.releaseDigest) {
      return { kind: "rolledBack", facts: await confirm(current, record, options) };
    }
    if (current?.release.digest !== options.releaseDigest) {
      return { kind: "superseded", releaseId: current ? releaseIdOf(current.release) : undefined };
    }
    if (previous === null) return { kind: "nothingBefore" };
    const facts = await goBackTo(previous, record, options);
    return { kind: "rolledBack", facts };
  });
}

async function goBackTo(
  previous: ProcessSpec,
  found: ProcessRecord,
  options: RollBackOptions,
): Promise<ProcessFacts> {
  const { report = silent, warmUpMs = WARM_UP_MS } = options;
  const record = await settleCandidate(found, previous, report);
  const others = await findOthers(previous, record, record.candidate?.running);
  const outcome = await swap({ next: previous, record, others, warmUpMs, report });
  if (!("running" in outcome)) {
    await writeRecord(previous, { ...record, candidate: null, running: runningAfter(outcome) });
    throw failed(previous, outcome);
  }
  const { running } = outcome;
  const rolledBack = options.releaseDigest;
  await writeRecord(previous, {
    ...record,
    current: previous,
    previous: null,
    running,
    candidate: null,
    rolledBack,
  });
  return factsOf(previous, running, false);
}

/** It was rolled back before: what came back must still be well, or is started again. */
async function confirm(
  current: ProcessSpec,
  record: ProcessRecord,
  options: RollBackOptions,
): Promise<ProcessFacts> {
  const { report = silent } = options;
  const { running } = record;
  if (running !== null && isAlive(running)) {
    const limits = { limitMs: current.startLimitMs, isAlone: () => true, report };
    const unproven = await proveHealthy(adopt(current, running), limits);
    if (unproven === undefined) return factsOf(current, running, true);
  }
  return goBackTo(current, record, options);
}

function failed(
  previous: ProcessSpec,
  outcome: Exclude<SwapOutcome, { running: unknown }>,
): LockstepError {
  const releaseId = releaseIdOf(previous.release);
  const { before } = outcome;
  const isUp = before.kind === "kept" || before.kind === "restarted";
  const state = isUp ? `${before.releaseId} runs on` : "nothing runs";
  const lost = before.kind === "lost" ? `${before.releaseId}: ${before.failure}` : "";
  return new LockstepError(
    "ROLLBACK_FAILED",
    `The rollback to ${releaseId} failed: it did not come up; ${state}`,
    {
      where: `process ${nameOf(previous)}, port ${previous.port}`,
      seen: [`${releaseId}: ${outcome.failure}`, outcome.log, lost].filter(Boolean).join("\n"),
      next: `see to the cause (log: ${outcome.logFile}), then roll out a good release with \`pulumi up\``,
    },
  );
}
