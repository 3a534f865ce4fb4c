// Waits until a release's pods are all there, and says live how far they are.
import { setTimeout as delay } from "node:timers/promises";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { apiStatus } from "./clusterError.ts";
import type { PodFault } from "./podFaults.ts";
import { viewRollout, type ClusterApp } from "./releasePods.ts";
import { judgeRollout, type RolloutStatus, type WantedRelease } from "./rolloutStatus.ts";

/** Time between two looks, ms. */
const POLL_MS = 1_000;

/** How a wait for a rollout ended. */
export type RolloutEnd =
  | { readonly kind: "done" }
  /** Another release, or nothing, is there. */
  | Extract<RolloutStatus, { readonly kind: "other" }>
  /** Its pods will not come up, or did not in time; one plain line. */
  | { readonly kind: "failed"; readonly text: string; readonly faults: readonly PodFault[] };

/** How to wait. */
export interface RolloutWait {
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits for every pod of the release, at most the app's `rolloutTimeoutMs`. An API server that is away
 * meanwhile is waited for too.
 * @throws LockstepError INTERRUPTED on abort; CLUSTER where the API refuses, or stays away to the end.
 */
export async function awaitRollout(
  app: ClusterApp,
  wanted: WantedRelease,
  { report, signal }: RolloutWait,
): Promise<RolloutEnd> {
  const started = performance.now();
  let said = "";
  for (;;) {
    const isLate = performance.now() - started >= app.rolloutTimeoutMs;
    const status = await look(app, wanted, { isLast: isLate, signal });
    if (status.kind === "done" || status.kind === "other" || status.kind === "failed") {
      return status;
    }
    if (isLate) {
      const limit = `${String(Math.round(app.rolloutTimeoutMs / 1_000))} s`;
      return { ...status, kind: "failed", text: `not up after ${limit}: ${status.text}` };
    }
    if (status.text !== said) report("progress", `rollout of ${wanted.releaseId}: ${status.text}`);
    said = status.text;
    await delay(POLL_MS, undefined, signal ? { signal } : {}).catch((cause: unknown) => {
      throw interrupted(wanted, cause);
    });
  }
}

async function look(
  app: ClusterApp,
  wanted: WantedRelease,
  { isLast, signal }: { readonly isLast: boolean; readonly signal: AbortSignal | undefined },
): Promise<RolloutStatus> {
  try {
    return judgeRollout(await viewRollout(app, signal), app, wanted);
  } catch (error) {
    if (signal?.aborted) throw interrupted(wanted, error);
    const code = apiStatus(error)?.code;
    const isRefused = code !== undefined && code < 500 && code !== 429;
    if (isLast || isRefused || !isLockstepError(error)) throw error;
    return { kind: "waiting", text: error.message, faults: [] };
  }
}

function interrupted(wanted: WantedRelease, cause: unknown): LockstepError {
  return new LockstepError("INTERRUPTED", "Interrupted while waiting for the rollout", {
    seen: `release ${wanted.releaseId}`,
    next: "run `pulumi up` again: the gate goes on waiting, nothing has been rolled back",
    cause,
  });
}
