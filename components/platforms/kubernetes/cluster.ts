// What all that a stack runs in a cluster needs: the way in, the namespace, the migrations, the place of backups.
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../../children.ts";
import type { KubernetesArgs } from "./args.ts";
import { commonLabels, objectNames } from "./names.ts";

/** A stack's place in a cluster. */
export class Cluster extends pulumi.ComponentResource {
  /** For every native resource of the stack. */
  readonly provider: Provider;
  /** The namespace that takes all that is in it along when the stack is destroyed: on dev, where it is the stack's own. */
  readonly deletedWith: Namespace | undefined;

  constructor(name: string, args: KubernetesArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("lockstep:components:Cluster", name, {}, options);
    const own = childOptions(this, options);
    this.provider = createProvider(`${name}-provider`, args, { own, adopts: true });
    const native = { ...own, provider: this.provider };
    const namespace = args.createNamespace ? createNamespace(name, args, own) : undefined;
    this.deletedWith = args.disposable ? namespace : undefined;
    const within = {
      ...native,
      ...(namespace && { dependsOn: [namespace] }),
      ...(this.deletedWith && { deletedWith: this.deletedWith }),
    };
    createMigrations(name, args, within);
    createBackups(name, args, within);
    createBackupSecret(name, args, within);
    this.registerOutputs({ namespace: args.cluster.namespace });
  }
}

type Options = pulumi.CustomResourceOptions;

function createProvider(
  name: string,
  { cluster }: KubernetesArgs,
  { own, adopts }: { readonly own: Options; readonly adopts: boolean },
): Provider {
  const { kubeconfig, context, namespace } = cluster;
  return new Provider(
    name,
    {
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
      namespace,
      enableServerSideApply: true,
      // A changed password is written into the Secret that is there: deleted first, a pod that starts would miss it.
      enableSecretMutable: true,
      // Where Pulumi's state was lost, an update takes over what is there. It also makes the create an apply, which is what
      // the gate reads a Deployment's applied set from.
      upsertExistingObjects: adopts,
    },
    own,
  );
}

/** Through a provider that takes over nothing: on dev, somebody else's namespace would be deleted with the stack. */
function createNamespace(name: string, args: KubernetesArgs, own: Options): Namespace {
  const { cluster, disposable } = args;
  const provider = createProvider(`${name}-namespaces`, args, { own, adopts: false });
  const labels = {
    ...commonLabels(args),
    "pod-security.kubernetes.io/enforce": "baseline",
    "pod-security.kubernetes.io/warn": "restricted",
  };
  return new Namespace(
    `${name}-namespace`,
    { metadata: { name: cluster.namespace, labels } },
    { ...own, provider, protect: !disposable, retainOnDelete: !disposable },
  );
}

/** Immutable and named by content: a Job that still runs keeps reading the files that it was planned with. */
function createMigrations(name: string, args: KubernetesArgs, options: Options): void {
  const { migrations, cluster } = args;
  if (migrations.kind === "image") return;
  new ConfigMap(
    `${name}-migrations`,
    {
      metadata: {
        name: objectNames(args).migrations,
        namespace: cluster.namespace,
        labels: commonLabels(args),
      },
      binaryData: { "migrations.tar.gz": migrations.base64 },
      immutable: true,
    },
    options,
  );
}

/** In a namespace that stays, the volume stays too: finished Jobs, which are kept to be looked at, hold on to it. */
function createBackups(name: string, args: KubernetesArgs, options: Options): void {
  const { backups, cluster, disposable, createNamespace: isOwn } = args;
  if (backups?.kind !== "own") return;
  const { storage, storageClass } = backups;
  new PersistentVolumeClaim(
    `${name}-backups`,
    {
      metadata: {
        name: objectNames(args).backups,
        namespace: cluster.namespace,
        labels: commonLabels(args),
        // Many storage classes bind a claim only when its first pod starts: the backup's Job.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage } },
        ...(storageClass !== undefined && { storageClassName: storageClass }),
      },
    },
    { ...options, protect: !disposable, retainOnDelete: !disposable || !isOwn },
  );
}

/** What a backup's Job is told of its store comes as a Secret's environment: an argument would be seen by all who may list pods. */
function createBackupSecret(name: string, args: KubernetesArgs, options: Options): void {
  const { backupEnvironment, cluster } = args;
  if (backupEnvironment === undefined) return;
  new Secret(
    `${name}-backup-store`,
    {
      metadata: {
        name: objectNames(args).backupSecret,
        namespace: cluster.namespace,
        labels: commonLabels(args),
      },
      stringData: pulumi.secret(backupEnvironment),
    },
    options,
  );
}
