// The program: one release, from expand to contract, in the order in which it happens.
import type { Resource } from "@pulumi/pulumi";
import { Admission } from "./components/admission.ts";
import { Application } from "./components/application.ts";
import { Backup } from "./components/backup.ts";
import { Database } from "./components/database.ts";
import { Drain } from "./components/drain.ts";
import { HealthGate } from "./components/healthGate.ts";
import { Migration } from "./components/migration.ts";
import { choosePlatform } from "./components/platforms/choosePlatform.ts";
import { Verification } from "./components/verification.ts";
import { appArgs, databaseArgs, provenanceOf, stepSettings } from "./program/args.ts";
import { beginPromotion } from "./program/beginPromotion.ts";
import { platformArgs } from "./program/platformArgs.ts";
import { readConfig } from "./program/readConfig.ts";
import { readPlan } from "./program/readPlan.ts";
import { readPromotion } from "./program/readPromotion.ts";
import { orRefuse } from "./program/refusal.ts";
import { takenLine } from "./program/takenText.ts";
import { describeWaiting } from "./program/waiting.ts";

// What files and config alone can tell is refused here, before the first resource.
const config = await orRefuse(readConfig);
const source = await orRefuse(() => readPromotion(config));
const plan = await orRefuse(() => readPlan(config, source));
const platformSettings = await orRefuse(() => platformArgs(config));
const { digests, migrations } = plan;
const { app, consent } = config;
beginPromotion(config.release);
const platform = await choosePlatform(platformSettings);

const database = new Database("database", { platform, ...databaseArgs(config) });
const { url: ledger, route } = database;
const common = { release: plan.release, url: ledger, ...(route && { route }) };
const step = { ...common, ...consent, platform, migrations, settings: stepSettings(config) };

const admission = new Admission(
  "admission",
  {
    ...common,
    ...consent,
    migrations,
    wait: config.wait,
    managed: database.managed,
    platform: platform.kind,
  },
  { dependsOn: database },
);

// Stage 1 adds what the new app needs, and what the running one does not notice.
const expand = new Migration(
  "expand",
  { ...step, stage: "expand", digest: digests.expand },
  { dependsOn: backUp("expand", admission) },
);

const application = new Application(
  "app",
  {
    ...common,
    ...appArgs(config),
    platform,
    migrations,
    service: "app",
    releaseId: plan.releaseId,
    artifact: plan.artifact,
    ...(consent.allowRetry && { allowRetry: consent.allowRetry }),
  },
  { dependsOn: expand },
);

const { healthPath, metricsPath } = app;
const gate = new HealthGate(
  "gate",
  { ...common, application, healthPath, metricsPath, settings: config.gate },
  { dependsOn: application },
);

// Stage 2 removes, for good: only files that somebody approved, and only once nothing old is left.
const last = plan.covered.length > 0 ? contract(gate) : gate;

const verification = new Verification(
  "verification",
  { ...step, digest: digests.verify, provenance: provenanceOf(config, plan) },
  { dependsOn: last },
);

function backUp(before: "expand" | "contract", after: Resource): Resource {
  if (!config.backup.before.includes(before)) return after;
  const digest = digests.backup[before];
  return new Backup(`backup-${before}`, { ...step, before, digest }, { dependsOn: after });
}

function contract(after: Resource): Migration {
  const limits = { ...config.drain, digest: digests.drain };
  const drain = new Drain("drain", { ...common, application, ...limits }, { dependsOn: after });
  return new Migration(
    "contract",
    { ...step, stage: "contract", digest: digests.contract },
    { dependsOn: backUp("contract", drain) },
  );
}

/** The release's label. */
export const release = config.release;
/** What the app is told it is: label and digest. */
export const releaseId = plan.releaseId;
/** Where the app answers. */
export const url = application.baseUrl;
/** Secret. For psql and the `lockstep` command: `pulumi stack output databaseUrl --show-secrets`. */
export const databaseUrl = database.url;
/** Contract files that wait, for what, and the command that helps. */
export const waiting = verification.waiting.apply((files) =>
  describeWaiting(files, { stack: config.stack, promoted: migrations.promoted }),
);
/** What the stack after this one may take; a record only when the release was verified. */
export const promotion = verification.promotion;
/** What this stack took from the one before and may come back to; there only with `promoteFrom`. */
export const taken = plan.taken?.map(takenLine);
