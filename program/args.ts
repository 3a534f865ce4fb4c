// From config to the components' arguments, where that is more than handing a value on.
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseArgs } from "../components/database.ts";
import type { DatabaseSource } from "../components/platforms/platform.ts";
import type { ReleaseArgs } from "../components/release.ts";
import type { Provenance } from "../components/verification.ts";
import { DEFAULT_RISK_POLICY } from "../engine/plan/riskPolicy.ts";
import type { RiskInput, StepSettings } from "../provider/schema.ts";
import type { StackConfig } from "./readConfig.ts";
import type { ProgramPlan } from "./readPlan.ts";

/** Which database, and how well it is kept: only dev's may be removed. */
export function databaseArgs(config: StackConfig): Omit<DatabaseArgs, "platform"> {
  const { project, stack, database, environment } = config;
  const shared = { project, stack, disposable: environment === "dev" };
  switch (database.kind) {
    case "external":
      return { ...shared, external: externalDatabase(database) };
    case "secret": {
      const { kind: _kind, ...secret } = database;
      return { ...shared, external: { secret } };
    }
    case "inCluster":
      return shared;
    case "embedded":
      return database.port === undefined ? shared : { ...shared, port: database.port };
  }
}

/** A database that is there already; the URLs may be known only later. */
export function externalDatabase({
  url,
  directUrl,
}: {
  readonly url: pulumi.Input<string>;
  readonly directUrl?: pulumi.Input<string>;
}): DatabaseSource {
  return {
    url: pulumi.secret(url),
    ...(directUrl !== undefined && { directUrl: pulumi.secret(directUrl) }),
  };
}

/** The limits that every step keeps. */
export function stepSettings(config: StackConfig): StepSettings {
  const {
    wait,
    leaseWaitMs,
    leaseLeftovers,
    lockBudgetMs,
    lockCancelIdleMs,
    backfill,
    backup,
    drain,
    drift,
    maintenance,
  } = config;
  return {
    wait,
    leaseWaitMs,
    ...(leaseLeftovers !== undefined && { leaseLeftovers }),
    lockBudgetMs,
    ...(lockCancelIdleMs !== undefined && { lockCancelIdleMs }),
    ...(Object.keys(backfill).length > 0 && { backfill }),
    backupMaxAgeMs: backup.maxAgeMs,
    ...(backup.keep && { backupKeep: backup.keep }),
    ...(backup.checksums !== undefined && { backupChecks: backup.checksums }),
    ...(backup.proof && { backupProof: backup.proof }),
    ...(backup.provider && { backupProvider: backup.provider }),
    ...(backup.proofOnTarget && { backupProofOnTarget: true }),
    allowedApplications: drain.allowed,
    ...((drift.refuse || drift.ignore.length > 0) && { drift }),
    ...(maintenance && { maintenance }),
  };
}

/** Whether a rehearsal is asked for, and where it runs. */
export function rehearsalArgs({
  rehearsalRequired,
  rehearsalUrl,
}: StackConfig): Pick<ReleaseArgs, "rehearsalRequired" | "rehearsalUrl"> {
  return {
    ...(rehearsalRequired && { rehearsalRequired }),
    ...(rehearsalUrl !== undefined && { rehearsalUrl: pulumi.secret(rehearsalUrl) }),
  };
}

/** How the app is run and asked; its variables that are secret stay so. */
export function appArgs({ app }: StackConfig) {
  const { env, secretEnv, port, healthPath, startTimeoutMs } = app;
  const secrets = Object.entries(secretEnv).map(
    ([name, value]) => [name, pulumi.secret(value)] as const,
  );
  return { env, secretEnv: Object.fromEntries(secrets), port, healthPath, startTimeoutMs };
}

/** What the stack after this one will compare. */
export function provenanceOf({ app }: StackConfig, plan: ProgramPlan): Provenance {
  const { releaseId, appDigest, lastFiles } = plan;
  return { releaseId, appDigest, command: app.artifact.command ?? [], lastFiles };
}

/** What levels of risk ask for, where that is not what Admission takes for granted. */
export function riskArgs({ risk, consent, backup }: StackConfig): { readonly risk?: RiskInput } {
  const { expandApproval } = consent;
  const backsUpExpand = backup.before.includes("expand");
  const isDefault = isDeepStrictEqual(risk, DEFAULT_RISK_POLICY);
  if (isDefault && !backsUpExpand && !expandApproval) return {};
  return { risk: { policy: risk, ...(expandApproval && { expandApproval }), backsUpExpand } };
}
