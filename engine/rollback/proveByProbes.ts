// That an app which was put back answers well, asked from outside.
import { describeCheck } from "../health/check.ts";
import { checkHealthOnce } from "../health/checkOnce.ts";

/** A handful of requests within a short time, ms: a proof of life, no watch. */
const WINDOW_MS = 1_000;
const PROBES = { probesPerSecond: 10, minRequests: 3 };

/** Asks health and counts the answers of a second; a string says what is wrong. */
export async function proveByProbes(
  healthUrl: string,
  releaseId: string,
): Promise<string | undefined> {
  const { pathname } = new URL(healthUrl);
  const check = await checkHealthOnce({
    healthUrl,
    release: releaseId,
    windowMs: WINDOW_MS,
    settings: { ...PROBES, probePaths: [pathname], counters: { kind: "probes" } },
  });
  // Too few answers within a second is a slow machine; a wrong or failing one is not.
  return check.verdict === "fail" ? describeCheck(check) : undefined;
}
