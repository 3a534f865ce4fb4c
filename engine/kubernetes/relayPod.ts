// A short-lived pod that relays to a database which the cluster reaches and this machine does not.
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { openCluster, type Cluster } from "./client.ts";
import { isStatus } from "./clusterError.ts";
import type { ClusterInput } from "./kubeConfig.ts";
import { findFault } from "./podFaults.ts";
import { openPodTunnel } from "./podRoute.ts";
import { isOver, podsPath, type Pod } from "./pods.ts";
import { strategicMerge, type Manifest } from "./strategicMerge.ts";

/** The pod to start. */
export interface RelaySpec {
  readonly cluster: ClusterInput;
  /** The runner's image. */
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  /** Kubernetes' own form. */
  readonly resources: Manifest;
  /** Laid over the pod's template. */
  readonly podTemplate?: Manifest;
  /** The database's address as the cluster knows it. */
  readonly host: string;
  readonly port: number;
}

/** The port within the pod, on its loopback: only port forwarding leads to it. */
const PORT = 5432;
/** The uid that the runner's image has. */
const UID = 1000;
/** The cluster ends the pod after this long, whatever became of us, s. */
const DEADLINE_SECONDS = 4 * 3600;
/** How long it may take to start, image pull included, ms. */
const START_MS = 180_000;
const POLL_MS = 500;

/** Starts its pod when it is first needed, again where it is gone, and ends it. */
export class RelayPod {
  readonly #spec: RelaySpec;
  readonly #report: Report;
  #started: Promise<{ readonly cluster: Cluster; readonly pod: string }> | undefined;

  constructor(spec: RelaySpec, report: Report) {
    this.#spec = spec;
    this.#report = report;
  }

  /**
   * A stream to the database.
   * @throws LockstepError CONNECTION where the pod does not come up; CLUSTER.
   */
  async dial(): Promise<Duplex> {
    this.#started ??= this.#start();
    this.#started.catch(() => (this.#started = undefined));
    const { cluster, pod } = await this.#started;
    try {
      return await openPodTunnel(cluster, { pod, port: PORT });
    } catch (error) {
      // Evicted, or past its deadline: the next call starts another.
      this.#started = undefined;
      throw error;
    }
  }

  /** Deletes the pod, where there is one. Never throws: the pod ends by itself too. */
  async end(): Promise<void> {
    const started = await this.#started?.catch(() => undefined);
    this.#started = undefined;
    if (started) await remove(started.cluster, started.pod).catch(() => undefined);
  }

  async #start() {
    const { host, port } = this.#spec;
    const cluster = await openCluster(this.#spec.cluster);
    this.#report("info", `${host}:${String(port)} is not reached from here: going by a pod`);
    const path = podsPath(cluster);
    const doing = "start the relay's pod";
    const { metadata } = await cluster.request<Pod>("POST", path, {
      body: planPod(this.#spec),
      doing,
    });
    try {
      await this.#awaitListening(cluster, metadata.name);
      return { cluster, pod: metadata.name };
    } catch (error) {
      await remove(cluster, metadata.name).catch(() => undefined);
      throw error;
    }
  }

  async #awaitListening(cluster: Cluster, name: string): Promise<void> {
    const path = `${podsPath(cluster)}/${name}`;
    const started = performance.now();
    for (;;) {
      const pod = await cluster.request<Pod>("GET", path, { doing: `read the pod ${name}` });
      if (pod.status?.containerStatuses?.[0]?.state?.running && (await isListening(cluster, path)))
        return;
      const fault = findFault(pod);
      if (isOver(pod) || fault?.isCertain || performance.now() - started > START_MS) {
        throw new LockstepError("CONNECTION", "The relay to the database does not come up", {
          where: `pod ${name} in namespace ${cluster.namespace}`,
          seen: fault?.text ?? pod.status?.phase ?? "no state",
          likely: "the runner's image cannot be pulled, or a policy forbids the pod",
          next: `run \`pulumi up\` where the database is reached directly, or mend lockstep:kubernetes.runnerImage`,
        });
      }
      this.#report("progress", `starting a relay: ${fault?.text ?? "almost there"}`);
      await delay(POLL_MS);
    }
  }
}

async function isListening(cluster: Cluster, path: string): Promise<boolean> {
  try {
    const log = await cluster.request<unknown>("GET", `${path}/log`, { doing: "read its log" });
    return String(log).includes("listening on port");
  } catch (error) {
    // The kubelet has no log yet.
    if (isStatus(error, 400) || isStatus(error, 404) || isStatus(error, 500)) return false;
    throw error;
  }
}

async function remove(cluster: Cluster, pod: string): Promise<void> {
  const path = `${podsPath(cluster)}/${pod}`;
  const query = { gracePeriodSeconds: 1 };
  await cluster.request("DELETE", path, { query, doing: `delete the pod ${pod}` });
}

/** The pod: no rights, no token, nothing to write to, and no secret. */
function planPod(spec: RelaySpec): Manifest {
  const { host, port, image, imagePullSecrets, resources, podTemplate = {} } = spec;
  const to = `${host.includes(":") ? `[${host}]` : host}:${String(port)}`;
  const template = {
    metadata: {
      labels: {
        "app.kubernetes.io/name": "lockstep",
        "app.kubernetes.io/component": "relay",
        "app.kubernetes.io/managed-by": "lockstep",
      },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: UID, runAsGroup: UID },
        seccompProfile: { type: "RuntimeDefault" },
      },
      imagePullSecrets: imagePullSecrets.map((name) => ({ name })),
      containers: [
        {
          name: "lockstep",
          image,
          args: ["relay"],
          env: [
            { name: "LOCKSTEP_RELAY_TO", value: to },
            { name: "LOCKSTEP_RELAY_PORT", value: String(PORT) },
          ],
          resources,
          securityContext: {
            ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
  const merged = strategicMerge(template, podTemplate);
  const metadata = { ...(merged.metadata as Manifest), generateName: "lockstep-relay-" };
  const life = { restartPolicy: "Never", activeDeadlineSeconds: DEADLINE_SECONDS };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: { ...(merged.spec as Manifest), ...life },
  };
}
