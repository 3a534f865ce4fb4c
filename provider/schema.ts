// The inputs and outputs of the plugin's resources: the contract between components/ and provider/.
// Every value is plain data; a component may pass any of them as a Pulumi Input.
import type { KeepSettings } from "../engine/backup/list.ts";
import type { BackupStore } from "../engine/backup/store.ts";
import type { ReleaseLogin } from "../engine/fence/releaseLogin.ts";
import type { GateSettings } from "../engine/health/settings.ts";
import type { Leftovers } from "../engine/lease/leftoversChoice.ts";
import type { RuleLevels } from "../engine/lint/levels.ts";
import type { MaintenancePolicy } from "../engine/maintenance/policy.ts";
import type { NoticeTarget } from "../engine/notices/notice.ts";
import type { RiskPolicy } from "../engine/plan/riskPolicy.ts";
import type { SoakPolicy } from "../engine/soak/soakPolicy.ts";
import type { FormatName } from "../engine/sources/migration.ts";

export { APP_FIELD_MANAGER, RELEASE_LABEL } from "../engine/kubernetes/appMarks.ts";
export type { BackupStore } from "../engine/backup/store.ts";
export type { GateSettings } from "../engine/health/settings.ts";

/** Type tokens of the plugin's resources. */
export const TOKENS = {
  embeddedDatabase: "lockstep:index:EmbeddedDatabase",
  databaseSecret: "lockstep:index:DatabaseSecret",
  admission: "lockstep:index:Admission",
  step: "lockstep:index:Step",
  process: "lockstep:index:Process",
  rollout: "lockstep:index:Rollout",
  healthGate: "lockstep:index:HealthGate",
  drain: "lockstep:index:Drain",
} as const;

/** What is being released. `digest` is its identity; the label is only a label. */
export interface ReleaseIdentity {
  /** sha256, hex, over the app's tree or image digest, the migrations and the app's config. */
  readonly digest: string;
  /** What people call it: `1.1`. */
  readonly label: string;
  readonly project: string;
  readonly stack: string;
}

/** Which migration files a release takes. */
export interface MigrationsInput {
  /** Folder with the files, relative to the project. */
  readonly dir: string;
  /** The tool whose files they are; told by the files when missing. */
  readonly format?: FormatName;
  /** Values of the placeholders in the files. */
  readonly placeholders?: Readonly<Record<string, string>>;
  /** Which contract files soak, and for how long (ms); none when missing. */
  readonly soak?: SoakPolicy;
  /** Files above this number are left alone; all when missing. */
  readonly target?: string;
  /** sha256, hex, over number and checksum of the files up to `target`. */
  readonly digest: string;
  /** How far another stack, `from`, has run the contract files: those beyond wait. No bound when missing. */
  readonly promoted?: { readonly from: string; readonly contractThrough: string | null };
}

/** An approval as `lockstep approve` writes it into the stack's config. */
export interface ApprovalInput {
  /** Contract files up to and including this number are approved. */
  readonly through: string;
  /** sha256, hex, over stack, number and checksum of the contract files it covers. */
  readonly digest: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601; refused after it. */
  readonly expires: string;
  readonly reason?: string;
  /** What hung on the objects that the files take away, where the database was seen then. */
  readonly fingerprint?: { readonly version: number; readonly objects: readonly string[] };
}

export interface EmbeddedDatabaseInputs {
  /** Folder of the data below LOCKSTEP_HOME: `<project>/<stack>`. */
  readonly location: string;
  readonly database: string;
  /** Fixed port; a free one is chosen at first and kept when missing. */
  readonly port?: number;
}
export interface EmbeddedDatabaseOutputs extends EmbeddedDatabaseInputs {
  /** Secret: holds the password. */
  readonly url: string;
  readonly dataDir: string;
  readonly serverVersion: string;
  readonly state: "running" | "stopped";
}

/** Where a database's URL is in a cluster: a Secret that the plugin makes once, or somebody else's. */
export interface DatabaseSecretInputs {
  readonly cluster: ClusterInput;
  readonly name: string;
  /** The key that holds the URL. */
  readonly key: string;
  /** The key of the server's own URL, where the other one is a pooler's. */
  readonly directKey?: string;
  /**
   * The server that a Secret is made for, with a random password, unless it is there already: then
   * that one is adopted. Without it the Secret is somebody else's and only read.
   */
  readonly server?: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    /** Labels of the Secret. */
    readonly labels: Readonly<Record<string, string>>;
  };
  /** Whether a URL that allows a connection without TLS is refused. */
  readonly requireTls: boolean;
}
export interface DatabaseSecretOutputs extends DatabaseSecretInputs {
  /** Secret: holds the password. */
  readonly url: string;
  /** Secret; there only with a `directKey`. */
  readonly directUrl?: string;
}

/** What resources take whose outcome somebody may want to hear of. */
export interface Noticed {
  /** Secret. Not part of what a resource does: another list alone runs nothing again. */
  readonly notices?: readonly NoticeTarget[];
}

export interface AdmissionInputs extends Noticed {
  /** Secret. Unknown in the very first preview. */
  readonly url: string;
  readonly route?: DatabaseRoute;
  readonly release: ReleaseIdentity;
  readonly migrations: MigrationsInput;
  readonly approval?: ApprovalInput;
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
  /** The digest of the plan that was previewed; any plan will do where it is missing. */
  readonly planDigest?: string;
  /** Levels of lint's rules, where the stack sets any. */
  readonly lint?: RuleLevels;
  readonly wait: WaitInput;
  /** Whether the database is lockstep's own, which an update starts where it is stopped. */
  readonly managed: boolean;
  /** Where the stack runs, which can't be changed. */
  readonly platform: PlatformKind;
  /** @default told, nothing ignored */
  readonly drift?: DriftInput;
  /** Whether pending files must have passed a rehearsal. @default false */
  readonly rehearsalRequired?: boolean;
  /** Secret. Where rehearsals may make databases; a scratch cluster of the plugin's machine when missing. */
  readonly rehearsalUrl?: string;
  /** What the stack asks for where a release is risky. @default DEFAULT_RISK_POLICY, nothing approved, no backup before expand */
  readonly risk?: RiskInput;
  /** When the release will be applied in maintenance; never where it is missing. */
  readonly maintenance?: MaintenancePolicy;
  /** Added by check: the database was away, so that the update looks again. */
  readonly unseen?: boolean;
  /** Added by check: files that are not applied, of a release that takes none: `03_add_contact_phone`. */
  readonly leftOut?: readonly string[];
}
export interface AdmissionOutputs extends AdmissionInputs {
  /** What the update saw, for previews that see no ledger. */
  readonly ledger?: LedgerMemory;
  readonly verdict: Verdict;
  /** The release's digest that was admitted. */
  readonly digest: string;
}

/** The ledger as an update found it. */
export interface LedgerMemory {
  /** ISO 8601. */
  readonly at: string;
  /** Order of the last file that there was; empty where there was none. */
  readonly through: string;
  /** Files that were not applied: `03_add_contact_phone`; missing where they were too many to keep. */
  readonly open?: readonly string[];
}

/** Where a stack may run. */
export type PlatformKind = "local" | "kubernetes";

/** What each level of risk asks for before expand, and what there is of it. */
export interface RiskInput {
  readonly policy: RiskPolicy;
  /** As `lockstep approve --stage expand` writes it. */
  readonly expandApproval?: ApprovalInput;
  /** Whether the stack takes a backup before expand. */
  readonly backsUpExpand: boolean;
}

/** What becomes of changes of the schema behind lockstep's back. */
export interface DriftInput {
  /** Whether they stop a release; else they are told. */
  readonly refuse: boolean;
  /** Names that others may change: `partman.*`, `public.events_p*`. */
  readonly ignore: readonly string[];
}

/** How long to wait for the database. The defaults are the requirement's: 30 tries, 2,000 ms apart. */
export interface WaitInput {
  readonly attempts: number;
  readonly intervalMs: number;
}

/** How a resource's work ended. Only `pass` lets the next `up` leave it alone. */
export type Verdict = "pass" | "fail" | "held" | "pending";

/** The commands that a Step can run. */
export type StepKind = "backup" | "expand" | "contract" | "verify";

/** Where a Step's command runs. */
export type Executor = LocalExecutor | KubernetesExecutor;
/** As a child process of the plugin. */
export interface LocalExecutor {
  readonly kind: "local";
}
/** As a `batch/v1` Job that the plugin creates and follows. */
export interface KubernetesExecutor {
  readonly kind: "kubernetes";
  readonly cluster: ClusterInput;
  /** The runner's image: what `images/runner` builds. */
  readonly image: string;
  readonly imagePullSecrets: readonly string[];
  /** Secret and key with the database's URL, which the Job gets as DATABASE_URL. */
  readonly databaseSecret: { readonly name: string; readonly key: string };
  /**
   * ConfigMap whose key `migrations.tar.gz` holds the folder; without it the image has the files in
   * `/migrations`.
   */
  readonly migrationsConfigMap?: string;
  /** PersistentVolumeClaim that keeps the backups. */
  readonly backupClaim?: string;
  /** Secret with the environment of backups: where they go, and how they are sealed. */
  readonly backupSecret?: string;
  /** Kubernetes' own form: `{ requests: { cpu: "50m" }, limits: { memory: "512Mi" } }`. */
  readonly resources: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** A Job that runs longer is ended by the cluster, ms. */
  readonly deadlineMs: number;
  /** Finished Jobs of this many releases stay for `kubectl`. */
  readonly keepReleases: number;
  /** Laid over the Job's pod template, as `kubectl patch` does it (strategic merge). */
  readonly podTemplate?: Readonly<Record<string, unknown>>;
}

/** A cluster and the place in it. */
export interface ClusterInput {
  /** Path of the kubeconfig; KUBECONFIG, ~/.kube/config or the pod's own account when missing. */
  readonly kubeconfig?: string;
  /** Context within it; the current one when missing. */
  readonly context?: string;
  readonly namespace: string;
}

/**
 * How the plugin reaches a database that only the cluster can reach. Without it the plugin connects to
 * the URL directly.
 */
export type DatabaseRoute = PodRoute | RelayRoute;
/** Directly where that works; else, while an update runs, by a short-lived pod that relays to the URL's host. */
export interface RelayRoute {
  readonly cluster: ClusterInput;
  /** The app's Deployment: a preview that does not reach the ledger reads what gates have left on it. */
  readonly deployment: string;
  readonly relay: {
    /** The runner's image. */
    readonly image: string;
    readonly imagePullSecrets: readonly string[];
    /** Kubernetes' own form. */
    readonly resources: Readonly<Record<string, Readonly<Record<string, string>>>>;
    /** Laid over the pod's template. */
    readonly podTemplate?: Readonly<Record<string, unknown>>;
  };
}
/** Through the API server's port forwarding to the database's own pod. */
export interface PodRoute {
  readonly cluster: ClusterInput;
  /** Labels of the pod; the first ready one is taken. */
  readonly podLabels: Readonly<Record<string, string>>;
  readonly port: number;
}

/** The app as gate, rollback and drain find it, whatever became of its resource. */
export type AppHandle = LocalApp | KubernetesApp;
export interface LocalApp {
  readonly kind: "local";
  /** The name of the process within the stack. */
  readonly process: string;
}
export interface KubernetesApp {
  readonly kind: "kubernetes";
  readonly cluster: ClusterInput;
  readonly deployment: string;
  /** The container in its pods that is the app. */
  readonly container: string;
  /** The image that this release's container must run, as the Deployment names it. */
  readonly image: string;
  /** The container's port for health and metrics. */
  readonly port: number;
  /** How long the rollout may take until every pod is ready, ms. */
  readonly rolloutTimeoutMs: number;
}

export interface StepInputs extends Noticed {
  readonly step: StepKind;
  /** For `backup`: the stage that it comes before. */
  readonly before?: "expand" | "contract";
  readonly executor: Executor;
  readonly release: ReleaseIdentity;
  readonly migrations: MigrationsInput;
  /** What this step does, as a digest; the step runs again when it changes. */
  readonly digest: string;
  /** Secret. */
  readonly url: string;
  readonly route?: DatabaseRoute;
  readonly approval?: ApprovalInput;
  readonly allowRetry?: string;
  /** The digest of the plan that was previewed; any plan will do where it is missing. */
  readonly planDigest?: string;
  readonly settings: StepSettings;
  /** For `expand` and `contract`, as Admission has it: the runner proves it once more. */
  readonly risk?: RiskInput;
  /** Levels of lint's rules, where the stack sets any: they weigh in the risk. */
  readonly lint?: RuleLevels;
  /** For `expand` and `contract`: whether their files must have passed a rehearsal. @default false */
  readonly rehearsalRequired?: boolean;
  /** Secret. Where rehearsals may make databases; a scratch cluster of the plugin's machine when missing. */
  readonly rehearsalUrl?: string;
  /** Secret. For `backup` on local: where it goes, and how it is sealed. A Job has it from a Secret. */
  readonly backupStore?: BackupStore;
  /** Added by check: the ledger says that the step has work. */
  readonly pending?: boolean;
}
export interface StepSettings {
  readonly wait: WaitInput;
  /** How long to wait for another runner's lease, ms. */
  readonly leaseWaitMs: number;
  /** What becomes of what a killed runner left running in the server; it is ended when missing. */
  readonly leaseLeftovers?: Leftovers;
  /** How long to go on asking for table locks, ms. */
  readonly lockBudgetMs: number;
  /** Sessions in the way of a lock that are idle in their transaction for longer are ended, ms; none when missing. */
  readonly lockCancelIdleMs?: number;
  /** What backfills keep to: time of a batch and lag of the standbys in ms, sessions at work. */
  readonly backfill?: {
    readonly targetMs?: number;
    readonly maxReplicaLagMs?: number;
    readonly maxActive?: number;
  };
  /** A backup older than this is taken again before its stage, ms. */
  readonly backupMaxAgeMs: number;
  /** Which backups stay: so many of the newest, none older than so many days but those of a late contract. The last 5 when missing. */
  readonly backupKeep?: KeepSettings;
  /** Of which tables a backup's proof compares the values too: up to so many bytes. 1 GiB when missing. */
  readonly backupChecks?: "all" | "none" | number;
  /** How much of a backup its proof restores. @default "restore" */
  readonly backupProof?: "restore" | "objects" | "provider";
  /** For `provider`: what takes a snapshot, and how long a drill counts, ms. @default none, 30 days */
  readonly backupProvider?: {
    readonly snapshot?: readonly string[];
    readonly drillMaxAgeMs?: number;
  };
  /** Whether a proof may happen on the server that is backed up. @default false */
  readonly backupProofOnTarget?: boolean;
  /** application_name values (LIKE patterns) that are known not to be the app. */
  readonly allowedApplications: readonly string[];
  /** @default told, nothing ignored */
  readonly drift?: DriftInput;
  /** When a release is applied in maintenance; never where it is missing. */
  readonly maintenance?: MaintenancePolicy;
}
export interface StepOutputs extends StepInputs {
  readonly verdict: Verdict;
  /** What the command reported: applied files, what waits, the backup's id, ... */
  readonly result: StepResult;
}
export interface StepResult {
  /** One line for people. */
  readonly summary: string;
  /** Files applied by this run: `03_add_contact_phone`. */
  readonly applied: readonly string[];
  /** Contract files that wait for approval. */
  readonly waiting: readonly string[];
  /** The backup's id, from a backup step. */
  readonly backup?: string;
  /** The highest contract file that is applied, from a verification; null when there is none. */
  readonly contractThrough?: string | null;
}

/** Standbys that must have replayed expand before the app is replaced. */
export interface ReplicasInput {
  /** Secrets. */
  readonly urls: readonly string[];
  /** For all of them, ms. */
  readonly timeoutMs: number;
}

/** A login for one release alone: drain closes those of older ones. */
export interface LoginInput {
  /** Secret: the app's URL with the release's role in it, and the app's own role. */
  readonly login: ReleaseLogin;
  /** On kubernetes: the Secret that the app's pods take the URL from, one for each release (`loginSecretName`). */
  readonly secret?: {
    readonly cluster: ClusterInput;
    /** What the names of all of them begin with. */
    readonly base: string;
    readonly key: string;
    readonly labels: Readonly<Record<string, string>>;
  };
}

/** How the gate will count requests: those of the release before are read so, too, right before the rollout. */
export interface CountersInput {
  readonly healthPath: string;
  readonly metricsPath: string;
  readonly settings: GateSettings;
}

/** A release's app on the local platform. */
export interface ProcessInputs extends Noticed {
  readonly name: string;
  readonly release: ReleaseIdentity;
  /** Secret: the ledger, which must show that this release's expand files are applied. */
  readonly url: string;
  readonly migrations: MigrationsInput;
  /** The app's folder, relative to the project. */
  readonly dir: string;
  /** Files and folders within `dir` that make the app; all when missing. */
  readonly files?: readonly string[];
  /** sha256 of that tree. */
  readonly treeDigest: string;
  readonly command: readonly string[];
  /** Secret. */
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  /** Answers 2xx when the app is well, with the release it is. */
  readonly healthPath: string;
  /** How long a start may take, ms. */
  readonly startTimeoutMs: number;
  readonly gate?: CountersInput;
  /** Secret: as the gate's. */
  readonly counterLogin?: string;
  /** Secret. */
  readonly replicas?: ReplicasInput;
  /** Secret. Made before the app is started; the app's own login is used where it is missing. */
  readonly login?: LoginInput;
}
export interface ProcessOutputs extends ProcessInputs {
  readonly pid: number;
  /** Start time of that pid, so that a recycled pid is never taken for it. */
  readonly startTime: string;
  /** What the app was told it is: `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** `http://127.0.0.1:PORT`. */
  readonly baseUrl: string;
  readonly state: "running" | "stopped";
}

/** The ledger's leave for a release's Deployment, asked right before it is changed. */
export interface RolloutInputs extends Noticed {
  readonly release: ReleaseIdentity;
  /** Secret: the ledger, which must show that this release's expand files are applied. */
  readonly url: string;
  readonly route?: DatabaseRoute;
  readonly migrations: MigrationsInput;
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
  readonly gate?: CountersInput;
  /** Secret: as the gate's. */
  readonly counterLogin?: string;
  /** Secret. */
  readonly replicas?: ReplicasInput;
  /** Secret. Made before the pods are; the app's own login is used where it is missing. */
  readonly login?: LoginInput;
  /** The app, of which another release may run. */
  readonly app?: KubernetesApp;
  /** Added by check: the ledger's last release is another one. */
  readonly pending?: boolean;
}
export interface RolloutOutputs extends RolloutInputs {
  readonly verdict: Verdict;
  /** The release's digest that may be rolled out. */
  readonly digest: string;
}

export interface HealthGateInputs extends Noticed {
  readonly release: ReleaseIdentity;
  /** The release's digest: a saved pass counts for exactly this. */
  readonly digest: string;
  /** Secret: the ledger. */
  readonly url: string;
  readonly route?: DatabaseRoute;
  readonly baseUrl: string;
  readonly healthPath: string;
  readonly metricsPath: string;
  readonly settings: GateSettings;
  /** Secret: the header `Authorization` for the PromQL server that the settings name. */
  readonly counterLogin?: string;
  /** What is watched, and taken back on failure. */
  readonly app: AppHandle;
  /** Added by check: the ledger's last word on the app's health is not this release's pass. */
  readonly pending?: boolean;
}
export interface HealthGateOutputs extends HealthGateInputs {
  readonly verdict: Verdict;
  readonly checks: number;
  /** Over the last window that had data, 0 to 1. */
  readonly errorRate: number | null;
  /** The release that runs again after a rollback. */
  readonly rolledBackTo: string | null;
}

/** What keeps an older release out: a login of its own for each, or nothing. */
export type Fence = "role" | "none";

export interface DrainInputs extends Noticed {
  readonly release: ReleaseIdentity;
  readonly digest: string;
  /** Secret. */
  readonly url: string;
  readonly route?: DatabaseRoute;
  /** The app whose older releases must be gone. */
  readonly app: AppHandle;
  /** No session and no process of an older release for this long, ms. */
  readonly quietMs: number;
  readonly timeoutMs: number;
  /** application_name values that are known not to be the app. */
  readonly allowed: readonly string[];
  /** Closes the logins of older releases (`role`), or relies on names even behind a pooler (`none`). @default names, where there is no pooler */
  readonly fence?: Fence;
  /** Whether the app goes through a pooler, by the config. @default false */
  readonly pooled?: boolean;
  /** Added by check: the ledger knows of no drain since the release last passed its gate. */
  readonly pending?: boolean;
}
export interface DrainOutputs extends DrainInputs {
  readonly verdict: Verdict;
}
