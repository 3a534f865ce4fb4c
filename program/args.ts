// From config to the components' arguments, where that is more than handing a value on.
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseArgs } from "../components/database.ts";
import type { Provenance } from "../components/verification.ts";
import type { StepSettings } from "../provider/schema.ts";
import type { StackConfig } from "./readConfig.ts";
import type { ProgramPlan } from "./readPlan.ts";

/** Which database, and how well it is kept: only dev's may be removed. */
export function databaseArgs(config: StackConfig): Omit<DatabaseArgs, "platform"> {
  const { project, stack, database, environment } = config;
  const shared = { project, stack, disposable: environment === "dev" };
  if (database.kind === "external") {
    return { ...shared, externalUrl: pulumi.secret(database.url) };
  }
  return database.port === undefined ? shared : { ...shared, port: database.port };
}

/** The limits that every step keeps. */
export function stepSettings(config: StackConfig): StepSettings {
  const { wait, leaseWaitMs, lockBudgetMs, backup, drain } = config;
  return {
    wait,
    leaseWaitMs,
    lockBudgetMs,
    backupMaxAgeMs: backup.maxAgeMs,
    allowedApplications: drain.allowed,
  };
}

/** The app's environment; a DATABASE_URL of the config's own wins over the stack's. */
export function appEnvironment(
  config: StackConfig,
  url: pulumi.Input<string>,
): Record<string, pulumi.Input<string>> {
  const { env, secretEnv } = config.app;
  const secrets = Object.entries(secretEnv).map(
    ([name, value]) => [name, pulumi.secret(value)] as const,
  );
  return { DATABASE_URL: url, ...env, ...Object.fromEntries(secrets) };
}

/** What the stack after this one will compare. */
export function provenanceOf({ app }: StackConfig, plan: ProgramPlan): Provenance {
  const { releaseId, treeDigest, lastFiles } = plan;
  return { releaseId, appDigest: treeDigest, command: app.command, lastFiles };
}
