// The plugin's resources as classes: tokens and types of provider/schema.ts, and no behaviour.
import * as pulumi from "@pulumi/pulumi";
import {
  TOKENS,
  type AdmissionInputs,
  type DatabaseSecretInputs,
  type DrainInputs,
  type EmbeddedDatabaseInputs,
  type HealthGateInputs,
  type ProcessInputs,
  type ReleaseIdentity,
  type RolloutInputs,
  type StepInputs,
  type StepResult,
  type Verdict,
} from "../provider/schema.ts";

/** `T` with a Pulumi input in place of every member's value. */
export type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<NonNullable<T[K]>> };

/** Properties that the plugin adds; undefined tells Pulumi to wait for them. */
const added = <K extends string>(...names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, undefined])) as Record<K, undefined>;

const secret = (options: pulumi.CustomResourceOptions, ...names: string[]) =>
  pulumi.mergeOptions(options, { additionalSecretOutputs: names });

/** `args` with URLs that stay encrypted, even where the caller forgot to say so. */
const sealed = <
  T extends { readonly url: pulumi.Input<string>; readonly rehearsalUrl?: pulumi.Input<string> },
>(
  args: T,
): T => ({
  ...args,
  url: pulumi.secret(args.url),
  ...(args.rehearsalUrl !== undefined && { rehearsalUrl: pulumi.secret(args.rehearsalUrl) }),
});

/** lockstep's own PostgreSQL server on this machine. */
export class EmbeddedDatabase extends pulumi.CustomResource {
  /** Secret: holds the password. */
  declare readonly url: pulumi.Output<string>;

  constructor(
    name: string,
    args: Inputs<EmbeddedDatabaseInputs>,
    options: pulumi.CustomResourceOptions,
  ) {
    const outputs = added("url", "dataDir", "serverVersion", "state");
    super(TOKENS.embeddedDatabase, name, { ...args, ...outputs }, secret(options, "url"));
  }
}

/** The Secret of a cluster that holds the database's URL. */
export class DatabaseSecret extends pulumi.CustomResource {
  /** Secret: holds the password. */
  declare readonly url: pulumi.Output<string>;
  /** Secret; there only with a `directKey`. */
  declare readonly directUrl: pulumi.Output<string>;

  constructor(
    name: string,
    args: Inputs<DatabaseSecretInputs>,
    options: pulumi.CustomResourceOptions,
  ) {
    const outputs = added("url", "directUrl");
    super(
      TOKENS.databaseSecret,
      name,
      { ...args, ...outputs },
      secret(options, "url", "directUrl"),
    );
  }
}

/** What the ledger must tell before anything starts. */
export class AdmissionCheck extends pulumi.CustomResource {
  declare readonly verdict: pulumi.Output<Verdict>;

  constructor(name: string, args: Inputs<AdmissionInputs>, options: pulumi.CustomResourceOptions) {
    const outputs = added("verdict", "digest");
    super(
      TOKENS.admission,
      name,
      { ...sealed(args), ...outputs },
      secret(options, "url", "rehearsalUrl"),
    );
  }
}

/** One lockstep command, run where the platform runs commands. */
export class Step extends pulumi.CustomResource {
  /** Of the last run: an update that leaves the step out (`--target`) keeps an earlier release here. */
  declare readonly release: pulumi.Output<ReleaseIdentity>;
  declare readonly verdict: pulumi.Output<Verdict>;
  /** Undefined where an update excluded the step (`--exclude`) before it ever ran. */
  declare readonly result: pulumi.Output<StepResult | undefined>;

  constructor(name: string, args: Inputs<StepInputs>, options: pulumi.CustomResourceOptions) {
    const outputs = added("verdict", "result");
    super(
      TOKENS.step,
      name,
      { ...sealed(args), ...outputs },
      secret(options, "url", "rehearsalUrl", "backupStore"),
    );
  }
}

/** The app as a process of this machine that outlives `pulumi up`. */
export class Process extends pulumi.CustomResource {
  /** `http://127.0.0.1:PORT`. */
  declare readonly baseUrl: pulumi.Output<string>;

  constructor(name: string, args: Inputs<ProcessInputs>, options: pulumi.CustomResourceOptions) {
    const outputs = added("pid", "startTime", "releaseId", "baseUrl", "state");
    super(
      TOKENS.process,
      name,
      { ...sealed(args), env: pulumi.secret(args.env), ...outputs },
      secret(options, "env", "url"),
    );
  }
}

/** The ledger's leave for a Deployment of the app. */
export class Rollout extends pulumi.CustomResource {
  constructor(name: string, args: Inputs<RolloutInputs>, options: pulumi.CustomResourceOptions) {
    const outputs = added("verdict", "digest");
    super(TOKENS.rollout, name, { ...sealed(args), ...outputs }, secret(options, "url"));
  }
}

/** The watch over a new release that takes it back where it fails. */
export class GateWatch extends pulumi.CustomResource {
  declare readonly verdict: pulumi.Output<Verdict>;

  constructor(name: string, args: Inputs<HealthGateInputs>, options: pulumi.CustomResourceOptions) {
    const outputs = added("verdict", "checks", "errorRate", "rolledBackTo");
    super(TOKENS.healthGate, name, { ...sealed(args), ...outputs }, secret(options, "url"));
  }
}

/** The wait until no older release is left. */
export class DrainWait extends pulumi.CustomResource {
  declare readonly verdict: pulumi.Output<Verdict>;

  constructor(name: string, args: Inputs<DrainInputs>, options: pulumi.CustomResourceOptions) {
    super(TOKENS.drain, name, { ...sealed(args), ...added("verdict") }, secret(options, "url"));
  }
}
