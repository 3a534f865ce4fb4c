// What a crashed container said last, for the error that tells of it.
import type { Cluster } from "./client.ts";
import type { PodFault } from "./podFaults.ts";
import { podsPath } from "./pods.ts";

/** How much of a log an error shows: it is to fit a screen. */
const LINES = 10;
const BYTES = 2_000;

/**
 * The last lines of the log of the first fault that crashed; empty where there is none. Never throws:
 * the fault itself is what counts.
 */
export async function readLastWords(
  cluster: Cluster,
  faults: readonly PodFault[],
): Promise<string> {
  const crashed = faults.find((fault) => fault.hasCrashed);
  if (crashed?.container === undefined) return "";
  const { pod, container } = crashed;
  for (const previous of [false, true]) {
    const log = await readLog(cluster, pod, { container, previous }).catch(() => "");
    if (log !== "") return `last lines of ${pod}:\n${log}`;
  }
  return "";
}

async function readLog(
  cluster: Cluster,
  pod: string,
  query: { readonly container: string; readonly previous: boolean },
): Promise<string> {
  const path = `${podsPath(cluster)}/${pod}/log`;
  const log = await cluster.request<unknown>("GET", path, {
    query: { ...query, tailLines: LINES },
    doing: `read the log of pod ${pod}`,
  });
  // A log that happens to be JSON comes parsed.
  const text = typeof log === "string" ? log : JSON.stringify(log);
  return text.trim().slice(-BYTES);
}
