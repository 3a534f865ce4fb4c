// The app's pod template: pure, so that a test can look at all of it.
import type * as pulumi from "@pulumi/pulumi";
import { strategicMerge, type Manifest } from "../../../engine/kubernetes/strategicMerge.ts";
import { RELEASE_LABEL } from "../../../provider/schema.ts";
import type { ImageArtifact, ServiceSpec } from "../platform.ts";
import type { KubernetesArgs } from "./args.ts";
import { APP_CONTAINER, commonLabels, objectNames, selectorLabels } from "./names.ts";
import { containerSecurity, podSecurity } from "./podSecurity.ts";

/** What PostgreSQL keeps of an application name, in bytes. */
const MAX_APPLICATION_NAME = 63;

/** Time between two questions of a starting pod's probe, s. */
const STARTUP_PERIOD_SECONDS = 2;

/** What the pod template is made of. */
export interface AppPods {
  readonly args: KubernetesArgs;
  readonly spec: ServiceSpec;
  readonly artifact: ImageArtifact;
  /** Secret and key with the database's URL. */
  readonly databaseSecret: { readonly name: string; readonly key: string };
  /** One-way digest of all secrets: pods are replaced when one of them changes. */
  readonly secretsDigest: pulumi.Input<string>;
}

/** The template, with the stack's overrides laid over it. */
export function planAppPods(pods: AppPods): Manifest {
  const { args, spec, secretsDigest } = pods;
  const labels = {
    ...commonLabels(args),
    ...selectorLabels(args, "app"),
    [RELEASE_LABEL]: spec.releaseId,
  };
  const annotations = { "lockstep.dev/secrets": secretsDigest };
  const template = { metadata: { labels, annotations }, spec: planPodSpec(pods) };
  return strategicMerge(template, args.app.podTemplate ?? {});
}

function planPodSpec(pods: AppPods): Manifest {
  const { args } = pods;
  const { preStopMs, stopTimeoutMs } = args.app;
  return {
    serviceAccountName: objectNames(args).app,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })),
    securityContext: podSecurity(),
    terminationGracePeriodSeconds: seconds(preStopMs + stopTimeoutMs),
    topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
      (topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selectorLabels(args, "app") },
      }),
    ),
    containers: [planContainer(pods)],
    volumes: [{ name: "tmp", emptyDir: {} }],
  };
}

function planContainer(pods: AppPods): Manifest {
  const { args, spec, artifact } = pods;
  const { preStopMs, readOnlyRoot, resources } = args.app;
  const health = { httpGet: { path: spec.healthPath, port: "http" }, timeoutSeconds: 5 };
  const startupFailures = Math.ceil(spec.startTimeoutMs / 1_000 / STARTUP_PERIOD_SECONDS);
  return {
    name: APP_CONTAINER,
    image: artifact.image,
    ...(artifact.command && { command: artifact.command }),
    ports: [{ name: "http", containerPort: spec.port }],
    env: planEnvironment(pods),
    resources,
    securityContext: containerSecurity(readOnlyRoot),
    startupProbe: {
      ...health,
      periodSeconds: STARTUP_PERIOD_SECONDS,
      failureThreshold: startupFailures,
    },
    readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 3 },
    // Slow to judge: a health path that asks the database too must not restart every pod when that is away.
    livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 12 },
    ...(preStopMs > 0 && { lifecycle: { preStop: { sleep: { seconds: seconds(preStopMs) } } } }),
    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
  };
}

type Variable = Manifest & { readonly name: string };

/** What the stack sets wins over DATABASE_URL, HOST and PGAPPNAME; PORT and LOCKSTEP_RELEASE are lockstep's. */
function planEnvironment(pods: AppPods): readonly Variable[] {
  const { args, spec, databaseSecret } = pods;
  const { releaseId } = spec;
  const secrets = objectNames(args).appSecrets;
  const plain = (name: string, value: pulumi.Input<string>): Variable => ({ name, value });
  const secret = (name: string, ref: { readonly name: string; readonly key: string }) => ({
    name,
    valueFrom: { secretKeyRef: ref },
  });
  const given = [
    secret("DATABASE_URL", databaseSecret),
    // Probes and the Service come to the pod's own address.
    plain("HOST", "0.0.0.0"),
    // libpq's own way to name sessions, by which drain tells releases apart.
    plain("PGAPPNAME", `app:${releaseId}`.slice(0, MAX_APPLICATION_NAME)),
    ...Object.entries(spec.env).map(([name, value]) => plain(name, value)),
    ...Object.keys(spec.secretEnv).map((name) => secret(name, { name: secrets, key: name })),
    // Its own login wins over whatever the stack sets.
    ...(spec.login ? [secret("DATABASE_URL", databaseSecret)] : []),
    plain("PORT", String(spec.port)),
    plain("LOCKSTEP_RELEASE", releaseId),
  ];
  // A name that comes twice is refused by server-side apply; the last one counts.
  return [...new Map(given.map((variable) => [variable.name, variable])).values()];
}

/** Kubernetes counts in whole seconds. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
