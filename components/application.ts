// The rollout of the app.
import * as pulumi from "@pulumi/pulumi";
import { releaseLogin, type ReleaseLogin } from "../engine/fence/releaseLogin.ts";
import type {
  CountersInput,
  DatabaseRoute,
  MigrationsInput,
  ReleaseIdentity,
  ReplicasInput,
} from "../provider/schema.ts";
import { childOptions } from "./children.ts";
import type { Notices } from "./notices.ts";
import type { Artifact, Platform, PlatformService } from "./platforms/platform.ts";
import {
  ensureArguments,
  isDigest,
  positive,
  releaseRules,
  type ArgumentRule,
} from "./validation.ts";

/** Arguments of `Application`. */
export interface ApplicationArgs {
  readonly platform: Platform;
  readonly release: ReleaseIdentity;
  /** What the app is told it is: `1.1-3f9c2ab41c07`. */
  readonly releaseId: string;
  /** Secret: the ledger, which must show that the release's expand files are applied. */
  readonly url: pulumi.Input<string>;
  /** Secret: what the app gets as DATABASE_URL. @default url */
  readonly appUrl?: pulumi.Input<string>;
  /** How the plugin reaches the ledger, where that is not by the URL alone. */
  readonly route?: DatabaseRoute;
  /** Secret. Webhooks that hear how it went. */
  readonly notices?: Notices;
  readonly migrations: MigrationsInput;
  /** The name under which gate, drain and rollback find the app. */
  readonly service: string;
  /** What the app is made of. */
  readonly artifact: Artifact;
  /** Environment variables; DATABASE_URL is there without being named. */
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  /** The same for secrets. */
  readonly secretEnv: Readonly<Record<string, pulumi.Input<string>>>;
  readonly port: number;
  /** Answers 2xx, and with the release it is, when the app is well. */
  readonly healthPath: string;
  readonly startTimeoutMs: number;
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  readonly allowRetry?: string;
  /** How the gate will count requests: the release that runs is measured so before it goes. */
  readonly gate?: CountersInput;
  /** Secret: the login that goes with it. */
  readonly counterLogin?: pulumi.Input<string>;
  /** Secret: standbys that must have replayed expand first. */
  readonly replicas?: pulumi.Input<ReplicasInput>;
  /** Whether the release gets a login of its own in the server, which a later drain can close. @default false */
  readonly ownLogin?: boolean;
}

/** Starts the release's app in place of the one that runs. */
export class Application extends pulumi.ComponentResource {
  /** Where the app answers. */
  readonly baseUrl: pulumi.Output<string>;
  /** What gate and drain need to find the app; plain data, so no output. */
  readonly service: PlatformService;

  /** @throws pulumi.InputPropertiesError where an argument can't be used. */
  constructor(name: string, args: ApplicationArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Application", [
      ...releaseRules(args),
      ["service", args.service !== "", "a name"],
      ...artifactRules(args),
      ["port", args.port >= 1 && args.port <= 65_535, "a port from 1 to 65535"],
      ["healthPath", args.healthPath.startsWith("/"), "a path that begins with a slash"],
      positive("startTimeoutMs", args.startTimeoutMs),
    ]);
    super("lockstep:components:Application", name, {}, options);
    const { platform, service, ownLogin = false, ...spec } = args;
    const login = ownLogin ? { login: loginOf(args) } : {};
    this.service = platform.createService(
      name,
      { ...spec, ...login, name: service },
      childOptions(this, options),
    );
    this.baseUrl = this.service.baseUrl;
    this.registerOutputs({ baseUrl: this.baseUrl });
  }
}

/** Made of the URL that the app would get without it. */
function loginOf(args: ApplicationArgs): pulumi.Output<ReleaseLogin> {
  const { env, secretEnv, appUrl = args.url, release } = args;
  const own = secretEnv.DATABASE_URL ?? env.DATABASE_URL ?? appUrl;
  return pulumi.secret(pulumi.output(own).apply((url) => releaseLogin(url, release)));
}

function artifactRules({ artifact, platform }: ApplicationArgs): readonly ArgumentRule[] {
  if (artifact.kind === "image") {
    const fits = platform.kind === "kubernetes";
    return [
      ["artifact.kind", fits, "a tree, since platform local runs a folder's files"],
      ["artifact.image", artifact.image !== "", "an image"],
    ];
  }
  const fits = platform.kind === "local";
  return [
    ["artifact.kind", fits, "an image, since platform kubernetes runs containers"],
    ["artifact.digest", isDigest(artifact.digest), "a sha256 in hex"],
    ["artifact.command", artifact.command.length > 0, "a program and its arguments"],
  ];
}
