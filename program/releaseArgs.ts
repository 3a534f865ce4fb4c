// From config and plan to the arguments of the release.
import * as pulumi from "@pulumi/pulumi";
import { choosePlatform } from "../components/platforms/choosePlatform.ts";
import type { ReleaseArgs } from "../components/release.ts";
import {
  appArgs,
  databaseArgs,
  provenanceOf,
  rehearsalArgs,
  riskArgs,
  stepSettings,
} from "./args.ts";
import { ensureFenced } from "./ensureFenced.ts";
import { platformArgs } from "./platformArgs.ts";
import type { StackConfig } from "./readConfig.ts";
import type { ProgramPlan } from "./readPlan.ts";

/**
 * The arguments of the release; loads the platform, and on kubernetes packs the migrations.
 * @throws LockstepError MIGRATION_FILES where these are too large for a ConfigMap; CONFIG where contract would go on behind
 * a pooler that hides older releases.
 */
export async function releaseArgs(
  config: StackConfig,
  plan: ProgramPlan,
  namePrefix: string,
): Promise<ReleaseArgs> {
  const { app, gate, gateLogin, replicas, drain, backup, notices } = config;
  const { expandApproval: _, ...consent } = config.consent;
  const { healthPath, metricsPath } = app;
  const { release, migrations, digests } = plan;
  ensureFenced(config, plan);
  return {
    step: { release, migrations, settings: stepSettings(config), ...consent },
    digests,
    ...(Object.keys(config.lintRules).length > 0 && { lint: config.lintRules }),
    provenance: provenanceOf(config, plan),
    contracts: plan.covered.length > 0,
    platform: await choosePlatform(await platformArgs(config)),
    database: databaseArgs(config),
    app: { artifact: plan.artifact, ...appArgs(config) },
    gate: {
      ...{ healthPath, metricsPath, settings: gate },
      ...(gateLogin !== undefined && { counterLogin: pulumi.secret(gateLogin) }),
    },
    ...(replicas && { replicas: pulumi.secret(replicas) }),
    drain,
    backupBefore: backup.before,
    ...rehearsalArgs(config),
    ...(notices.length > 0 && { notices: pulumi.secret(notices) }),
    ...riskArgs(config),
    namePrefix,
  };
}
