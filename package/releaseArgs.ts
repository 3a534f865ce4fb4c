// The arguments of a release: the keys of a stack's config (docs/config.md), with inputs where a value may come from another resource.
import type { Input } from "@pulumi/pulumi";

/** A length of time: `500ms`, `30s`, `10m`, `2h`, `7d`. */
export type Duration = string;

/**
 * Arguments of `Release`. An argument stands in place of the same key in the stack's config; what neither
 * has gets the environment's default. So what `lockstep approve` writes into the stack's file counts
 * without being handed on, and so do `lockstep:release` and `lockstep:allowRetry`.
 */
export interface ReleaseArgs {
  /** What people call the release: `1.1`. Required, here or in the config. */
  readonly release?: string;
  /** Number of the release's last migration, or one for each label. @default all files */
  readonly target?: string | Readonly<Record<string, string>>;
  /** Decides the defaults, and what is refused. @default what the stack's name tells */
  readonly environment?: "dev" | "staging" | "prod";
  /** The stack that must have verified a release first, or `none`. Required on prod. @default none */
  readonly promoteFrom?: string;
  /** @default local */
  readonly platform?: "local" | "kubernetes";
  /** @default lockstep's own server; refused on prod */
  readonly database?: ReleaseDatabaseArgs;
  /** Folder of the migrations, relative to the project; with more to say of it a block. @default migrations */
  readonly migrations?:
    | string
    | {
        readonly dir?: string;
        /** The tool whose form the folder has. @default what it looks like */
        readonly format?: string;
        /** Values for `${name}` in its files. */
        readonly placeholders?: Readonly<Record<string, string>>;
      };
  /** Required, here or in the config. */
  readonly app?: ReleaseAppArgs;
  /** When a release counts as healthy. */
  readonly gate?: ReleaseGateArgs;
  /** How long to wait for the database. */
  readonly wait?: { readonly attempts?: number; readonly interval?: Duration };
  /** How long to ask for table locks. */
  readonly lock?: { readonly budget?: Duration; readonly cancelIdle?: Duration };
  /** How long to wait for another runner, and what becomes of what a killed one left running in the server. */
  readonly lease?: { readonly wait?: Duration; readonly leftovers?: "end" | "adopt" };
  /** How fast backfills go, and for what they pause. */
  readonly backfill?: {
    readonly target?: Duration;
    readonly maxReplicaLag?: Duration;
    readonly maxActive?: number;
  };
  /** Levels of lint's rules, by id (docs/rules.md): off, info, warning or error. */
  readonly lint?: {
    readonly rules?: Readonly<Record<string, "off" | "info" | "warning" | "error">>;
  };
  /** Standbys that must have replayed expand first. Those with a password belong into the stack's config, encrypted. */
  readonly replicas?: { readonly urls: readonly string[]; readonly timeout?: Duration };
  /** When an older release counts as gone. */
  readonly drain?: {
    readonly quiet?: Duration;
    readonly timeout?: Duration;
    /** application_name values (LIKE patterns) that are not the app. */
    readonly allowed?: readonly string[];
    /** A login for each release (docs/drain.md), or the names of sessions even behind a pooler. */
    readonly fence?: "role" | "none";
  };
  /** When backups are taken. */
  readonly backup?: {
    readonly maxAge?: Duration;
    readonly before?: readonly ("expand" | "contract")[];
    /** Which of them stay. @default the last 5 */
    readonly keep?: {
      readonly count?: number;
      readonly days?: number;
      readonly contractDays?: number;
    };
    /** Of which tables the proof compares all values too. @default those up to 1Gi */
    readonly checksums?: string;
    /** How much of a backup its proof restores (docs/backup.md). @default restore */
    readonly proof?: "restore" | "objects" | "provider";
    /** With `provider`: program and arguments that take a snapshot and print its id last. */
    readonly snapshot?: readonly string[];
    /** With `provider`: how long a drill counts. @default 30d */
    readonly drillMaxAge?: Duration;
    /** Secret. The server that proofs restore on. @default a scratch server */
    readonly proofUrl?: Input<string>;
    readonly proofOnTarget?: boolean;
    /** Secret. Encrypts the backups' files. @default none are encrypted */
    readonly key?: Input<string>;
    /** `s3://BUCKET/PREFIX`. @default a folder; on kubernetes a claim */
    readonly bucket?: string;
    readonly endpoint?: string;
    readonly region?: string;
    /** Secret. With `secretKey`, the bucket's credentials. @default as the AWS SDK finds them */
    readonly accessKey?: Input<string>;
    readonly secretKey?: Input<string>;
  };
  /** Whether pending files must have passed a rehearsal, and the server that it runs on. */
  readonly rehearsal?: {
    readonly required?: boolean;
    /** Secret. @default a scratch cluster of this machine */
    readonly url?: Input<string>;
  };
  /** The wanted schema that `lockstep sync` compares with. @default none */
  readonly sync?: { readonly schema?: string };
  /** Who approved which contract files. @default what `lockstep approve` wrote into the stack's file */
  readonly approval?: ReleaseApprovalArgs & {
    readonly fingerprint?: { readonly version: number; readonly objects: readonly string[] };
  };
  /** The digest of the plan that was previewed: `up` runs no other. @default any plan */
  readonly planDigest?: string;
  /** What each level of risk asks for before expand (docs/risk.md). */
  readonly risk?: {
    readonly mode?: "auto" | "manual" | "skip";
    readonly review?: RiskBound;
    readonly approve?: RiskBound;
    readonly adviseBackup?: RiskBound;
    readonly backup?: RiskBound;
    /** What a second gets through, for `lockstep plan`: `100Mi`; rows as a number. */
    readonly estimate?: {
      readonly scan?: string;
      readonly build?: string;
      readonly rewrite?: string;
      readonly rows?: number;
    };
  };
  /** Which contract files can be given back for how long (docs/soak.md). */
  readonly soak?: { readonly from?: RiskBound; readonly time?: string };
  /** From which level of risk on files are applied in maintenance (docs/maintenance.md). @default never */
  readonly maintenance?: {
    readonly during?: "high" | "very high" | "none";
    readonly keepOnFailure?: boolean;
    readonly wait?: Duration;
  };
  /** Who approved which risky expand files. @default as for `approval` */
  readonly expandApproval?: ReleaseApprovalArgs;
  /** `label#n`: tries the release that was rolled back n times once more. */
  readonly allowRetry?: string;
  /** Where in a cluster, on platform kubernetes: the keys of docs/config.md below `kubernetes`. */
  readonly kubernetes?: Readonly<Record<string, unknown>>;
}

/** A level of risk from which on something holds. */
export type RiskBound = "low" | "medium" | "high" | "very high" | "none";

/** An approval, as `lockstep approve` writes it. */
export interface ReleaseApprovalArgs {
  readonly through: string;
  readonly digest: string;
  readonly by: string;
  readonly at: string;
  readonly expires: string;
  readonly reason?: string;
}

/** Which database. One of `url`, `embedded` and `secret` at most. */
export interface ReleaseDatabaseArgs {
  /**
   * An existing database: an output of another resource, or a secret of the config. On prod with
   * `sslmode=require` or better. A password in a plain text is refused.
   */
  readonly url?: Input<string>;
  /** The server's own address, where `url` is a pooler's: lockstep uses it, the app does not. */
  readonly directUrl?: Input<string>;
  /** lockstep's own server on this machine. */
  readonly embedded?: { readonly port?: number };
  /** A Secret of the cluster that holds the URL; at `directKey` the server's own, where the other one is a pooler's. */
  readonly secret?: { readonly name: string; readonly key: string; readonly directKey?: string };
}

/** The app: a folder's files on local, an image on kubernetes. */
export interface ReleaseAppArgs {
  /** The app's folder, relative to the project; on local. */
  readonly dir?: string;
  /** What makes the app within it. @default all of it */
  readonly files?: readonly string[];
  /** The app's image; on kubernetes. `${release}` is the label. */
  readonly image?: string;
  /** Program and arguments; `${release}` is the label. Required on local. */
  readonly command?: readonly string[];
  /** The port that the app is told in `PORT`. */
  readonly port: number;
  /** Answers 2xx and names the release. @default /health */
  readonly healthPath?: string;
  /** Prometheus metrics. @default /metrics */
  readonly metricsPath?: string;
  /** Environment variables. Part of the release's identity, so they must be known before anything runs. */
  readonly env?: Readonly<Record<string, string>>;
  /** The same for secrets, which are not part of the identity and may come from other resources. */
  readonly secretEnv?: Readonly<Record<string, Input<string>>>;
  /** How long a start may take. @default 30s */
  readonly startTimeout?: Duration;
}

/** How the gate watches. The defaults go by the environment. */
export interface ReleaseGateArgs {
  readonly interval?: Duration;
  readonly watch?: Duration;
  /** At this share of failed requests or more a check fails: `5%` or 0.05. */
  readonly errorRate?: string | number;
  /** Failed checks in a row that roll back. */
  readonly failures?: number;
  readonly minRequests?: number;
  /** Requests that the gate sends itself; 0 for none. */
  readonly probesPerSecond?: number;
  readonly probePaths?: readonly string[];
  /** Before anything is counted. */
  readonly warmUp?: Duration;
  /** Response times from which on a check fails. */
  readonly p50?: Duration;
  readonly p95?: Duration;
  readonly p99?: Duration;
  /** Processors that one instance may keep busy: 0.5 or `500m`. */
  readonly cpu?: string | number;
  /** Memory of one instance: `512Mi`. */
  readonly memory?: string;
  /** Share of the server's connections: `90%`. */
  readonly connections?: string | number;
  /** Lost sessions and deadlocks between two checks. */
  readonly databaseErrors?: number;
  /** What becomes of the figures of the release before. @default show */
  readonly baseline?: "off" | "show" | "compare";
  /** How many times as bad as it fails a check. @default 2 */
  readonly baselineFactor?: number;
  /** Where requests are counted. @default metrics */
  readonly source?: "metrics" | "promql" | "json" | "probes";
  readonly requestMetric?: string;
  readonly latencyMetric?: string;
  /** A PromQL server that scrapes the app. With a login the stack's config is the place: it must be encrypted there. */
  readonly promql?: { readonly url: string; readonly selector: string };
  /** Where in a JSON document of the app its counters are. */
  readonly json?: {
    readonly path?: string;
    readonly total: string;
    readonly failed: string;
    readonly startedAt?: string;
    readonly p50?: string;
    readonly p95?: string;
    readonly p99?: string;
  };
}
