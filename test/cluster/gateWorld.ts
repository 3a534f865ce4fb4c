// What tests of gate, rollback and drain have in a cluster: a database with a ledger, an app of plain Deployments.
import { createHash, randomBytes } from "node:crypto";
import { before, beforeEach } from "mocha";
import { openCluster, type Cluster } from "../../engine/kubernetes/client.ts";
import { readDeployment } from "../../engine/kubernetes/deployment.ts";
import { selectorOf } from "../../engine/kubernetes/objects.ts";
import { listPods, type Pod } from "../../engine/kubernetes/pods.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { targetOf } from "../../provider/ledgerLook.ts";
import {
  APP_FIELD_MANAGER,
  RELEASE_LABEL,
  type GateSettings,
  type HealthGateInputs,
  type KubernetesApp,
  type PodRoute,
  type ReleaseIdentity,
} from "../../provider/schema.ts";
import { applyFiles } from "../integration/engine/run/applyFiles.ts";
import { testCluster, useNamespace } from "../support/cluster.ts";
import { databaseUrl, queryPod, SECURITY, startDatabasePod } from "./databasePod.ts";

const PORT = 8080;

/** Quick, and by the gate's own probes: of eight requests of release 1.2 one fails. */
const SETTINGS: GateSettings = {
  ...{ intervalMs: 2_000, watchMs: 4_000, errorRateLimit: 0.05, failures: 2, minRequests: 8 },
  ...{ probesPerSecond: 30, probePaths: ["/customers"] },
};

/** What differs from release to release, beside the image. */
export interface Rollout {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly replicas?: number;
  /** The Secret with the release's own DATABASE_URL, under `url`. */
  readonly loginSecret?: string;
  /** A container beside the app. */
  readonly sidecar?: string;
  readonly preStopSeconds?: number;
}

/** What a test may set of an app's handle. */
interface HandleParts extends Partial<Pick<KubernetesApp, "image" | "rolloutTimeoutMs">> {
  /** Of another account than the tests' own. */
  readonly kubeconfig?: string;
}

/** One test's app in the shared namespace, with a database of its own. */
export class GateWorld {
  readonly name: string;
  readonly cluster: Cluster;
  readonly kubeconfig: string;
  readonly url: string;
  readonly route: PodRoute;

  constructor(place: Pick<GateWorld, "name" | "cluster" | "kubeconfig">, database: string) {
    this.name = place.name;
    this.cluster = place.cluster;
    this.kubeconfig = place.kubeconfig;
    this.url = databaseUrl(place.cluster.namespace, database);
    this.route = routeOf(place);
  }

  /** A release of this app; the digest is made of the label. */
  release(label: string): ReleaseIdentity {
    const digest = createHash("sha256").update(`${this.name} ${label}`).digest("hex");
    return { label, digest, project: "shop", stack: this.name };
  }

  id(label: string): string {
    const { digest } = this.release(label);
    return releaseId(label, digest);
  }

  async imageOf(label: string, rollout: Rollout = {}): Promise<string> {
    const { images } = await testCluster();
    return rollout.image ?? images.app(label as "1.0");
  }

  /** Applies a release as Pulumi does: server-side, the full set, under the app's manager. */
  async roll(label: string, rollout: Rollout = {}): Promise<void> {
    const manifest = this.#manifest(label, rollout, await this.imageOf(label, rollout));
    await this.cluster.request("PATCH", this.#path, {
      query: { fieldManager: APP_FIELD_MANAGER, force: true },
      body: manifest,
      contentType: "application/apply-patch+yaml",
      doing: "roll out",
    });
  }

  /** What the gate of a release is given. */
  async gateInputs(
    label: string,
    { image, rolloutTimeoutMs, kubeconfig, ...settings }: Partial<GateSettings> & HandleParts = {},
  ): Promise<HealthGateInputs> {
    const release = this.release(label);
    return {
      release,
      digest: release.digest,
      url: this.url,
      route: kubeconfig === undefined ? this.route : routeOf({ cluster: this.cluster, kubeconfig }),
      baseUrl: `http://${this.name}.${this.cluster.namespace}.svc`,
      healthPath: "/health",
      metricsPath: "/metrics",
      settings: { ...SETTINGS, ...settings },
      app: await this.handle(label, {
        ...(image !== undefined && { image }),
        ...(rolloutTimeoutMs !== undefined && { rolloutTimeoutMs }),
        ...(kubeconfig !== undefined && { kubeconfig }),
      }),
    };
  }

  async handle(label: string, parts: HandleParts = {}): Promise<KubernetesApp> {
    return {
      kind: "kubernetes",
      cluster: {
        kubeconfig: parts.kubeconfig ?? this.kubeconfig,
        namespace: this.cluster.namespace,
      },
      deployment: this.name,
      container: "app",
      image: parts.image ?? (await this.imageOf(label)),
      port: PORT,
      rolloutTimeoutMs: parts.rolloutTimeoutMs ?? 60_000,
    };
  }

  /** As a verification ends it. */
  async end(label: string): Promise<void> {
    const { digest } = this.release(label);
    await this.query(
      `update lockstep.release set state = 'verified' where digest = '${digest}' and state = 'active'`,
    );
  }

  deployment() {
    return readDeployment(this.cluster, this.name);
  }

  pods(): Promise<readonly Pod[]> {
    return listPods(this.cluster, { app: this.name });
  }

  /** Where a pod with these labels answers, as this machine reaches it. */
  async address(labels: Readonly<Record<string, string>>): Promise<string> {
    const { core } = await testCluster();
    const labelSelector = selectorOf(labels);
    const { items } = await core.listNamespacedPod({
      ...{ namespace: this.cluster.namespace, labelSelector },
    });
    const live = items.filter(({ metadata }) => !metadata?.deletionTimestamp);
    return live[0]?.status?.podIP ?? "";
  }

  /** As an autoscaler does. */
  async scale(replicas: number): Promise<void> {
    await this.cluster.request("PATCH", `${this.#path}/scale`, {
      query: { fieldManager: "autoscaler" },
      body: { spec: { replicas } },
      contentType: "application/merge-patch+json",
      doing: "scale",
    });
  }

  async deletePod(name: string): Promise<void> {
    const path = `/api/v1/namespaces/${this.cluster.namespace}/pods/${name}`;
    await this.cluster.request("DELETE", path, { doing: "delete a pod" });
  }

  /** Runs a query on this app's database, through the route. */
  async query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return queryPod(this, sql);
  }

  get #path(): string {
    return `/apis/apps/v1/namespaces/${this.cluster.namespace}/deployments/${this.name}`;
  }

  #manifest(label: string, rollout: Rollout, image: string) {
    const { replicas = 2, labels = {}, annotations = {}, env = {}, preStopSeconds = 0 } = rollout;
    const variables = {
      ...{ DATABASE_URL: this.url, LOCKSTEP_RELEASE: this.id(label), HOST: "0.0.0.0" },
      ...{ PORT: String(PORT), ...env },
    };
    const secret = rollout.loginSecret;
    const own = { valueFrom: { secretKeyRef: { name: secret, key: "url" } } };
    const health = { httpGet: { path: "/health", port: PORT } };
    const app = {
      name: "app",
      image,
      imagePullPolicy: "IfNotPresent",
      ...(rollout.command && { command: rollout.command }),
      env: Object.entries(variables).map(([name, value]) =>
        secret !== undefined && name === "DATABASE_URL" ? { name, ...own } : { name, value },
      ),
      ports: [{ name: "http", containerPort: PORT }],
      readinessProbe: { ...health, periodSeconds: 1 },
      securityContext: SECURITY,
      ...(preStopSeconds > 0 && { lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } } }),
    };
    const sidecar = rollout.sidecar && {
      name: rollout.sidecar,
      image,
      command: ["sleep", "infinity"],
      securityContext: SECURITY,
    };
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: this.name, labels: { app: this.name, ...labels }, annotations },
      spec: {
        replicas,
        selector: { matchLabels: { app: this.name } },
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: "100%" } },
        template: {
          metadata: {
            labels: { app: this.name, [RELEASE_LABEL]: this.id(label), ...labels },
            annotations,
          },
          spec: {
            terminationGracePeriodSeconds: preStopSeconds + 1,
            containers: [app, ...(sidecar ? [sidecar] : [])],
          },
        },
      },
    };
  }
}

/** Call it in a `describe`: a namespace with a database server, and for each test an app with a database of its own. */
export function useGateWorld(prefix: string): () => GateWorld {
  const namespace = useNamespace(prefix);
  let place: Pick<GateWorld, "cluster" | "kubeconfig">;
  let world: GateWorld;
  before(async () => {
    const { kubeconfig, images } = await testCluster();
    const cluster = await openCluster({ kubeconfig, namespace: namespace.name });
    place = { kubeconfig, cluster };
    await startDatabasePod(cluster, images.postgres);
  });
  beforeEach(async () => {
    const name = `app-${randomBytes(3).toString("hex")}`;
    const database = name.replace("-", "_");
    const { cluster } = place;
    const server = { url: databaseUrl(cluster.namespace, "postgres"), route: routeOf(place) };
    await queryPod(server, `create database ${database}`);
    world = new GateWorld({ ...place, name }, database);
    const dial = targetOf(world.url, world.route).dial;
    // The ledger, and what the example's releases use.
    await applyFiles(world.url, WORLD_FILES, { ...(dial && { dial }) });
  });
  return () => world;
}

/** What is applied in each test's database. */
export const WORLD_FILES = {
  "01_customers_up.sql": `create table customers (id bigint generated always as identity primary key, name text,
  email text, phone text, contact_phone text, revision int not null default 0,
  created_at timestamptz not null default now(), updated_at timestamptz);`,
};

function routeOf({ cluster, kubeconfig }: Pick<GateWorld, "cluster" | "kubeconfig">): PodRoute {
  const { namespace } = cluster;
  return { cluster: { kubeconfig, namespace }, podLabels: { role: "database" }, port: 5432 };
}
