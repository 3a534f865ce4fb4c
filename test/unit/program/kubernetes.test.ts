// Tests of the program for a stack on a cluster: what it registers, in which order, and with which inputs.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { types } from "@pulumi/kubernetes";
import { releaseLogin } from "../../../engine/fence/releaseLogin.ts";
import {
  APP_FIELD_MANAGER,
  RELEASE_LABEL,
  type DatabaseSecretInputs,
  type KubernetesExecutor,
  type ReleaseIdentity,
} from "../../../provider/schema.ts";
import {
  before,
  find,
  plainText,
  secretOf,
  UNKNOWN,
  valueOf,
  type Recording,
  type RunOptions,
} from "../components/record.ts";
import { FILES, runProgram } from "./stack.ts";

const IMAGE = `registry.example/shop:1.1@sha256:${"a".repeat(64)}`;
const RUNNER = "registry.example/runner:1";
const CONFIG: Readonly<Record<string, unknown>> = {
  "lockstep:release": "1.1",
  "lockstep:platform": "kubernetes",
  "lockstep:app": { image: IMAGE, port: 8080 },
  "lockstep:kubernetes": { runnerImage: RUNNER },
};
const URL_TEXT = "postgres://app:geheim@db.example/shop?sslmode=verify-full";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment app-deployment";
const PROVIDER = "pulumi:providers:kubernetes cluster-provider";

const KEY = "DATABASE_URL";
const ROUTE = {
  cluster: { namespace: "shop-dev" },
  podLabels: {
    "app.kubernetes.io/name": "shop",
    "app.kubernetes.io/instance": "dev",
    "app.kubernetes.io/component": "database",
  },
  port: 5432,
};
const PROBES = ["startupProbe", "readinessProbe", "livenessProbe"] as const;

type Deployment = types.output.apps.v1.Deployment;
type StatefulSet = types.output.apps.v1.StatefulSet;
type ConfigMap = types.output.core.v1.ConfigMap;
type Secret = types.output.core.v1.Secret;
const CLUSTER = [
  "lockstep:components:Cluster cluster",
  "pulumi:providers:kubernetes cluster-provider",
  "pulumi:providers:kubernetes cluster-namespaces",
  "kubernetes:core/v1:Namespace cluster-namespace",
  "kubernetes:core/v1:ConfigMap cluster-migrations",
  "kubernetes:core/v1:PersistentVolumeClaim cluster-backups",
];
const DATABASE = [
  "lockstep:components:Database database",
  "lockstep:index:DatabaseSecret database-secret",
  "kubernetes:core/v1:Service database-service",
  "kubernetes:apps/v1:StatefulSet database-server",
];
const RELEASE = [
  "lockstep:components:Release release",
  "lockstep:components:Admission admission",
  "lockstep:index:Admission admission-check",
  "lockstep:components:Migration expand",
  "lockstep:index:Step expand-step",
  "lockstep:components:Application app",
  "lockstep:index:Rollout app-rollout",
  "kubernetes:core/v1:ServiceAccount app-account",
  "kubernetes:core/v1:Service app-service",
  "kubernetes:policy/v1:PodDisruptionBudget app-budget",
  "kubernetes:apps/v1:Deployment app-deployment",
  "lockstep:components:HealthGate gate",
  "lockstep:index:HealthGate gate-watch",
  "lockstep:components:Verification verification",
  "lockstep:index:Step verification-step",
];

const ids = (recording: Recording<unknown>) => recording.registrations.map(({ id }) => id);
const run = (options: RunOptions = {}) => runProgram({ config: CONFIG, ...options });
const withBlock = (block: Readonly<Record<string, unknown>>, rest = {}) => ({
  config: { ...CONFIG, "lockstep:kubernetes": { runnerImage: RUNNER, ...block }, ...rest },
});
/** What was sent for `id`; the tests say what it should look like. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- spares a cast at each use
const inputsOf = <T>(recording: Recording<unknown>, id: string) =>
  find(recording, id).inputs as unknown as T;
type Sent = Readonly<Record<string, unknown>>;
interface StepSent {
  readonly executor: KubernetesExecutor;
  readonly url: unknown;
  readonly route: unknown;
}
interface RolloutSent {
  readonly login: unknown;
  readonly release: ReleaseIdentity;
}
const stepOf = (recording: Recording<unknown>) =>
  inputsOf<StepSent>(recording, "lockstep:index:Step expand-step");
const deploymentOf = (recording: Recording<unknown>) => inputsOf<Deployment>(recording, DEPLOYMENT);

/** The app's pod template, and its first container. */
function appPods(recording: Recording<unknown>) {
  const { template } = deploymentOf(recording).spec;
  return { template, pod: template.spec, container: template.spec.containers[0]! };
}

/** Where the app's DATABASE_URL comes from. */
function appDatabase(recording: Recording<unknown>): unknown {
  const { env } = appPods(recording).container;
  return env.find(({ name }) => name === "DATABASE_URL")?.valueFrom.secretKeyRef;
}

describe("the program on a cluster", () => {
  for (const preview of [true, false]) {
    const mode = preview ? "a preview" : "an up";

    it(`registers exactly the release, in ${mode}`, async () => {
      const recording = await run({ preview });
      const expected = [...CLUSTER, ...DATABASE, ...RELEASE];
      assert.deepEqual(ids(recording).toSorted(), expected.toSorted());
    });

    it(`lets nothing start before what it needs, in ${mode}`, async () => {
      const recording = await run({ preview });
      const order = [
        "kubernetes:core/v1:Namespace cluster-namespace",
        "lockstep:index:DatabaseSecret database-secret",
        "kubernetes:apps/v1:StatefulSet database-server",
        "lockstep:index:Admission admission-check",
        "lockstep:index:Step expand-step",
        "lockstep:index:Rollout app-rollout",
        DEPLOYMENT,
        "lockstep:index:HealthGate gate-watch",
        "lockstep:index:Step verification-step",
      ];
      for (const [index, id] of order.entries()) {
        const earlier = before(recording, id);
        for (const other of order.slice(0, index)) assert.ok(earlier.has(other), `${id} ${other}`);
        for (const other of order.slice(index)) assert.ok(!earlier.has(other), `${id} ${other}`);
      }
      const job = before(recording, "lockstep:index:Step expand-step");
      for (const id of CLUSTER) assert.ok(job.has(id) || id.startsWith("lockstep:"), id);
    });

    it(`sends native resources to the stack's own provider, in ${mode}`, async () => {
      const recording = await run({ preview });
      const native = recording.registrations.filter(({ id }) => id.startsWith("kubernetes:"));
      assert.equal(native.length, 9);
      const others = native.filter(({ provider }) => provider !== PROVIDER);
      assert.deepEqual(
        others.map(({ id }) => id),
        ["kubernetes:core/v1:Namespace cluster-namespace"],
      );
    });
  }

  it("knows the whole Deployment in the first preview, but for what is secret", async () => {
    const [preview, up] = [await run({ preview: true }), await run()];
    const told = (recording: Recording<unknown>) => {
      const inputs = structuredClone(deploymentOf(recording));
      return JSON.stringify(inputs, (key, value: unknown) =>
        key === "lockstep.dev/secrets" ? undefined : value,
      );
    };
    assert.equal(told(preview), told(up));
    assert.doesNotMatch(told(preview), new RegExp(UNKNOWN));
  });
});

describe("a stack's place in a cluster", () => {
  it("is reached as the config says, with server-side apply", async () => {
    const block = { kubeconfig: "cluster.yaml", context: "kind" };
    const { kubeconfig, context, namespace, ...rest } = inputsOf<Sent>(
      await run(withBlock(block)),
      PROVIDER,
    );
    assert.deepEqual([kubeconfig, context, namespace], ["cluster.yaml", "kind", "shop-dev"]);
    assert.equal(rest.enableServerSideApply, "true");
    assert.equal(rest.enableSecretMutable, "true");
  });

  it("takes over what is there already, but no namespace", async () => {
    const recording = await run();
    const upsert = (id: string | undefined) =>
      inputsOf<Sent>(recording, id ?? "").upsertExistingObjects;
    const { provider } = find(recording, "kubernetes:core/v1:Namespace cluster-namespace");
    assert.deepEqual([upsert(PROVIDER), upsert(provider)], ["true", "false"]);
  });

  it("is a namespace of its own, with a name made of project and stack", async () => {
    const recording = await run();
    const { metadata } = inputsOf<types.output.core.v1.Namespace>(
      recording,
      "kubernetes:core/v1:Namespace cluster-namespace",
    );
    assert.equal(metadata.name, "shop-dev");
    assert.equal(metadata.labels["pod-security.kubernetes.io/enforce"], "baseline");
  });

  it("may be one that is there", async () => {
    const block = { namespace: { name: "team-a", create: false }, name: "vault" };
    const recording = await run(withBlock(block));
    assert.ok(!ids(recording).includes("kubernetes:core/v1:Namespace cluster-namespace"));
    const { metadata } = deploymentOf(recording);
    assert.deepEqual([metadata.name, metadata.namespace], ["vault", "team-a"]);
  });

  it("keeps what holds data everywhere but on dev", async () => {
    const holding = [
      "kubernetes:core/v1:Namespace cluster-namespace",
      "kubernetes:core/v1:PersistentVolumeClaim cluster-backups",
      "kubernetes:apps/v1:StatefulSet database-server",
      "lockstep:index:DatabaseSecret database-secret",
    ];
    const [dev, staging] = [await run(), await run({ stack: "staging" })];
    for (const id of holding) {
      const kept = (recording: Recording<unknown>) => {
        const { protect, retainOnDelete } = find(recording, id);
        return [protect, retainOnDelete];
      };
      assert.deepEqual(kept(dev), [false, false], id);
      assert.deepEqual(kept(staging), [true, true], id);
    }
    const policy = (recording: Recording<unknown>) =>
      inputsOf<StatefulSet>(recording, "kubernetes:apps/v1:StatefulSet database-server").spec
        .persistentVolumeClaimRetentionPolicy.whenDeleted;
    assert.deepEqual([policy(dev), policy(staging)], ["Delete", "Retain"]);
  });

  it("goes with its namespace on dev, and nowhere else", async () => {
    const namespace = "kubernetes:core/v1:Namespace cluster-namespace";
    const goesWith = async (options: RunOptions) => {
      const { registrations } = await run(options);
      const native = registrations.filter(({ id }) => id.startsWith("kubernetes:"));
      const others = native.filter(({ id }) => id !== namespace);
      return new Set(others.map(({ deletedWith }) => deletedWith));
    };
    assert.deepEqual(await goesWith({}), new Set([namespace]));
    assert.deepEqual(await goesWith({ stack: "staging" }), new Set([undefined]));
  });

  it("leaves the backups in a namespace that is not its own, where finished Jobs hold their volume", async () => {
    const block = { namespace: { name: "team-a", create: false } };
    const recording = await run(withBlock(block));
    const id = "kubernetes:core/v1:PersistentVolumeClaim cluster-backups";
    const { protect, retainOnDelete, deletedWith } = find(recording, id);
    assert.deepEqual([protect, retainOnDelete, deletedWith], [false, true, undefined]);
  });

  it("holds the migrations in an immutable ConfigMap named by its content", async () => {
    const recording = await run();
    const id = "kubernetes:core/v1:ConfigMap cluster-migrations";
    const { metadata, binaryData, immutable } = inputsOf<ConfigMap>(recording, id);
    assert.equal(immutable, true);
    const archive = Buffer.from(binaryData["migrations.tar.gz"] ?? "", "base64");
    const digest = createHash("sha256").update(archive).digest("hex").slice(0, 12);
    assert.equal(metadata.name, `shop-migrations-${digest}`);
    const other = await runProgram(
      { config: CONFIG },
      { ...FILES, "migrations/02_add_c_up.sql": "ALTER TABLE a ADD COLUMN c int;\n" },
    );
    assert.notEqual(inputsOf<ConfigMap>(other, id).metadata.name, metadata.name);
  });

  it("needs no ConfigMap where an image has the migrations, and no volume where no step takes a backup", async () => {
    const image = `registry.example/migrations@sha256:${"b".repeat(64)}`;
    const rest = { "lockstep:backup": { before: [] } };
    const recording = await run(withBlock({ migrationsImage: image }, rest));
    const made = ids(recording).filter((id) => /ConfigMap|PersistentVolumeClaim/.test(id));
    assert.deepEqual(made, []);
    const { executor } = stepOf(recording);
    assert.equal(executor.image, image);
    assert.ok(!("migrationsConfigMap" in executor) && !("backupClaim" in executor));
  });
});

describe("the store of backups on a cluster", () => {
  const key = "ab".repeat(32);
  const store = { bucket: "s3://shop/x", endpoint: "https://s3.example", key };
  const secret = "kubernetes:core/v1:Secret cluster-backup-store";
  const told = (backup: unknown) => ({
    config: { ...CONFIG, "lockstep:backup": backup },
    secretKeys: ["lockstep:backup"],
  });

  it("is a Secret that backups' Jobs have as their environment, in the volume's place", async () => {
    const recording = await run(told(store));
    const { metadata, stringData } = inputsOf<Secret & { stringData: unknown }>(recording, secret);
    assert.equal(metadata.name, "shop-backups");
    assert.deepEqual(
      stringData,
      secretOf({
        LOCKSTEP_BACKUP_KEY: key,
        LOCKSTEP_BACKUPS: "s3://shop/x",
        AWS_ENDPOINT_URL_S3: "https://s3.example",
      }),
    );
    assert.ok(!plainText(recording).includes(key));
    const { executor } = stepOf(recording);
    assert.equal(executor.backupSecret, "shop-backups");
    assert.ok(!("backupClaim" in executor));
    assert.ok(!ids(recording).some((id) => id.includes("PersistentVolumeClaim")));
  });

  it("keeps the volume where there is only a key", async () => {
    const { executor } = stepOf(await run(told({ key })));
    assert.deepEqual(
      [executor.backupClaim, executor.backupSecret],
      ["shop-backups", "shop-backups"],
    );
    assert.ok(!("backupSecret" in stepOf(await run()).executor));
  });
});

describe("a step on a cluster", () => {
  it("is a Job with all that it needs, and no secret in plain text", async () => {
    const recording = await run();
    const { executor, url, route } = stepOf(recording);
    const { metadata } = inputsOf<types.output.core.v1.ConfigMap>(
      recording,
      "kubernetes:core/v1:ConfigMap cluster-migrations",
    );
    assert.deepEqual(executor, {
      kind: "kubernetes",
      cluster: { namespace: "shop-dev" },
      image: RUNNER,
      imagePullSecrets: [],
      databaseSecret: { name: "shop-database", key: "DATABASE_URL" },
      migrationsConfigMap: metadata.name,
      backupClaim: "shop-backups",
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
      deadlineMs: 14_400_000,
      keepReleases: 3,
    });
    assert.deepEqual(url, secretOf("postgres://app:pw@shop-database.ns.svc:5432/app"));
    assert.deepEqual(route, ROUTE);
  });

  it("takes what the config says of Jobs", async () => {
    const podTemplate = { spec: { nodeSelector: { disk: "ssd" } } };
    const jobs = { deadline: "1h", keep: 1, resources: { limits: { cpu: "1" } }, podTemplate };
    const block = { jobs, imagePullSecrets: ["pull"], backups: { claim: "nfs" }, context: "kind" };
    const recording = await run(withBlock(block));
    const { executor } = stepOf(recording);
    const { migrationsConfigMap: _, databaseSecret: __, image: ___, ...told } = executor;
    assert.deepEqual(told, {
      kind: "kubernetes",
      cluster: { context: "kind", namespace: "shop-dev" },
      imagePullSecrets: ["pull"],
      backupClaim: "nfs",
      resources: { limits: { cpu: "1" } },
      deadlineMs: 3_600_000,
      keepReleases: 1,
      podTemplate,
    });
  });
});

describe("a stack's database on a cluster", () => {
  const database = (block: Readonly<Record<string, unknown>>) => ({
    config: { ...CONFIG, "lockstep:database": block },
    secretKeys: ["lockstep:database"],
  });

  it("is one pod with a volume, without rights, reached by port forwarding", async () => {
    const recording = await run();
    const id = "kubernetes:apps/v1:StatefulSet database-server";
    const { metadata, spec } = inputsOf<StatefulSet>(recording, id);
    assert.equal(metadata.name, "shop-database");
    const pod = spec.template.spec;
    assert.equal(pod.automountServiceAccountToken, false);
    assert.equal(pod.securityContext.runAsNonRoot, true);
    const [container] = pod.containers;
    assert.equal(container?.securityContext.readOnlyRootFilesystem, true);
    assert.deepEqual(container.securityContext.capabilities, { drop: ["ALL"] });
    assert.ok(container.resources.limits.memory);
    for (const probe of PROBES) {
      assert.match(String(container[probe].exec.command), /pg_isready.*127\.0\.0\.1/);
    }
    assert.deepEqual(spec.selector.matchLabels, ROUTE.podLabels);
    assert.deepEqual(spec.template.metadata.labels["app.kubernetes.io/component"], "database");
    const gate = inputsOf<Sent>(recording, "lockstep:index:HealthGate gate-watch");
    assert.deepEqual(gate.route, ROUTE);
  });

  it("has its password in a Secret that is made for it", async () => {
    const { cluster, name, key, server } = inputsOf<DatabaseSecretInputs>(
      await run(),
      "lockstep:index:DatabaseSecret database-secret",
    );
    assert.deepEqual([cluster, name, key], [{ namespace: "shop-dev" }, "shop-database", KEY]);
    assert.equal(server?.host, "shop-database.shop-dev.svc");
  });

  it("may be an external one, whose URL goes into a Secret and nowhere else", async () => {
    const recording = await run(database({ url: URL_TEXT }));
    const made = ids(recording).filter((id) => id.endsWith(" database-secret"));
    assert.deepEqual(made, ["kubernetes:core/v1:Secret database-secret"]);
    const { metadata, stringData } = inputsOf<Secret>(recording, made[0] ?? "");
    assert.equal(metadata.name, "shop-database");
    assert.deepEqual(stringData, secretOf({ [KEY]: URL_TEXT }));
    const { route, executor } = stepOf(recording);
    assert.deepEqual(route, {
      cluster: { namespace: "shop-dev" },
      deployment: "shop",
      relay: {
        image: RUNNER,
        imagePullSecrets: [],
        resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      },
    });
    assert.deepEqual(executor.databaseSecret, { name: "shop-database", key: KEY });
    assert.doesNotMatch(plainText(recording), /geheim/);
  });

  it("may be behind a pooler, which only the app goes through", async () => {
    const pooled = "postgres://u:geheim@pooler.example/shop";
    const recording = await run(database({ url: pooled, directUrl: URL_TEXT }));
    const { stringData } = inputsOf<Secret>(recording, "kubernetes:core/v1:Secret database-secret");
    assert.deepEqual(stringData, secretOf({ [KEY]: pooled, DIRECT_URL: URL_TEXT }));
    const { executor, url } = stepOf(recording);
    assert.deepEqual(url, secretOf(URL_TEXT));
    assert.deepEqual(executor.databaseSecret, { name: "shop-database", key: "DIRECT_URL" });
    assert.deepEqual(appDatabase(recording), { name: "shop-database", key: KEY });
    assert.doesNotMatch(plainText(recording), /geheim/);
  });

  it("gives each release's pods a login of their own, from a Secret that the plugin writes", async () => {
    const url = "postgres://shop_app:geheim@pooler.example/shop";
    const recording = await runProgram({
      config: {
        ...CONFIG,
        "lockstep:database": { url, directUrl: URL_TEXT },
        "lockstep:app": { image: IMAGE, port: 8080, secretEnv: { DATABASE_URL: url } },
        "lockstep:drain": { fence: "role" },
      },
      secretKeys: ["lockstep:database", "lockstep:app"],
    });
    const { login, release } = inputsOf<RolloutSent>(
      recording,
      "lockstep:index:Rollout app-rollout",
    );
    const name = `shop-login-${release.digest.slice(0, 12)}`;
    const owner = { ...release, stack: "dev", project: "shop" };
    const { labels } = deploymentOf(recording).metadata;
    const { "app.kubernetes.io/component": _, ...common } = labels;
    const cluster = { namespace: "shop-dev" };
    const secret = { cluster, base: "shop-login", key: KEY, labels: common };
    assert.deepEqual(login, secretOf({ login: releaseLogin(url, owner), secret }));
    const { env } = appPods(recording).container;
    const urls = env.filter((variable) => variable.name === KEY);
    assert.deepEqual(
      urls.map(({ valueFrom }) => valueFrom.secretKeyRef),
      [{ name, key: KEY }],
    );
    assert.doesNotMatch(plainText(recording), /geheim|shop_app_1_1/);
  });

  it("may be behind a pooler whose URL somebody else keeps with the server's", async () => {
    const secret = { name: "shop-db", key: "pooled", directKey: "direct" };
    const recording = await run({
      ...database({ secret }),
      states: {
        "database-secret": {
          url: "postgres://u:geheim@pooler.example/shop",
          directUrl: URL_TEXT,
        },
      },
    });
    const id = "lockstep:index:DatabaseSecret database-secret";
    const { directKey } = inputsOf<DatabaseSecretInputs>(recording, id);
    assert.equal(directKey, "direct");
    assert.deepEqual(find(recording, id).secretOutputs.toSorted(), ["directUrl", "url"]);
    const { executor, url } = stepOf(recording);
    assert.deepEqual(url, secretOf(URL_TEXT));
    assert.deepEqual(executor.databaseSecret, { name: "shop-db", key: "direct" });
    assert.deepEqual(appDatabase(recording), { name: "shop-db", key: "pooled" });
  });

  it("may be one whose URL somebody else keeps in a Secret", async () => {
    const secret = { name: "shop-db", key: "uri" };
    const promote = { "lockstep:promoteFrom": "none" };
    const recording = await run({
      stack: "prod",
      config: {
        ...CONFIG,
        ...promote,
        "lockstep:database": { secret },
        "lockstep:kubernetes": { runnerImage: `runner@sha256:${"c".repeat(64)}` },
      },
    });
    const inputs = inputsOf<Sent>(recording, "lockstep:index:DatabaseSecret database-secret");
    assert.deepEqual(inputs, { cluster: { namespace: "shop-prod" }, ...secret, requireTls: true });
    const { executor } = stepOf(recording);
    assert.deepEqual(executor.databaseSecret, secret);
    const variables = appPods(recording).container.env;
    const url = variables.find(({ name }) => name === "DATABASE_URL");
    assert.deepEqual(url?.valueFrom, { secretKeyRef: secret });
  });
});

describe("the app on a cluster", () => {
  it("never has fewer pods than before, and is waited for by the gate alone", async () => {
    const { metadata, spec } = deploymentOf(await run({ stack: "staging" }));
    assert.equal(metadata.annotations["pulumi.com/skipAwait"], "true");
    assert.equal(metadata.annotations["pulumi.com/patchFieldManager"], APP_FIELD_MANAGER);
    assert.equal(spec.replicas, 2);
    assert.deepEqual(spec.strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
    });
    assert.equal(spec.progressDeadlineSeconds, 600);
  });

  it("is found by labels that no release changes, and carries its release beside them", async () => {
    const recording = await run();
    const { spec } = deploymentOf(recording);
    const selector = spec.selector.matchLabels;
    assert.deepEqual(selector, {
      "app.kubernetes.io/name": "shop",
      "app.kubernetes.io/instance": "dev",
      "app.kubernetes.io/component": "app",
    });
    const { labels } = appPods(recording).template.metadata;
    assert.deepEqual({ ...labels, ...selector }, labels);
    assert.equal(labels[RELEASE_LABEL], recording.result.releaseId);
    const service = inputsOf<types.output.core.v1.Service>(
      recording,
      "kubernetes:core/v1:Service app-service",
    );
    assert.deepEqual(service.spec.selector, selector);
    const budget = inputsOf<types.output.policy.v1.PodDisruptionBudget>(
      recording,
      "kubernetes:policy/v1:PodDisruptionBudget app-budget",
    );
    assert.deepEqual(budget.spec, { maxUnavailable: 1, selector: { matchLabels: selector } });
  });

  it("has no rights, probes on its health path, and time to serve before it ends", async () => {
    const { pod, container } = appPods(await run());
    assert.equal(pod.serviceAccountName, "shop");
    assert.equal(pod.automountServiceAccountToken, false);
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    for (const probe of PROBES) {
      assert.deepEqual(container[probe].httpGet, { path: "/health", port: "http" });
    }
    // 30 s in steps of 2 s.
    assert.equal(container.startupProbe.failureThreshold, 15);
    assert.deepEqual(container.lifecycle, { preStop: { sleep: { seconds: 5 } } });
    assert.equal(pod.terminationGracePeriodSeconds, 35);
    assert.equal(container.image, IMAGE);
    assert.ok(!("command" in container));
  });

  it("is told what it is, where the database is, and what the config says", async () => {
    const app = {
      image: IMAGE,
      port: 8080,
      command: ["serve", "${release}"],
      env: { MODE: "x", HOST: "::" },
      secretEnv: { TOKEN: "geheim" },
    };
    const recording = await run({
      config: { ...CONFIG, "lockstep:app": app },
      secretKeys: ["lockstep:app"],
    });
    const { releaseId } = recording.result;
    const { container } = appPods(recording);
    assert.deepEqual(container.command, ["serve", "1.1"]);
    assert.deepEqual(container.env, [
      {
        name: "DATABASE_URL",
        valueFrom: { secretKeyRef: { name: "shop-database", key: KEY } },
      },
      { name: "HOST", value: "::" },
      { name: "PGAPPNAME", value: `app:${releaseId}` },
      { name: "MODE", value: "x" },
      { name: "TOKEN", valueFrom: { secretKeyRef: { name: "shop-env", key: "TOKEN" } } },
      { name: "PORT", value: "8080" },
      { name: "LOCKSTEP_RELEASE", value: releaseId },
    ]);
    const secret = inputsOf<Secret>(recording, "kubernetes:core/v1:Secret app-env");
    assert.deepEqual(secret.stringData, secretOf({ TOKEN: "geheim" }));
    assert.ok(before(recording, DEPLOYMENT).has("kubernetes:core/v1:Secret app-env"));
    assert.doesNotMatch(plainText(recording), /geheim/);
  });

  it("is replaced when a secret changes, which is no new release", async () => {
    const told = async (token: string) => {
      const app = { image: IMAGE, port: 8080, secretEnv: { TOKEN: token } };
      const recording = await run({ config: { ...CONFIG, "lockstep:app": app } });
      const { annotations } = appPods(recording).template.metadata;
      return [recording.result.releaseId, annotations["lockstep.dev/secrets"] as string];
    };
    const [one, two, again] = [await told("a"), await told("b"), await told("a")];
    assert.equal(one[0], two[0]);
    assert.notEqual(one[1], two[1]);
    assert.deepEqual(again, one);
    assert.match(one[1] ?? "", /^[0-9a-f]{32}$/);
  });

  it("differs where a retry is allowed, so that it is applied again", async () => {
    const recording = await run({ config: { ...CONFIG, "lockstep:allowRetry": "1.1#1" } });
    const { metadata } = deploymentOf(recording);
    assert.equal(metadata.annotations["lockstep.dev/allow-retry"], "1.1#1");
    const leave = inputsOf<Sent>(recording, "lockstep:index:Rollout app-rollout");
    assert.equal(leave.allowRetry, "1.1#1");
    assert.deepEqual(leave.route, ROUTE);
  });

  it("takes the stack's overrides, which make another release", async () => {
    const podTemplate = {
      metadata: { annotations: { team: "a" } },
      spec: {
        nodeSelector: { disk: "ssd" },
        containers: [
          { name: "app", securityContext: { runAsUser: 10 } },
          { name: "proxy", image: "proxy:1" },
        ],
      },
    };
    const recording = await run(withBlock({ app: { podTemplate, preStop: "0s" } }));
    const { template, pod, container } = appPods(recording);
    assert.equal(template.metadata.annotations.team, "a");
    assert.deepEqual(pod.nodeSelector, { disk: "ssd" });
    assert.equal(pod.containers[1]?.name, "proxy");
    assert.equal(container.securityContext.runAsUser, 10);
    assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    assert.ok(!("lifecycle" in container));
    const { releaseId } = (await run()).result;
    assert.notEqual(recording.result.releaseId, releaseId);
    const more = await run(withBlock({ app: { replicas: 5, disruptionBudget: "none" } }));
    assert.equal(more.result.releaseId, releaseId);
    assert.ok(!ids(more).some((id) => id.includes("PodDisruptionBudget")));
  });

  it("is handed to gate and drain as what they find in the cluster", async () => {
    const recording = await run(withBlock({ service: { port: 8080 } }));
    const gate = inputsOf<Sent>(recording, "lockstep:index:HealthGate gate-watch");
    assert.deepEqual(gate.app, {
      kind: "kubernetes",
      cluster: { namespace: "shop-dev" },
      deployment: "shop",
      container: "app",
      image: IMAGE,
      port: 8080,
      rolloutTimeoutMs: 600_000,
    });
    assert.equal(await valueOf(recording.result.url), "http://shop.shop-dev.svc:8080");
  });

  it("is warned of where only a tag names it", async () => {
    const said: string[] = [];
    const app = { image: "registry.example/shop:${release}", port: 8080 };
    const { warn } = console;
    console.warn = (text: string) => said.push(text);
    try {
      await run({ config: { ...CONFIG, "lockstep:app": app } });
    } finally {
      console.warn = warn;
    }
    assert.match(said.join(), /registry\.example\/shop:1\.1 has no digest/);
  });
});
