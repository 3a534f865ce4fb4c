// A stack's config as the program uses it: typed, complete, in ms.
import type { KeepSettings } from "../engine/backup/list.ts";
import type { BackupStore } from "../engine/backup/store.ts";
import type { Leftovers } from "../engine/lease/leftoversChoice.ts";
import type { RuleLevels } from "../engine/lint/levels.ts";
import type { MaintenancePolicy } from "../engine/maintenance/policy.ts";
import type { NoticeTarget } from "../engine/notices/notice.ts";
import type { RiskPolicy } from "../engine/plan/riskPolicy.ts";
import type { FolderSpec } from "../engine/sources/migration.ts";
import type {
  ApprovalInput,
  DriftInput,
  Fence,
  GateSettings,
  ReplicasInput,
  WaitInput,
} from "../provider/schema.ts";
import type { Environment } from "./environment.ts";
import type { KubernetesConfig } from "./kubernetesConfig.ts";

/** Everything a stack's config decides. */
export interface Config {
  readonly environment: Environment;
  /** The stack that must have verified a release first; undefined where there is none. */
  readonly promoteFrom: string | undefined;
  /** The release's label. */
  readonly release: string;
  /** The release's last migration, as written; all of them when undefined. */
  readonly target: string | undefined;
  readonly platform: { readonly kind: "local" } | KubernetesConfig;
  readonly database: DatabaseConfig;
  /** Where the migrations are, relative to the project, and how to read them. */
  readonly migrations: FolderSpec;
  readonly app: AppConfig;
  readonly gate: GateSettings;
  /** Secret: the header `Authorization` for the gate's PromQL server. */
  readonly gateLogin?: string;
  readonly wait: WaitInput;
  /** How long to go on asking for table locks, ms. */
  readonly lockBudgetMs: number;
  /** Sessions in the way of a lock that are idle in their transaction for longer are ended, ms; none when missing. */
  readonly lockCancelIdleMs?: number;
  /** How long to wait for another runner's lease, ms. */
  readonly leaseWaitMs: number;
  /** What becomes of what a killed runner left running in the server; it is ended when missing. */
  readonly leaseLeftovers?: Leftovers;
  readonly backfill: BackfillConfig;
  /** Levels of lint's rules, by id; whether there are such rules is not looked at. */
  readonly lintRules: RuleLevels;
  /** What becomes of changes behind lockstep's back. */
  readonly drift: DriftInput;
  /** Whether `up` goes on only with files that passed a rehearsal. */
  readonly rehearsalRequired: boolean;
  /** Secret. The server that rehearsals run on; a scratch cluster of the plugin's machine when missing. */
  readonly rehearsalUrl?: string;
  /** Standbys that must have replayed expand before the app is replaced; secrets. */
  readonly replicas?: ReplicasInput;
  /** What each level of risk asks for before expand. */
  readonly risk: RiskPolicy;
  /** When a release is applied in maintenance; never where it is missing. */
  readonly maintenance?: MaintenancePolicy;
  readonly drain: DrainConfig;
  readonly backup: BackupConfig;
  /** Who hears of the release. Secrets. */
  readonly notices: readonly NoticeTarget[];
  readonly consent: Consent;
}

/** What somebody allowed by hand, for this release only. */
export interface Consent {
  /** Of contract files. */
  readonly approval?: ApprovalInput;
  /** Of risky expand files. */
  readonly expandApproval?: ApprovalInput;
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
  /** The digest of the plan that was previewed: `up` runs no other. */
  readonly planDigest?: string;
}

/** Where the database is: lockstep's own server, on this machine or in the cluster, or somebody's. */
export type DatabaseConfig =
  | { readonly kind: "embedded"; readonly port: number | undefined }
  | { readonly kind: "inCluster" }
  /** Secrets. `directUrl` is the server's own, where `url` is a pooler's. */
  | { readonly kind: "external"; readonly url: string; readonly directUrl?: string }
  /** The URL is in a Secret of the cluster that somebody else keeps; so is the server's own, at `directKey`. */
  | {
      readonly kind: "secret";
      readonly name: string;
      readonly key: string;
      readonly directKey?: string;
    };

/** What the app is made of: a folder's files on local, an image on kubernetes. */
export type ArtifactConfig =
  | {
      readonly kind: "tree";
      /** The app's folder, relative to the project. */
      readonly dir: string;
      /** What makes the app within `dir`; all when undefined. */
      readonly files: readonly string[] | undefined;
      readonly command: readonly string[];
    }
  | {
      readonly kind: "image";
      readonly image: string;
      /** In place of the image's own entry point. */
      readonly command: readonly string[] | undefined;
    };

/** How the app is started and asked. `${release}` is replaced already. */
export interface AppConfig {
  readonly artifact: ArtifactConfig;
  readonly port: number;
  readonly healthPath: string;
  readonly metricsPath: string;
  /** Part of the release's identity, so no secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** Secret, and not part of the identity: a rotated password is no new release. */
  readonly secretEnv: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
}

/** How fast backfills go, where config says; the engine's defaults hold elsewhere. */
export interface BackfillConfig {
  /** How long a batch should take, ms. */
  readonly targetMs?: number;
  /** A backfill pauses while a standby replays later than this, ms. */
  readonly maxReplicaLagMs?: number;
  /** It pauses while more sessions than this are at work. */
  readonly maxActive?: number;
}

/** When the old release counts as gone. */
export interface DrainConfig {
  readonly quietMs: number;
  readonly timeoutMs: number;
  /** application_name values (LIKE patterns) that are known not to be the app. */
  readonly allowed: readonly string[];
  /** A login for each release, or names even behind a pooler; missing where nothing is said. */
  readonly fence?: Fence;
}

/** When a backup is taken. */
export interface BackupConfig {
  /** A backup older than this is taken again before its stage, ms. */
  readonly maxAgeMs: number;
  readonly before: readonly ("expand" | "contract")[];
  /** Which backups stay; the engine's own rule where nothing is said. */
  readonly keep?: KeepSettings;
  /** Of which tables a proof compares the values too: up to so many bytes; the engine's own rule where nothing is said. */
  readonly checksums?: "all" | "none" | number;
  /** How much of a backup its proof restores; all of it where nothing is said. */
  readonly proof?: "restore" | "objects" | "provider";
  /** For `provider`: what takes a snapshot, and how long a drill counts, ms. */
  readonly provider?: { readonly snapshot?: readonly string[]; readonly drillMaxAgeMs?: number };
  /** Whether a proof may happen on the server that is backed up. */
  readonly proofOnTarget?: boolean;
  /** Secret: where backups go and how they are sealed, where the stack says. */
  readonly store?: BackupStore;
}
