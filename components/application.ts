// The rollout of the app.
import * as pulumi from "@pulumi/pulumi";
import type { MigrationsInput, ReleaseIdentity } from "../provider/schema.ts";
import { childOptions } from "./children.ts";
import type { Platform, PlatformService } from "./platforms/platform.ts";
import { ensureArguments, isDigest, positive, releaseRules } from "./validation.ts";

/** Arguments of `Application`. */
export interface ApplicationArgs {
  readonly platform: Platform;
  readonly release: ReleaseIdentity;
  /** Secret: the ledger, which must show that the release's expand files are applied. */
  readonly url: pulumi.Input<string>;
  readonly migrations: MigrationsInput;
  /** The name under which gate, drain and rollback find the app. */
  readonly service: string;
  /** The app's folder, relative to the project. */
  readonly dir: string;
  /** What makes the app within `dir`. @default all of it */
  readonly files?: readonly string[];
  /** sha256 of that tree. */
  readonly treeDigest: string;
  readonly command: readonly string[];
  /** Environment variables. Kept secret, whatever they hold. */
  readonly env: pulumi.Input<Record<string, pulumi.Input<string>>>;
  readonly port: number;
  /** Answers 2xx, and with the release it is, when the app is well. */
  readonly healthPath: string;
  readonly startTimeoutMs: number;
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
      ["treeDigest", isDigest(args.treeDigest), "a sha256 in hex"],
      ["command", args.command.length > 0, "a program and its arguments"],
      ["port", args.port >= 1 && args.port <= 65_535, "a port from 1 to 65535"],
      ["healthPath", args.healthPath.startsWith("/"), "a path that begins with a slash"],
      positive("startTimeoutMs", args.startTimeoutMs),
    ]);
    super("lockstep:components:Application", name, {}, options);
    const { platform, service, env, ...spec } = args;
    this.service = platform.createService(
      name,
      { ...spec, name: service, env: pulumi.output(env) },
      childOptions(this, options),
    );
    this.baseUrl = this.service.baseUrl;
    this.registerOutputs({ baseUrl: this.baseUrl });
  }
}
