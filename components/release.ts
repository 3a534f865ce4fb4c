// One release, from expand to contract, in the order in which it happens.
import * as pulumi from "@pulumi/pulumi";
import { Admission, type AdmissionArgs } from "./admission.ts";
import { Application, type ApplicationArgs } from "./application.ts";
import { Backup } from "./backup.ts";
import { Database, type DatabaseArgs } from "./database.ts";
import { Drain, type DrainArgs } from "./drain.ts";
import { HealthGate, type HealthGateArgs } from "./healthGate.ts";
import { Migration } from "./migration.ts";
import type { Notices } from "./notices.ts";
import type { PlatformMaker } from "./platforms/choosePlatform.ts";
import type { StepArgs } from "./stepArgs.ts";
import {
  Verification,
  type Nothing,
  type PromotionRecord,
  type Provenance,
} from "./verification.ts";

/** A stage that a backup may come before. */
type Stage = "expand" | "contract";

/** Arguments of `Release`: what is released, and how each part is to work. */
export interface ReleaseArgs {
  /** What every step is told. */
  readonly step: Pick<
    StepArgs,
    "release" | "migrations" | "settings" | "approval" | "allowRetry" | "planDigest"
  >;
  /** The steps' digests: a step runs again when its own changes. */
  readonly digests: Readonly<Record<"expand" | "drain" | "contract" | "verify", string>> & {
    readonly backup: Readonly<Record<Stage, string>>;
  };
  readonly provenance: Provenance;
  /** Levels of lint's rules, by id. @default each rule's own */
  readonly lint?: AdmissionArgs["lint"];
  /** Whether contract files are approved: only then there are Drain, Backup and contract. */
  readonly contracts: boolean;
  readonly platform: PlatformMaker;
  readonly database: Omit<DatabaseArgs, "platform">;
  readonly app: Pick<
    ApplicationArgs,
    "artifact" | "env" | "secretEnv" | "port" | "healthPath" | "startTimeoutMs"
  >;
  readonly gate: Pick<HealthGateArgs, "healthPath" | "metricsPath" | "settings" | "counterLogin">;
  /** Secret: standbys that must have replayed expand before the app is replaced. */
  readonly replicas?: ApplicationArgs["replicas"];
  readonly drain: Pick<DrainArgs, "quietMs" | "timeoutMs" | "allowed" | "fence">;
  readonly backupBefore: readonly Stage[];
  /** Secret. Webhooks that hear of the release. @default none */
  readonly notices?: Notices;
  /** What the stack asks for where a release is risky. @default the documents' table */
  readonly risk?: AdmissionArgs["risk"];
  /** Whether pending files must have passed a rehearsal. @default false */
  readonly rehearsalRequired?: boolean;
  /** Secret. The server that rehearsals run on. @default a scratch cluster of the plugin's machine */
  readonly rehearsalUrl?: pulumi.Input<string>;
  /** What the parts' names begin with; where it is empty they are `database`, `expand` and so on. */
  readonly namePrefix: string;
}

/** A schema change and the app that needs it, as one. */
export class Release extends pulumi.ComponentResource {
  /** Where the app answers. */
  readonly url: pulumi.Output<string>;
  /** Secret. */
  readonly databaseUrl: pulumi.Output<string>;
  /** Contract files that wait: `05_remove_phone`. */
  readonly waiting: pulumi.Output<readonly string[]>;
  /** What the stack after this one may take; a record only when the release was verified. */
  readonly promotion: pulumi.Output<PromotionRecord | Nothing>;

  /** @throws pulumi.InputPropertiesError where an argument of a part can't be used. */
  constructor(name: string, args: ReleaseArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("lockstep:components:Release", name, {}, options);
    const { digests, provenance } = args;
    const named = (part: string) => `${args.namePrefix}${part}`;
    const after = (earlier?: pulumi.Resource) =>
      partOptions(this, args, earlier ? [earlier] : options.dependsOn);

    const platform = args.platform(named("cluster"), after());
    const database = new Database(named("database"), { ...args.database, platform }, after());
    const { url, appUrl, route, managed, pooled } = database;
    const { release, migrations, allowRetry, approval, planDigest, settings } = args.step;
    const retry = { ...(allowRetry && { allowRetry }) };
    const planned = { ...(planDigest !== undefined && { planDigest }) };
    const consent = { ...(approval && { approval }), ...retry, ...planned };
    const notices = { ...(args.notices && { notices: args.notices }) };
    const common = { release, url, ...(route && { route }), ...notices };
    const step = { ...common, ...consent, platform, migrations, settings };
    const rehearsal = {
      ...(args.rehearsalRequired && { rehearsalRequired: true }),
      ...(args.rehearsalUrl !== undefined && { rehearsalUrl: args.rehearsalUrl }),
    };
    const held = { ...(args.risk && { risk: args.risk }), ...(args.lint && { lint: args.lint }) };
    const backUp = (before: Stage, earlier: pulumi.Resource) => {
      if (!args.backupBefore.includes(before)) return earlier;
      const digest = digests.backup[before];
      return new Backup(named(`backup-${before}`), { ...step, before, digest }, after(earlier));
    };

    const admission = new Admission(
      named("admission"),
      {
        ...{ ...common, ...consent, migrations, managed },
        ...{ wait: settings.wait, platform: platform.kind },
        ...(settings.drift && { drift: settings.drift }),
        ...(settings.maintenance && { maintenance: settings.maintenance }),
        ...held,
        ...rehearsal,
      },
      after(database),
    );

    // Stage 1 adds what the new app needs, and what the running one does not notice.
    const expand = new Migration(
      named("expand"),
      { ...step, ...held, ...rehearsal, stage: "expand", digest: digests.expand },
      after(backUp("expand", admission)),
    );

    const service = named("app");
    const { releaseId } = provenance;
    const { counterLogin, ...counters } = args.gate;
    const standbys = args.replicas === undefined ? {} : { replicas: args.replicas };
    const measured = {
      ...standbys,
      gate: counters,
      ...(counterLogin !== undefined && { counterLogin }),
    };
    const application = new Application(
      service,
      {
        ...common,
        ...args.app,
        appUrl,
        platform,
        migrations,
        service,
        releaseId,
        ...retry,
        ...measured,
        ...(args.drain.fence === "role" && { ownLogin: true }),
      },
      after(expand),
    );
    const gate = new HealthGate(
      named("gate"),
      { ...common, ...args.gate, application },
      after(application),
    );

    // Stage 2 removes, for good: only files that somebody approved, and only once nothing old is left.
    const contract = (earlier: pulumi.Resource) => {
      const limits = { ...args.drain, ...(pooled && { pooled }), digest: digests.drain };
      const drain = new Drain(
        named("drain"),
        { ...common, ...limits, application },
        after(earlier),
      );
      return new Migration(
        named("contract"),
        { ...step, ...held, ...rehearsal, stage: "contract", digest: digests.contract },
        after(backUp("contract", drain)),
      );
    };
    const verification = new Verification(
      named("verification"),
      { ...step, digest: digests.verify, provenance },
      after(args.contracts ? contract(gate) : gate),
    );

    this.url = application.baseUrl;
    this.databaseUrl = url;
    this.waiting = verification.waiting;
    this.promotion = verification.promotion;
    const { waiting, promotion } = this;
    this.registerOutputs({ url: this.url, databaseUrl: url, waiting, promotion });
  }
}

/** A part's options. Where its name has no prefix it may stem from before the parts had a component around them. */
function partOptions(
  release: Release,
  { namePrefix }: ReleaseArgs,
  dependsOn: pulumi.ComponentResourceOptions["dependsOn"],
): pulumi.ComponentResourceOptions {
  return {
    parent: release,
    ...(namePrefix === "" && { aliases: [{ parent: pulumi.rootStackResource }] }),
    ...(dependsOn !== undefined && { dependsOn }),
  };
}
