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
  /** Secrets. In place of the config's own, where one of them is an output. */
  readonly database: LaterUrls | undefined;
  /** Secret. In place of the config's. */
  readonly secretEnv: Readonly<Record<string, pulumi.Input<string>>>;
  /** Secret. In place of the config's, where it is an output. */
  readonly rehearsalUrl: pulumi.Input<string> | undefined;
}

/** A database's URLs, at least one of which is known only later. */
export interface LaterUrls {
  readonly url: pulumi.Input<string>;
  readonly directUrl?: pulumi.Input<string>;
}

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
    database: laterUrls(args, config),
    secretEnv: { ...config.app.secretEnv, ...args.app?.secretEnv },
    rehearsalUrl: laterRehearsalUrl(args, config),
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

function withoutOutputs({
  app,
  database,
  rehearsal,
}: ReleaseArgs): Pick<ReleaseArgs, "app" | "database" | "rehearsal"> {
  const names = Object.keys(app?.secretEnv ?? {});
  const secretEnv = Object.fromEntries(names.map((name) => [name, TEXT_LATER] as const));
  return {
    ...(app && { app: { ...app, secretEnv } }),
    ...(database && { database: { ...database, ...standIns(database) } }),
    ...(rehearsal && { rehearsal: { ...rehearsal, ...standIns(rehearsal) } }),
  };
}

/** Stand for URLs that are known only later, where the form of the config is checked: they name the same database. */
function standIns({
  url,
  directUrl,
}: {
  readonly url?: pulumi.Input<string>;
  readonly directUrl?: pulumi.Input<string>;
}) {
  const known = [url, directUrl].find((one) => typeof one === "string" && URL.canParse(one));
  const path = known === undefined ? "/database" : new URL(known).pathname;
  const standIn = `postgres://known.later${path}?sslmode=verify-full`;
  return {
    ...(isLater(url) && { url: standIn }),
    ...(isLater(directUrl) && { directUrl: standIn }),
  };
}

function isLater(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}

/** URLs from elsewhere, checked as the config's are, but when they are known. */
function laterUrls(
  { database }: ReleaseArgs,
  { environment }: Pick<StackConfig, "environment">,
): LaterUrls | undefined {
  const { url, directUrl } = database ?? {};
  if (url === undefined || !(isLater(url) || isLater(directUrl))) return undefined;
  const checked = (value: pulumi.Input<string>, name: string) =>
    checkedLater(value, { environment, propertyPath: `database.${name}` });
  return {
    url: checked(url, "url"),
    ...(directUrl !== undefined && { directUrl: checked(directUrl, "directUrl") }),
  };
}

function laterRehearsalUrl(
  { rehearsal }: ReleaseArgs,
  { environment }: Pick<StackConfig, "environment">,
): pulumi.Input<string> | undefined {
  const url = rehearsal?.url;
  if (url === undefined || !isLater(url)) return undefined;
  return checkedLater(url, { environment, propertyPath: "rehearsal.url" });
}

function checkedLater(
  value: pulumi.Input<string>,
  { environment, propertyPath }: Pick<StackConfig, "environment"> & { propertyPath: string },
): pulumi.Output<string> {
  return pulumi.secret(value).apply((text) => {
    const [fault] = databaseUrlFaults(text, { environment, encrypted: true });
    if (fault === undefined) return text;
    throw new pulumi.InputPropertyError({ propertyPath, reason: reasonOf(fault) });
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
