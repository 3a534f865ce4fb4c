// The block `lockstep:kubernetes` as the program uses it: complete, times in ms.

/** Kubernetes' own form: `{ requests: { cpu: "50m" }, limits: { memory: "512Mi" } }`. */
export type ResourceLimits = Readonly<
  Partial<Record<"requests" | "limits", Readonly<Record<string, string>>>>
>;

/** A part of a pod template, laid over ours as a strategic merge. */
export type PodTemplatePart = Readonly<
  Partial<Record<"metadata" | "spec", Readonly<Record<string, unknown>>>>
>;

/** Where in a cluster a stack runs, and how its pods look. */
export interface KubernetesConfig {
  readonly kind: "kubernetes";
  /** Path; Kubernetes' own rules find one when undefined. */
  readonly kubeconfig: string | undefined;
  /** The kubeconfig's current one when undefined. */
  readonly context: string | undefined;
  /** What the names of all objects begin with; the project's when undefined. */
  readonly name: string | undefined;
  readonly namespace: {
    /** Project and stack when undefined. */
    readonly name: string | undefined;
    /** Whether the namespace is the stack's own; else it must be there. */
    readonly create: boolean;
  };
  readonly runnerImage: string;
  /** An image with the files in /migrations, in place of a ConfigMap. */
  readonly migrationsImage: string | undefined;
  readonly imagePullSecrets: readonly string[];
  readonly jobs: JobsConfig;
  readonly app: PodsConfig;
  readonly service: { readonly port: number; readonly type: string };
  readonly database: ServerConfig;
  readonly backups: BackupsConfig;
}

/** How the steps' Jobs look. */
export interface JobsConfig {
  readonly resources: ResourceLimits;
  readonly deadlineMs: number;
  /** Finished Jobs of this many releases stay. */
  readonly keep: number;
  readonly podTemplate: PodTemplatePart | undefined;
}

/** How the app's pods look and are replaced. */
export interface PodsConfig {
  readonly replicas: number;
  readonly resources: ResourceLimits;
  readonly rolloutTimeoutMs: number;
  /** How long a pod goes on serving after it is told to end, so that no request is sent to it any more, ms. */
  readonly preStopMs: number;
  /** How long the app may take to end after SIGTERM, ms. */
  readonly stopTimeoutMs: number;
  /** How many pods a node's drain may take at a time; undefined for no budget. */
  readonly maxUnavailable: number | string | undefined;
  readonly readOnlyRoot: boolean;
  readonly podTemplate: PodTemplatePart | undefined;
}

/** A PostgreSQL server of lockstep's own, for trying. */
export interface ServerConfig {
  readonly image: string;
  readonly storage: string;
  readonly storageClass: string | undefined;
  readonly resources: ResourceLimits;
}

/** Where the backups are kept. */
export type BackupsConfig =
  | { readonly kind: "claim"; readonly claim: string }
  | { readonly kind: "own"; readonly storage: string; readonly storageClass: string | undefined };
