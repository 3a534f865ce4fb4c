// Where and how the Jobs of a stack's steps run, as the stack's config says.
import type { ClusterInput } from "../../kubernetes/kubeConfig.ts";

/** Shared by all steps of a release. */
export interface JobPlace {
  readonly cluster: ClusterInput;
  /** The runner's image. */
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  /** Secret and key with the database's URL. */
  readonly databaseSecret: { readonly name: string; readonly key: string };
  /** ConfigMap with the migrations' archive; without it the image has the files in `/migrations`. */
  readonly migrationsConfigMap?: string | undefined;
  /** PersistentVolumeClaim that keeps the backups. */
  readonly backupClaim?: string | undefined;
  /** Secret with the environment of backups: where they go, and how they are sealed. */
  readonly backupSecret?: string | undefined;
  /** `{ requests: { cpu: "50m" }, limits: { memory: "512Mi" } }` */
  readonly resources: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A Job that runs longer is ended by the cluster, ms. */
  readonly deadlineMs: number;
  /** Finished Jobs of this many releases stay. */
  readonly keepReleases: number;
  /** Laid over the Job's pod template, as `kubectl patch` does it. */
  readonly podTemplate?: Readonly<Record<string, unknown>> | undefined;
}

/** The container that runs the step; sidecars have other names. */
export const CONTAINER = "lockstep";

/** The user that the container runs as, and the group of its volumes; images/runner makes it. */
export const RUNNER_UID = 1000;

/** After SIGTERM the step has this long to roll back before it is killed, s. */
export const GRACE_SECONDS = 60;

/** Paths in the container; all but the migrations can be written. */
export const PATHS = {
  /** LOCKSTEP_HOME: caches, the unpacked migrations, scratch servers. */
  home: "/lockstep",
  /** Kept by the claim. */
  backups: "/backups",
  /** Where the image has the migrations that fit into no ConfigMap. */
  migrations: "/migrations",
  /** Where the ConfigMap is mounted. */
  archive: "/lockstep-migrations",
  tmp: "/tmp",
} as const;

/** The archive's key in the ConfigMap. */
export const ARCHIVE = "migrations.tar.gz";
