// Watching a set of objects: list, then the API's watch, begun anew whenever it ends or breaks.
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./client.ts";
import { apiStatus } from "./clusterError.ts";
import { readLines } from "./lines.ts";
import type { ApiList, ApiObject } from "./objects.ts";

/** What to watch. */
export interface Selection {
  /** The collection: `/api/v1/namespaces/shop/pods`. */
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** For an error: `watch the Job's pods`. */
  readonly doing: string;
  readonly signal: AbortSignal;
}

/** A watch is begun anew after this long, s: what a silent break hid is seen then. */
const WATCH_SECONDS = 240;
/** Tries after a break, ms apart; the last one repeats. */
const RETRY_MS = [200, 1_000, 2_000, 5_000];
/** An API server that is away for this long is given up, ms: an upgrade of a control plane takes minutes. */
const GIVE_UP_MS = 300_000;

interface Change<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "ERROR";
  readonly object: T;
}

/**
 * Calls `onChange` with all objects of the selection at first and after each change, until the signal
 * is aborted, and returns then.
 * @throws LockstepError CLUSTER when the API refuses, or is away for five minutes.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the path says what comes
export async function watchSet<T extends ApiObject>(
  cluster: Cluster,
  selection: Selection,
  onChange: (items: readonly T[]) => void,
): Promise<void> {
  const { signal } = selection;
  let failures = 0;
  let lastGood = performance.now();
  const onSeen = (items: readonly T[]) => {
    failures = 0;
    lastGood = performance.now();
    onChange(items);
  };
  while (!signal.aborted) {
    try {
      await watchOnce(cluster, selection, onSeen);
    } catch (error) {
      if (isAborted(signal)) return;
      const refused = apiStatus(error);
      const isFinal = refused !== undefined && refused.code < 500 && refused.code !== 410;
      if (isFinal || performance.now() - lastGood > GIVE_UP_MS) throw error;
    }
    const waitMs = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0;
    failures += 1;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as above
async function watchOnce<T extends ApiObject>(
  cluster: Cluster,
  { path, labelSelector, fieldSelector, doing, signal }: Selection,
  onChange: (items: readonly T[]) => void,
): Promise<void> {
  const query = { labelSelector, fieldSelector };
  const list = await cluster.request<ApiList<T>>("GET", path, { query, doing, signal });
  const items = new Map(list.items.map((item) => [item.metadata.uid, item]));
  onChange([...items.values()]);
  const { resourceVersion } = list.metadata;
  const stream = await cluster.stream("GET", path, {
    query: { ...query, watch: true, resourceVersion, timeoutSeconds: WATCH_SECONDS },
    doing,
    signal,
  });
  await readLines(stream, (line) => {
    const change = JSON.parse(line) as Change<T>;
    // The list is too old, or the server says so: the watch ends, and a new list is the answer.
    if (change.type === "ERROR") {
      stream.destroy();
      return;
    }
    const { uid } = change.object.metadata;
    if (change.type === "DELETED") items.delete(uid);
    else items.set(uid, change.object);
    onChange([...items.values()]);
  });
}

/** A function, since the compiler believes that what was false stays so. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
