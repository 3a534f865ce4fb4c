// What a component asks of the platform that a stack runs on.
import * as pulumi from "@pulumi/pulumi";
import type { ReleaseLogin } from "../../engine/fence/releaseLogin.ts";
import type {
  AppHandle,
  CountersInput,
  DatabaseRoute,
  MigrationsInput,
  PlatformKind,
  ReleaseIdentity,
  ReplicasInput,
  StepInputs,
} from "../../provider/schema.ts";
import type { Notices } from "../notices.ts";
import type { Inputs, Step } from "../resources.ts";

/**
 * Turns a database, a step or a service into resources. A platform decides where things run, never
 * in which order: order comes in with `options`, as do parent and protection.
 */
export interface Platform {
  readonly kind: PlatformKind;
  /** A database of lockstep's own. */
  createDatabase(
    name: string,
    spec: DatabaseSpec,
    options: pulumi.CustomResourceOptions,
  ): PlatformDatabase;
  /** A database that is there already: made known to what runs on the platform, and never changed. */
  useDatabase(
    name: string,
    source: DatabaseSource,
    options: pulumi.CustomResourceOptions,
  ): PlatformDatabase;
  /** One lockstep command, run where this platform runs commands: child process, container, Job. */
  createStep(name: string, spec: StepSpec, options: pulumi.CustomResourceOptions): Step;
  /** The app, replacing the release that runs. */
  createService(
    name: string,
    spec: ServiceSpec,
    options: pulumi.CustomResourceOptions,
  ): PlatformService;
}

/** A database to make. */
export interface DatabaseSpec {
  readonly project: string;
  readonly stack: string;
  /** Fixed port; the platform chooses when undefined. */
  readonly port: number | undefined;
}

/** Where an existing database's URL is. */
export type DatabaseSource =
  /** Secrets. `directUrl` is the server's own, where `url` is a pooler's. */
  | { readonly url: pulumi.Input<string>; readonly directUrl?: pulumi.Input<string> }
  /** A Secret of the cluster, and the keys of the two in it. */
  | {
      readonly secret: {
        readonly name: string;
        readonly key: string;
        readonly directKey?: string;
      };
    };

/** A database, as the steps and the app find it. */
export interface PlatformDatabase {
  /** Secret: the server itself. */
  readonly url: pulumi.Output<string>;
  /** Secret: what the app connects to, where that is another one: a pooler. */
  readonly appUrl?: pulumi.Output<string>;
  /** How the plugin reaches it, where that is not by the URL alone. */
  readonly route?: DatabaseRoute;
}

/** Whom the URLs of `source` are for: where there is a pooler, it is the app's alone. */
export function urlsOf({
  url,
  directUrl,
}: Extract<DatabaseSource, { readonly url: unknown }>): Required<
  Pick<PlatformDatabase, "url" | "appUrl">
> {
  return { url: pulumi.secret(directUrl ?? url), appUrl: pulumi.secret(url) };
}

/** A step, but for where it runs. */
export type StepSpec = Omit<Inputs<StepInputs>, "executor">;

/** What the app is made of: a folder's files, or an image. */
export type Artifact = TreeArtifact | ImageArtifact;
/** Files of a folder of the project. */
export interface TreeArtifact {
  readonly kind: "tree";
  /** The app's folder, relative to the project. */
  readonly dir: string;
  /** What makes the app within `dir`; all of it when missing. */
  readonly files?: readonly string[];
  /** sha256, hex, of that tree. */
  readonly digest: string;
  readonly command: readonly string[];
}
/** A container image. */
export interface ImageArtifact {
  readonly kind: "image";
  readonly image: string;
  /** In place of the image's own entry point. */
  readonly command?: readonly string[];
}

/** An app to run. */
export interface ServiceSpec {
  /** Plain: gate and drain must find the app whatever became of its resource. */
  readonly name: string;
  readonly artifact: Artifact;
  readonly release: ReleaseIdentity;
  /** What the app is told it is: `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** Secret: the ledger, which must show that the release's expand files are applied. */
  readonly url: pulumi.Input<string>;
  /** Secret: the app's DATABASE_URL, where that is not `url`. */
  readonly appUrl?: pulumi.Input<string>;
  readonly route?: DatabaseRoute;
  /** Secret. Webhooks that hear how it went. */
  readonly notices?: Notices;
  readonly migrations: MigrationsInput;
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
  /** Beside DATABASE_URL, which it may replace. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  /** Secret. */
  readonly secretEnv: Readonly<Record<string, pulumi.Input<string>>>;
  readonly port: number;
  /** Answers 2xx when the app is well, with the release it is. */
  readonly healthPath: string;
  /** How long a start may take, ms. */
  readonly startTimeoutMs: number;
  /** How the gate will count requests. */
  readonly gate?: CountersInput;
  /** Secret: the login that goes with it. */
  readonly counterLogin?: pulumi.Input<string>;
  /** Secret: standbys that must have replayed expand first. */
  readonly replicas?: pulumi.Input<ReplicasInput>;
  /** Secret: the release's own login, which the app gets in place of any other DATABASE_URL. */
  readonly login?: pulumi.Output<ReleaseLogin>;
}

/** An app that runs, with what the steps after it need to find it. */
export interface PlatformService {
  /** Where it answers: as seen from the plugin on local, within the cluster on kubernetes. */
  readonly baseUrl: pulumi.Output<string>;
  /** How gate and drain find it. */
  readonly app: AppHandle;
}
