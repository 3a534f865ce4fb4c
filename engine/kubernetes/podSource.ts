// What a gate asks a release in a cluster: each of its pods, through the API server.
import { isLockstepError } from "../errors/lockstepError.ts";
import type { GetOptions, HttpGet, HttpResult } from "../health/httpGet.ts";
import type { InstanceHealth } from "../health/judge.ts";
import { askHealth, askMetrics, type AskOptions } from "../health/observe.ts";
import type { Reading, ReadOptions } from "../health/requests.ts";
import type { AppSource } from "../health/source.ts";
import type { UsageSample } from "../health/vitals.ts";
import type { Readings } from "../health/window.ts";
import { apiStatus } from "./clusterError.ts";
import { findFault } from "./podFaults.ts";
import { podUsage, readPodMetrics } from "./podMetrics.ts";
import { PodProxy } from "./podProxy.ts";
import { isReady, type Pod } from "./pods.ts";
import { releaseOf, viewRollout, type ClusterApp, type RolloutView } from "./releasePods.ts";
import { livePods } from "./rolloutStatus.ts";

/** A view this old is good enough to choose a pod by; after a failure a newer one is taken, ms. */
const VIEW_MS = 1_000;
const NEW_VIEW_MS = 250;

/** Where a release's pods answer. */
export interface PodPaths {
  readonly releaseId: string;
  readonly healthPath: string;
  readonly metricsPath: string;
}

/**
 * Asks the pods of one release. A pod that is being ended, or has not come up yet, is left out: it takes
 * no requests. One that was up and is not any more is down. Its answers throw only where the API server
 * does not let us ask (LockstepError CLUSTER).
 */
export class PodSource implements AppSource {
  readonly #app: ClusterApp;
  readonly #paths: PodPaths;
  readonly #proxy: PodProxy;
  /** By uid: how often the app's container had been started again when the pod was seen ready. */
  readonly #wasReady = new Map<string, number>();
  #view: { readonly at: number; readonly view: Promise<RolloutView> } | undefined;
  #turn = 0;

  constructor(app: ClusterApp, paths: PodPaths) {
    this.#app = app;
    this.#paths = paths;
    this.#proxy = new PodProxy(app.cluster);
  }

  /** Closes the connections. */
  close(): void {
    this.#proxy.close();
  }

  async askHealth(ask: AskOptions): Promise<readonly InstanceHealth[]> {
    const view = await this.#look(NEW_VIEW_MS, ask.signal);
    if (typeof view === "string") return [{ health: { kind: "unknown", detail: view } }];
    const other = otherRelease(view, this.#app, this.#paths.releaseId);
    if (other !== undefined) {
      return [{ health: { kind: "answered", status: 200, release: other } }];
    }
    const mine = livePods(view, this.#app, this.#paths.releaseId);
    const answers = await Promise.all(mine.map((pod) => this.#askPod(pod, ask)));
    const seen = answers.filter((answer) => answer !== undefined);
    return seen.length > 0 ? seen : [{ health: { kind: "unknown", detail: NONE_READY } }];
  }

  async askMetrics(counters: ReadOptions, ask: AskOptions): Promise<Readings | string> {
    const view = await this.#look(NEW_VIEW_MS, ask.signal);
    if (typeof view === "string") return view;
    const { healthPath, metricsPath, releaseId } = this.#paths;
    const addresses = { healthUrl: healthPath, metricsUrl: metricsPath };
    const ready = livePods(view, this.#app, releaseId).filter(isReady);
    const readings = await Promise.all(
      ready.map(async (pod): Promise<[string, Reading | string] | undefined> => {
        const reading = await askMetrics(this.#getFrom(pod), addresses, { ...ask, counters });
        if (typeof reading !== "string") return [this.#seriesOf(pod), reading];
        if ((await this.#standing(pod, ask.signal)) === "gone") return undefined;
        return [this.#seriesOf(pod), `pod ${pod.metadata.name}: ${reading}`];
      }),
    );
    const found = readings.filter((reading) => reading !== undefined);
    return found.length > 0 ? new Map(found) : NONE_READY;
  }

  async askUsage(ask: AskOptions): Promise<readonly UsageSample[] | string> {
    const view = await this.#look(VIEW_MS, ask.signal);
    if (typeof view === "string") return view;
    const ready = livePods(view, this.#app, this.#paths.releaseId).filter(isReady);
    if (ready.length === 0) return NONE_READY;
    const { cluster, releaseLabel } = this.#app;
    const labels = { [releaseLabel]: this.#paths.releaseId };
    const items = await readPodMetrics(cluster, labels, ask);
    if (typeof items === "string") return items;
    return podUsage(items, new Set(ready.map((pod) => pod.metadata.name)));
  }

  readonly get: HttpGet = async (path, options) => {
    const view = await this.#look(VIEW_MS, options.signal);
    if (typeof view === "string") return { ok: false, down: false, detail: view };
    const ready = livePods(view, this.#app, this.#paths.releaseId).filter(isReady);
    const pod = ready[this.#turn++ % Math.max(1, ready.length)];
    if (!pod) return { ok: false, down: false, detail: NONE_READY };
    return this.#getFrom(pod)(path, options);
  };

  async #askPod(pod: Pod, ask: AskOptions): Promise<InstanceHealth | undefined> {
    const instance = `pod ${pod.metadata.name}`;
    const { uid } = pod.metadata;
    const restarts = restartsOf(pod, this.#app);
    const before = this.#wasReady.get(uid);
    if (before !== undefined && restarts > before) {
      if (isReady(pod)) this.#wasReady.set(uid, restarts);
      const detail = "its container ended and was started again";
      return { instance, health: { kind: "down", detail: findFault(pod)?.text ?? detail } };
    }
    if (isReady(pod)) {
      this.#wasReady.set(uid, restarts);
      return this.#askReady(pod, ask);
    }
    const fault = findFault(pod);
    if (fault === undefined || (before === undefined && !fault.hasCrashed)) return undefined;
    const kind = isNodeLost(pod, this.#app) ? "unknown" : "down";
    return { instance, health: { kind, detail: fault.text } };
  }

  async #askReady(pod: Pod, ask: AskOptions): Promise<InstanceHealth | undefined> {
    const health = await askHealth(this.#getFrom(pod), this.#paths.healthPath, ask);
    if (health.kind === "down" && (await this.#standing(pod, ask.signal)) === "gone") {
      return undefined;
    }
    return { instance: `pod ${pod.metadata.name}`, health };
  }

  /** GETs from one pod; a failure counts only while the pod is there and takes requests. */
  #getFrom(pod: Pod): HttpGet {
    const port = { pod: pod.metadata.name, port: this.#app.port };
    return async (path: string, options: GetOptions): Promise<HttpResult> => {
      const result = await this.#proxy.get(port, path, options);
      if (result.ok || !result.down) return result;
      const standing = await this.#standing(pod, options.signal);
      return { ...result, down: standing === "ready" };
    };
  }

  /** Whether a pod that failed us takes requests at all. */
  async #standing(
    pod: Pod,
    signal: AbortSignal | undefined,
  ): Promise<"ready" | "gone" | "unknown"> {
    const view = await this.#look(NEW_VIEW_MS, signal);
    if (typeof view === "string") return "unknown";
    const now = livePods(view, this.#app, this.#paths.releaseId).find(
      (one) => one.metadata.uid === pod.metadata.uid,
    );
    if (now === undefined) return "gone";
    return isReady(now) ? "ready" : "unknown";
  }

  /** One series of counters: a container that was started again counts from 0. */
  #seriesOf(pod: Pod): string {
    return `${pod.metadata.uid}/${String(restartsOf(pod, this.#app))}`;
  }

  /** A view at most `maxAgeMs` old; a string says why there is none. */
  async #look(maxAgeMs: number, signal: AbortSignal | undefined): Promise<RolloutView | string> {
    const now = performance.now();
    if (!this.#view || now - this.#view.at > maxAgeMs) {
      const view = viewRollout(this.#app, signal);
      view.catch(() => (this.#view = undefined));
      this.#view = { at: now, view };
    }
    try {
      return await this.#view.view;
    } catch (error) {
      const code = apiStatus(error)?.code;
      if (code === 401 || code === 403) throw error;
      return isLockstepError(error) ? error.message : String(error);
    }
  }
}

const NONE_READY = "none of its pods is ready";

/** The release that the Deployment holds in place of `releaseId`. */
function otherRelease(
  { deployment }: RolloutView,
  app: ClusterApp,
  releaseId: string,
): string | undefined {
  if (!deployment) return undefined;
  const held = releaseOf(deployment.spec.template, app) ?? "none of lockstep's";
  return held === releaseId ? undefined : held;
}

function statusOf(pod: Pod, { container }: ClusterApp) {
  return pod.status?.containerStatuses?.find((one) => one.name === container);
}

function restartsOf(pod: Pod, app: ClusterApp): number {
  return statusOf(pod, app)?.restartCount ?? 0;
}

/** The node's controller takes the pod out, while its kubelet has not said that the container is unwell. */
function isNodeLost(pod: Pod, app: ClusterApp): boolean {
  return !isReady(pod) && statusOf(pod, app)?.ready === true;
}
