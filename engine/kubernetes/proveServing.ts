// That a release which was put back really serves: its pods say so themselves.
import { setTimeout as delay } from "node:timers/promises";
import { LockstepError } from "../errors/lockstepError.ts";
import { judgeCheck } from "../health/judge.ts";
import { PodSource } from "./podSource.ts";
import type { ClusterApp } from "./releasePods.ts";

/** A pod of the former release is ready before it is asked who it is; time for that to be so, ms. */
const PROOF_MS = 15_000;
const PROOF_POLL_MS = 500;

/**
 * The pods are ready by their probes; that they are the release before, they say themselves.
 * @throws LockstepError ROLLBACK_FAILED
 */
export async function proveServing(
  app: ClusterApp,
  former: string,
  healthPath: string,
): Promise<void> {
  const source = new PodSource(app, { releaseId: former, healthPath, metricsPath: healthPath });
  const until = performance.now() + PROOF_MS;
  try {
    for (;;) {
      const health = await source.askHealth({ timeoutMs: 5_000 });
      // Its own requests are not counted here: only health and release are judged.
      const requests = { total: 1, failed: 0 };
      const limits = { errorRateLimit: 1, minRequests: 1 };
      const judged = judgeCheck({ health, requests, expected: former }, limits);
      if (judged.verdict === "pass") return;
      if (performance.now() >= until) throw notServing(app, former, judged.reason);
      await delay(PROOF_POLL_MS);
    }
  } finally {
    source.close();
  }
}

function notServing(app: ClusterApp, former: string, seen: string): LockstepError {
  return new LockstepError("ROLLBACK_FAILED", `${former} was put back, but does not serve`, {
    where: `Deployment ${app.deployment} in namespace ${app.cluster.namespace}`,
    seen,
    next: `kubectl -n ${app.cluster.namespace} logs deploy/${app.deployment}, then roll out a good release with \`pulumi up\``,
  });
}
