// A release as a component for other Pulumi programs: reads and plans while it is initialized.
import * as pulumi from "@pulumi/pulumi";
import { childOptions } from "../components/children.ts";
import { Release as PlannedRelease } from "../components/release.ts";
import { externalDatabase } from "../program/args.ts";
import { beginPromotion } from "../program/beginPromotion.ts";
import { readPlan } from "../program/readPlan.ts";
import { readPromotion } from "../program/readPromotion.ts";
import { orRefuse, refusal } from "../program/refusal.ts";
import { releaseArgs } from "../program/releaseArgs.ts";
import { takenLine } from "../program/takenText.ts";
import { describeWaiting } from "../program/waiting.ts";
import { readArguments, type ReadArguments } from "./readArguments.ts";
import type { ReleaseArgs } from "./releaseArgs.ts";
import type { Promotion, WaitingFiles } from "./releaseOutputs.ts";

/** What there is once the plan is made. */
interface Composed {
  readonly releaseId: string;
  readonly url: pulumi.Output<string>;
  readonly databaseUrl: pulumi.Output<string>;
  readonly waiting: pulumi.Output<WaitingFiles | "nothing">;
  readonly promotion: pulumi.Output<Promotion | string>;
  readonly taken: readonly string[];
}

/**
 * A schema change and the app that needs it, as one: backup, expand, rollout, gate, drain, contract,
 * verification, in the order of docs/releases.md. A resource that depends on it comes after all of that. One for
 * each stack: ledger, approval and the app's place go by the stack. Pulumi.yaml names the plugin:
 *
 *     plugins:
 *       providers:
 *         - { name: lockstep, path: node_modules/pulumi-lockstep/provider }
 */
export class Release extends pulumi.ComponentResource<Composed> {
  /** What the app is told it is: label and digest, `1.1-73d209b3281f`. */
  readonly releaseId!: pulumi.Output<string>;
  /** Where the app answers. */
  readonly url!: pulumi.Output<string>;
  /** Secret. */
  readonly databaseUrl!: pulumi.Output<string>;
  /** Contract files that wait, for what, and the command that helps. */
  readonly waiting!: pulumi.Output<WaitingFiles | "nothing">;
  /** What the stack after this one may take: export it as `promotion`. A text says why there is nothing. */
  readonly promotion!: pulumi.Output<Promotion | string>;
  /** What this stack took from the one before and may come back to: export it as `taken`. */
  readonly taken!: pulumi.Output<readonly string[]>;

  /** @throws pulumi.RunError, which Pulumi prints without a stack, that names every argument that can't be used. */
  constructor(name: string, args: ReleaseArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    const { config } = ensureReadable(name, args);
    super("lockstep:index:Release", name, sealed(args), options);
    beginPromotion(config.release);
    // Each by itself: together all of them would be as secret as the URL is.
    const later = <T>(part: (composed: Composed) => pulumi.Input<T>) =>
      pulumi.output(this.getData().then(part)) as pulumi.Output<T>;
    this.releaseId = later((composed) => composed.releaseId);
    this.url = later((composed) => composed.url);
    this.databaseUrl = later((composed) => composed.databaseUrl);
    this.waiting = later((composed) => composed.waiting);
    this.promotion = later((composed) => composed.promotion);
    this.taken = later((composed) => composed.taken);
    const { releaseId, url, databaseUrl, waiting, promotion, taken } = this;
    this.registerOutputs({ releaseId, url, databaseUrl, waiting, promotion, taken });
  }

  /** Called by Pulumi, which lets whatever depends on this component wait for it. */
  protected override async initialize(
    args: ReleaseArgs,
    options: pulumi.ComponentResourceOptions = {},
    name = "release",
  ): Promise<Composed> {
    return compose(readArguments(name, args), { name, options: childOptions(this, options) });
  }
}

/** What other components throw is for the plugin's protocol; a program shows it as a raw object. */
function ensureReadable(name: string, args: ReleaseArgs): ReadArguments {
  try {
    return readArguments(name, args);
  } catch (error) {
    if (!pulumi.InputPropertiesError.isInstance(error)) throw error;
    const lines = error.errors.map(({ propertyPath, reason }) => `  ${propertyPath} ${reason}`);
    throw refusal([error.message, ...lines].join("\n"));
  }
}

async function compose(
  { config, database, secretEnv, rehearsalUrl }: ReadArguments,
  place: { readonly name: string; readonly options: pulumi.ComponentResourceOptions },
): Promise<Composed> {
  const { plan, args } = await orRefuse(async () => {
    const found = await readPlan(config, await readPromotion(config));
    return { plan: found, args: await releaseArgs(config, found, `${place.name}-`) };
  });
  const parts = new PlannedRelease(
    `${place.name}-parts`,
    {
      ...args,
      database:
        database === undefined
          ? args.database
          : { ...args.database, external: externalDatabase(database) },
      app: { ...args.app, secretEnv: secretValues(secretEnv) },
      ...(rehearsalUrl !== undefined && { rehearsalUrl }),
    },
    place.options,
  );
  const context = { stack: config.stack, promoted: plan.migrations.promoted };
  return {
    releaseId: plan.releaseId,
    url: parts.url,
    databaseUrl: parts.databaseUrl,
    promotion: parts.promotion,
    waiting: parts.waiting.apply((files) => describeWaiting(files, context)),
    taken: plan.taken?.map(takenLine) ?? [],
  };
}

/** The arguments as they go into the state: what may hold a password is secret, whoever said so. */
function sealed(args: ReleaseArgs): ReleaseArgs {
  const { app, database, rehearsal } = args;
  return {
    ...args,
    ...(app?.secretEnv && { app: { ...app, secretEnv: secretValues(app.secretEnv) } }),
    ...(database && { database: { ...database, ...sealedUrls(database) } }),
    ...(rehearsal && { rehearsal: { ...rehearsal, ...sealedUrls(rehearsal) } }),
  };
}

function sealedUrls({
  url,
  directUrl,
}: {
  readonly url?: pulumi.Input<string>;
  readonly directUrl?: pulumi.Input<string>;
}) {
  return {
    ...(url !== undefined && { url: pulumi.secret(url) }),
    ...(directUrl !== undefined && { directUrl: pulumi.secret(directUrl) }),
  };
}

function secretValues(
  values: Readonly<Record<string, pulumi.Input<string>>>,
): Readonly<Record<string, pulumi.Output<string>>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, pulumi.secret(value)] as const),
  );
}
