// A PostgreSQL server in the cluster, for trying: one pod with a volume.
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesArgs } from "./args.ts";
import { commonLabels, objectNames, selectorLabels } from "./names.ts";
import { containerSecurity, podSecurity } from "./podSecurity.ts";

/** The port that PostgreSQL listens on. */
export const POSTGRES_PORT = 5432;

/** The user and group of the official image's server. */
const POSTGRES_ID = 999;

/** How long a fast shutdown may take before the cluster kills the server, s. */
const STOP_SECONDS = 60;

/** Keys of the Secret that `DatabaseSecret` makes, and the image's names for them. */
const CREDENTIALS = ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"];

/** Makes the server; its Secret must be among what `options` depend on. */
export function createDatabaseServer(
  name: string,
  args: KubernetesArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const metadata = {
    name: objectNames(args).database,
    namespace: args.cluster.namespace,
    labels: { ...commonLabels(args), "app.kubernetes.io/component": "database" },
  };
  const { protect: _protect, retainOnDelete: _retain, ...plain } = options;
  const service = new Service(
    `${name}-service`,
    {
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        // No address of its own: the name leads to the one pod.
        clusterIP: "None",
        selector: selectorLabels(args, "database"),
        ports: [{ name: "postgres", port: POSTGRES_PORT, targetPort: "postgres" }],
      },
    },
    plain,
  );
  const dependsOn = [service, ...[options.dependsOn ?? []].flat()] as pulumi.Resource[];
  new StatefulSet(
    `${name}-server`,
    { metadata, spec: planServer(args) },
    { ...options, dependsOn },
  );
}

function planServer(args: KubernetesArgs) {
  const selector = selectorLabels(args, "database");
  const { storage, storageClass } = args.database;
  return {
    replicas: 1,
    serviceName: objectNames(args).database,
    selector: { matchLabels: selector },
    template: { metadata: { labels: { ...commonLabels(args), ...selector } }, spec: planPod(args) },
    volumeClaimTemplates: [
      {
        metadata: { name: "data", labels: selector },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage } },
          ...(storageClass !== undefined && { storageClassName: storageClass }),
        },
      },
    ],
    persistentVolumeClaimRetentionPolicy: {
      whenDeleted: args.disposable ? "Delete" : "Retain",
      whenScaled: "Retain",
    },
  };
}

function planPod(args: KubernetesArgs) {
  const emptyDir = {};
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    imagePullSecrets: args.imagePullSecrets.map((name) => ({ name })),
    securityContext: {
      ...podSecurity(POSTGRES_ID),
      runAsUser: POSTGRES_ID,
      runAsGroup: POSTGRES_ID,
    },
    terminationGracePeriodSeconds: STOP_SECONDS,
    containers: [planContainer(args)],
    volumes: [
      { name: "run", emptyDir },
      { name: "tmp", emptyDir },
    ],
  };
}

function planContainer(args: KubernetesArgs) {
  const secret = objectNames(args).databaseSecret;
  // By TCP: while the image sets the database up, its server listens on a socket only.
  const ready = {
    exec: { command: ["pg_isready", "-q", "-h", "127.0.0.1", "-p", String(POSTGRES_PORT)] },
    timeoutSeconds: 5,
  };
  return {
    name: "postgres",
    image: args.database.image,
    ports: [{ name: "postgres", containerPort: POSTGRES_PORT }],
    env: [
      ...CREDENTIALS.map((key) => ({
        name: key,
        valueFrom: { secretKeyRef: { name: secret, key } },
      })),
      // Below the volume, which may have a lost+found of its own.
      { name: "PGDATA", value: "/var/lib/postgresql/pgdata" },
    ],
    resources: args.database.resources,
    securityContext: containerSecurity(true),
    startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 150 },
    readinessProbe: { ...ready, periodSeconds: 5 },
    livenessProbe: { ...ready, periodSeconds: 20, failureThreshold: 6 },
    volumeMounts: [
      { name: "data", mountPath: "/var/lib/postgresql" },
      { name: "run", mountPath: "/var/run/postgresql" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}
