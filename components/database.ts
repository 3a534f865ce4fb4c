// The database of a stack: lockstep's own, or one that is there already.
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseRoute } from "../provider/schema.ts";
import { childOptions } from "./children.ts";
import type { DatabaseSource, Platform, PlatformDatabase } from "./platforms/platform.ts";
import { ensureArguments } from "./validation.ts";

/** Arguments of `Database`. */
export interface DatabaseArgs {
  readonly platform: Platform;
  readonly project: string;
  readonly stack: string;
  /** An existing database, which is then only used, never made or removed. */
  readonly external?: DatabaseSource;
  /** Port of a database of lockstep's own on this machine. @default a free one, kept */
  readonly port?: number;
  /**
   * Whether Pulumi may remove what holds the data. Everywhere else the server is protected, and kept
   * even where it leaves the program. @default false
   */
  readonly disposable?: boolean;
}

/** Where the release's data is. Its outputs are real data: the URLs. */
export class Database extends pulumi.ComponentResource {
  /** Secret: the server itself. */
  readonly url: pulumi.Output<string>;
  /** Secret: what the app connects to; a pooler, where there is one. */
  readonly appUrl: pulumi.Output<string>;
  /** How the plugin reaches it, where that is not by the URL alone; plain data, so no output. */
  readonly route: DatabaseRoute | undefined;
  /** Whether the server is lockstep's own, which an update starts where it is stopped. */
  readonly managed: boolean;
  /** Whether the app goes through a pooler, which is so where the server's own address stands beside its. */
  readonly pooled: boolean;

  /** @throws pulumi.InputPropertiesError where a port is given for an external database. */
  constructor(name: string, args: DatabaseArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { platform, external, port } = args;
    ensureArguments("Database", [
      [
        "port",
        port === undefined || external === undefined,
        "no port beside external, whose port is its own",
      ],
      [
        "external",
        external === undefined || "url" in external || platform.kind === "kubernetes",
        "a URL, since platform local has no Secrets",
      ],
    ]);
    super("lockstep:components:Database", name, {}, options);
    this.managed = external === undefined;
    this.pooled = external !== undefined && hasDirectWay(external);
    const database =
      external === undefined
        ? createDatabase(this, { name, args, options })
        : platform.useDatabase(name, external, childOptions(this, options));
    this.url = database.url;
    this.appUrl = database.appUrl ?? database.url;
    this.route = database.route;
    const { url, appUrl, managed } = this;
    this.registerOutputs({ url, appUrl, managed });
  }
}

function hasDirectWay(source: DatabaseSource): boolean {
  return "url" in source ? source.directUrl !== undefined : source.secret.directKey !== undefined;
}

function createDatabase(
  parent: Database,
  given: {
    readonly name: string;
    readonly args: DatabaseArgs;
    readonly options: pulumi.ComponentResourceOptions;
  },
): PlatformDatabase {
  const { platform, project, stack, port, disposable = false } = given.args;
  const kept = { protect: !disposable, retainOnDelete: !disposable };
  const spec = { project, stack, port };
  return platform.createDatabase(given.name, spec, {
    ...childOptions(parent, given.options),
    ...kept,
  });
}
