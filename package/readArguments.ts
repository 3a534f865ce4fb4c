// From a release's arguments and the stack's config to the config that a plan is made from.
import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { databaseUrlFaults } from "../config/databaseUrl.ts";
import type { Fault } from "../config/faults.ts";
import { checkConfig } from "../config/parseConfig.ts";
import { secretKeys, type StackConfig } from "../program/readConfig.ts";
import { findProjectFolder } from "../toolchain/project.mjs";
import type { ReleaseArgs } from "./releaseArgs.ts";

/** A config, and the values in it that are known only later. */
export interface ReadArguments {
  readonly config: StackConfig;
  /** Secret. In place of the config's own, where it is an output. */
  readonly url: pulumi.Output<string> | undefined;
  /** Secret. In place of the config's. */
  readonly secretEnv: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Stands for a URL that is known only later, where the form of the config is checked. */
const URL_LATER = "postgres://known.later/database?sslmode=verify-full";
const TEXT_LATER = "known later";

/**
 * Checks everything that is known now.
 * @throws pulumi.InputPropertiesError that names every fault.
 */
export function readArguments(name: string, args: ReleaseArgs): ReadArguments {
  const stack = pulumi.getStack();
  const checked = checkConfig({
    stack,
    values: { ...pulumi.runtime.allConfig(), ...toValues(args) },
    secretKeys: secretKeys().filter((key) => !(key.replace("lockstep:", "") in args)),
  });
  if ("faults" in checked) throw refused(name, checked.faults);
  const { config } = checked;
  // Asked of the disk: in a plugin, which builds the component for another language, the SDK does not know it.
  const root = relative(process.cwd(), findProjectFolder(process.cwd()) ?? ".") || ".";
  return {
    config: { ...config, project: pulumi.getProject(), stack, root },
    url: laterUrl(args, config),
    secretEnv: { ...config.app.secretEnv, ...args.app?.secretEnv },
  };
}

/** The arguments as the config's texts; blocks as JSON. */
function toValues(args: ReleaseArgs): Readonly<Record<string, string>> {
  const given: readonly (readonly [string, unknown])[] = Object.entries({
    ...args,
    ...withoutOutputs(args),
  });
  return Object.fromEntries(
    given
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [
        `lockstep:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
  );
}

function withoutOutputs({ app, database }: ReleaseArgs): Pick<ReleaseArgs, "app" | "database"> {
  const names = Object.keys(app?.secretEnv ?? {});
  const secretEnv = Object.fromEntries(names.map((name) => [name, TEXT_LATER] as const));
  return {
    ...(app && { app: { ...app, secretEnv } }),
    ...(database && {
      database: isLater(database.url) ? { ...database, url: URL_LATER } : database,
    }),
  };
}

function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** A URL from elsewhere, checked as the config's is, but when it is known. */
function laterUrl(
  { database }: ReleaseArgs,
  { environment }: Pick<StackConfig, "environment">,
): pulumi.Output<string> | undefined {
  if (database?.url === undefined || !isLater(database.url)) return undefined;
  return pulumi.secret(database.url).apply((url) => {
    const [fault] = databaseUrlFaults(url, { environment, encrypted: true });
    if (fault === undefined) return url;
    throw new pulumi.InputPropertyError({ propertyPath: "database.url", reason: reasonOf(fault) });
  });
}

function refused(name: string, faults: readonly Fault[]): pulumi.InputPropertiesError {
  return new pulumi.InputPropertiesError({
    message: `The arguments of release ${name}, with the config of stack ${pulumi.getStack()}, can't be used`,
    errors: faults.map((fault) => ({
      propertyPath: fault.key.replace(/^lockstep:/, ""),
      reason: reasonOf(fault),
    })),
  });
}

function reasonOf({ seen, expected }: Fault): string {
  return seen === undefined ? expected : `is ${seen}: ${expected}`;
}
