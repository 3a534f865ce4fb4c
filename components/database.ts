// The database of a stack: lockstep's own, or one that is there already.
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "./children.ts";
import type { Platform } from "./platforms/platform.ts";
import { ensureArguments } from "./validation.ts";

/** Arguments of `Database`. */
export interface DatabaseArgs {
  readonly platform: Platform;
  readonly project: string;
  readonly stack: string;
  /** Secret. URL of an existing database, which is then only used, never made or removed. */
  readonly externalUrl?: pulumi.Input<string>;
  /** Port of a database of lockstep's own. @default a free one, kept */
  readonly port?: number;
  /**
   * Whether Pulumi may remove what holds the data. Everywhere else the server is protected, and kept
   * even where it leaves the program. @default false
   */
  readonly disposable?: boolean;
}

/** Where the release's data is. Its one output is real data: the URL. */
export class Database extends pulumi.ComponentResource {
  /** Secret. */
  readonly url: pulumi.Output<string>;
  /** Whether the server is lockstep's own, which an update starts where it is stopped. */
  readonly managed: boolean;

  /** @throws pulumi.InputPropertiesError where a port is given for an external database. */
  constructor(name: string, args: DatabaseArgs, options: pulumi.ComponentResourceOptions = {}) {
    ensureArguments("Database", [
      [
        "port",
        args.port === undefined || args.externalUrl === undefined,
        "no port beside externalUrl, whose port is its own",
      ],
    ]);
    super("lockstep:components:Database", name, {}, options);
    this.managed = args.externalUrl === undefined;
    this.url =
      args.externalUrl === undefined
        ? createDatabase(this, { name, args, options })
        : pulumi.secret(args.externalUrl);
    this.registerOutputs({ url: this.url, managed: this.managed });
  }
}

function createDatabase(
  parent: Database,
  given: {
    readonly name: string;
    readonly args: DatabaseArgs;
    readonly options: pulumi.ComponentResourceOptions;
  },
): pulumi.Output<string> {
  const { platform, project, stack, port, disposable = false } = given.args;
  const kept = { protect: !disposable, retainOnDelete: !disposable };
  const spec = { project, stack, port };
  return platform.createDatabase(given.name, spec, {
    ...childOptions(parent, given.options),
    ...kept,
  }).url;
}
