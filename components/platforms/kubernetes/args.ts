// What the kubernetes platform is made with.
import type {
  BackupsConfig,
  JobsConfig,
  PodsConfig,
  ServerConfig,
} from "../../../config/kubernetesConfig.ts";
import type { ClusterInput } from "../../../provider/schema.ts";

/** Arguments of the kubernetes platform; plain data, since names must be known in every preview. */
export interface KubernetesArgs {
  readonly kind: "kubernetes";
  readonly project: string;
  readonly stack: string;
  readonly cluster: ClusterInput;
  /** What the names of all objects begin with. */
  readonly name: string;
  /** Whether the namespace is the stack's own; else it must be there. */
  readonly createNamespace: boolean;
  /** Whether Pulumi may remove what holds data. Everywhere else that is protected, and kept. */
  readonly disposable: boolean;
  /** Whether the database's URL must ask for TLS. */
  readonly requireTls: boolean;
  readonly runnerImage: string;
  readonly imagePullSecrets: readonly string[];
  readonly migrations: MigrationsSource;
  readonly jobs: JobsConfig;
  readonly app: PodsConfig;
  readonly service: { readonly port: number; readonly type: string };
  readonly database: ServerConfig;
  /** The volume for backups. Undefined where no step takes one, or where they go to a bucket. */
  readonly backups: BackupsConfig | undefined;
  /** Secret: what a backup's Job has in its environment, where the stack says where backups go or how they are sealed. */
  readonly backupEnvironment?: Readonly<Record<string, string>>;
}

/** Where Jobs find the migrations. */
export type MigrationsSource =
  /** An image made from the runner's, with the files in /migrations. */
  | { readonly kind: "image"; readonly image: string }
  | {
      readonly kind: "archive";
      /** gzip-compressed tar of the folder, as base64. */
      readonly base64: string;
      /** sha256, hex, of the archive. */
      readonly digest: string;
    };
