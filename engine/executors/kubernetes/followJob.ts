// Following one Job: why it does not start yet, its step's lines as they are written, and how it ended.
import type { Report } from "../../events.ts";
import type { Cluster } from "../../kubernetes/client.ts";
import { isStatus } from "../../kubernetes/clusterError.ts";
import {
  isJobOver,
  selectorOf,
  type ApiObject,
  type ClusterEvent,
  type Job,
} from "../../kubernetes/objects.ts";
import { followLog } from "../../kubernetes/podLog.ts";
import type { Pod } from "../../kubernetes/pods.ts";
import { watchSet } from "../../kubernetes/watch.ts";
import { CONTAINER, GRACE_SECONDS } from "./jobPlace.ts";
import { jobsPath, podLabelsOf } from "./jobs.ts";
import { stepState, whyWaiting, type Waiting } from "./podState.ts";

/** How to follow a Job. */
export interface Following {
  readonly onLine: (line: string) => void;
  readonly report: Report;
  /** Ends the following, not the Job. */
  readonly signal: AbortSignal;
  /** What keeps the pod from starting is waited for this long, ms. @default 120,000 */
  readonly startLimitMs?: number | undefined;
}

/** How the Job looked when there was nothing more to follow. */
export interface JobEnd {
  /** As it was last seen. */
  readonly job: Job | undefined;
  /** As it was last seen. */
  readonly pod: Pod | undefined;
  /** Somebody deleted the Job while it was followed. */
  readonly jobGone: boolean;
  readonly podGone: boolean;
  /** The pod never started for this reason. */
  readonly stuck?: Waiting | undefined;
}

const WATCH_EVENTS = "watch the events";
/** What may be mended while the pod waits for it: two minutes are many tries of kubelet's. */
const START_LIMIT_MS = 120_000;
/** Once the step has ended the Job follows within this time, ms, unless a sidecar keeps it open. */
const SETTLE_MS = 10_000;
/** Once the Job is over, its pod has its grace period, and its kubelet half a minute to say so, ms. */
const LOST_MS = (GRACE_SECONDS + 30) * 1_000;

/**
 * Follows the Job until its step has ended, or cannot start, or the signal is aborted.
 * @throws LockstepError CLUSTER when the API refuses to show it.
 */
export async function followJob(
  cluster: Cluster,
  name: string,
  following: Following,
): Promise<JobEnd> {
  const follower = new JobFollower(cluster, name, following);
  return follower.run();
}

class JobFollower {
  readonly #cluster: Cluster;
  readonly #name: string;
  readonly #following: Following;
  readonly #stop = new AbortController();
  #job: Job | undefined;
  #jobGone = false;
  #pod: Pod | undefined;
  #podGone = false;
  readonly #events = new Map<string, readonly ClusterEvent[]>();
  #podEvents: Promise<void> | undefined;
  #log: Promise<void> | undefined;
  #logRead = false;
  #told = "";
  #stuck: Waiting | undefined;
  #stuckTimer: NodeJS.Timeout | undefined;
  #settleTimer: NodeJS.Timeout | undefined;

  constructor(cluster: Cluster, name: string, following: Following) {
    this.#cluster = cluster;
    this.#name = name;
    this.#following = following;
  }

  async run(): Promise<JobEnd> {
    const end = () => {
      this.#stop.abort();
    };
    this.#following.signal.addEventListener("abort", end, { once: true });
    if (this.#following.signal.aborted) end();
    try {
      await Promise.all([this.#watchJob(), this.#watchPods(), this.#watchEvents(this.#name)]);
      await Promise.all([this.#podEvents, this.#log]);
    } finally {
      end();
      clearTimeout(this.#stuckTimer);
      clearTimeout(this.#settleTimer);
      this.#following.signal.removeEventListener("abort", end);
    }
    return {
      job: this.#job,
      pod: this.#pod,
      jobGone: this.#jobGone,
      podGone: this.#podGone,
      stuck: this.#stuck,
    };
  }

  #watchJob(): Promise<void> {
    const fieldSelector = `metadata.name=${this.#name}`;
    const where = { path: jobsPath(this.#cluster), fieldSelector };
    return this.#watch<Job>(where, `watch the Job ${this.#name}`, ([job]) => {
      this.#jobGone = job === undefined;
      this.#job = job ?? this.#job;
    });
  }

  #watchPods(): Promise<void> {
    const labelSelector = selectorOf(podLabelsOf(this.#name));
    const where = { path: this.#path("pods"), labelSelector };
    return this.#watch<Pod & ApiObject>(where, `watch the pod of ${this.#name}`, ([pod]) => {
      this.#podGone = this.#pod !== undefined && pod === undefined;
      this.#pod = pod ?? this.#pod;
      this.#watchPodEvents();
      this.#readLog();
    });
  }

  /** Events only say more: who may not see them goes without. */
  async #watchEvents(of: string): Promise<void> {
    try {
      const where = { path: this.#path("events"), fieldSelector: `involvedObject.name=${of}` };
      await this.#watch<ClusterEvent>(where, WATCH_EVENTS, (events) => {
        this.#events.set(of, events);
      });
    } catch (error) {
      if (!isStatus(error, 403)) throw error;
    }
  }

  #watchPodEvents(): void {
    if (!this.#pod) return;
    this.#podEvents ??= this.#watchEvents(this.#pod.metadata.name);
    // Waited for at the end; until then a failure must not end the process.
    this.#podEvents.catch(() => undefined);
  }

  /** Of the pod, or as long as there is none, of the Job. */
  #eventsNow(): readonly ClusterEvent[] {
    return this.#events.get(this.#pod?.metadata.name ?? this.#name) ?? [];
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the path says what comes
  async #watch<T extends ApiObject>(
    where: {
      readonly path: string;
      readonly labelSelector?: string;
      readonly fieldSelector?: string;
    },
    doing: string,
    take: (items: readonly T[]) => void,
  ): Promise<void> {
    try {
      const selection = { ...where, doing, signal: this.#stop.signal };
      await watchSet<T>(this.#cluster, selection, (items) => {
        take(items);
        this.#look();
      });
    } catch (error) {
      if (!isStatus(error, 403) || doing !== WATCH_EVENTS) this.#stop.abort();
      throw error;
    }
  }

  #path(resource: "pods" | "events"): string {
    return `/api/v1/namespaces/${this.#cluster.namespace}/${resource}`;
  }

  /** Begins with the log once there is one. */
  #readLog(): void {
    const state = stepState(this.#pod);
    if (this.#log || !this.#pod || !(state?.running ?? state?.terminated)) return;
    const log = followLog(this.#cluster, {
      pod: this.#pod.metadata.name,
      container: CONTAINER,
      onLine: this.#following.onLine,
      signal: this.#stop.signal,
      hasEnded: () => this.#podGone || stepState(this.#pod)?.terminated !== undefined,
    });
    const read = () => {
      this.#logRead = true;
      this.#look();
    };
    this.#log = log.then(read, (error: unknown) => {
      read();
      throw error;
    });
    // Waited for at the end; until then a failure must not end the process.
    this.#log.catch(() => undefined);
  }

  /** After each change: is there something to tell, or nothing more to wait for? */
  #look(): void {
    this.#tellWaiting();
    const ended = this.#podGone || stepState(this.#pod)?.terminated !== undefined;
    const jobOver = this.#jobGone || (this.#job !== undefined && isJobOver(this.#job));
    if (this.#log === undefined) {
      // Without a log there was no container: the Job's own end is all there is to know.
      if (jobOver && (this.#pod === undefined || ended || isOverUnstarted(this.#pod)))
        this.#stop.abort();
    } else if (ended && this.#logRead) {
      if (jobOver) this.#stop.abort();
      else this.#stopWithin(SETTLE_MS);
    }
    // A node that is lost never says that its pod has ended.
    if (jobOver && !this.#stop.signal.aborted) this.#stopWithin(LOST_MS);
  }

  #stopWithin(limitMs: number): void {
    this.#settleTimer ??= setTimeout(() => {
      this.#stop.abort();
    }, limitMs);
  }

  #tellWaiting(): void {
    const waiting = whyWaiting(this.#pod, this.#eventsNow());
    if (waiting === undefined) {
      clearTimeout(this.#stuckTimer);
      this.#stuckTimer = undefined;
      return;
    }
    if (waiting.text !== this.#told) this.#following.report("warn", waiting.text);
    this.#told = waiting.text;
    if (waiting.hope === "yes") return;
    const giveUp = () => {
      this.#stuck = whyWaiting(this.#pod, this.#eventsNow()) ?? waiting;
      this.#stop.abort();
    };
    if (waiting.hope === "no") giveUp();
    else this.#stuckTimer ??= setTimeout(giveUp, this.#following.startLimitMs ?? START_LIMIT_MS);
  }
}

/** A pod that was evicted or rejected by its node before its container began. */
function isOverUnstarted({ status }: Pod): boolean {
  return status?.phase === "Failed" || status?.phase === "Succeeded";
}
