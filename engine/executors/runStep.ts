// One step of a release, wherever its command runs: what a child process, a container or a Job does.
import { PROOF_URL_VARIABLE, type ProofWish } from "../backup/proofWish.ts";
import { withConnection } from "../drivers/postgres/connect.ts";
import { type DatabaseTarget, parseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import { reporter, type Report, type StepEvent } from "../events.ts";
import { lockstepHome } from "../home.ts";
import { closingOnFailure } from "../ledger/failRelease.ts";
import { readLedger } from "../ledger/ledger.ts";
import { type EventData, recordEvent } from "../ledger/record.ts";
import type { ReleaseContext } from "../ledger/releases.ts";
import { planRun } from "../plan/planRun.ts";
import type { Promoted } from "../plan/promoted.ts";
import { DEFAULT_RISK_POLICY } from "../plan/riskPolicy.ts";
import type { RehearsalProof } from "../rehearse/proof.ts";
import { splitByApproval, type Approval } from "../run/approval.ts";
import type { RunLimits } from "../run/migrate.ts";
import type { RiskHold } from "../run/riskHold.ts";
import { namesOf, soakingFiles } from "../soak/readSoaking.ts";
import type { Migration } from "../sources/migration.ts";
import { openMigrations, type PlacedMigrations } from "./placedMigrations.ts";
import type { StepResult } from "./protocol.ts";

/** What a step's command is told; everything but the database, which comes in the environment. */
export interface StepSpec {
  readonly step: "backup" | "expand" | "contract" | "verify";
  /** For `backup`: the stage that it comes before. */
  readonly before?: "expand" | "contract";
  readonly release: {
    readonly digest: string;
    readonly label: string;
    readonly project: string;
    readonly stack: string;
  };
  readonly migrations: PlacedMigrations & {
    /** How far the stack that is promoted from has run the contract files. */
    readonly promoted?: Promoted;
  };
  readonly approval?: Approval;
  readonly allowRetry?: string;
  /** For `expand` and `contract`: the plan that they are held to. */
  readonly planDigest?: string;
  /** For `expand` and `contract`: what the risk of files is held to. @default DEFAULT_RISK_POLICY, nothing approved */
  readonly risk?: RiskHold;
  readonly settings: RunLimits;
  /** The rehearsal that the files have passed; missing where the stack requires none. */
  readonly rehearsal?: RehearsalProof;
}

/** What a step needs beside its spec. */
export interface StepContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly sink: (event: StepEvent) => void;
  readonly signal: AbortSignal;
}

interface Job {
  readonly spec: StepSpec;
  readonly context: StepContext;
  readonly report: Report;
  readonly migrations: readonly Migration[];
}

/**
 * Runs the step to its end.
 * @throws LockstepError whatever the step's own work throws.
 */
export async function runStep(spec: StepSpec, context: StepContext): Promise<StepResult> {
  const report = reporter(spec.step, context.sink);
  const migrations = await openMigrations(spec.migrations, context.env);
  const job = { spec, context, report, migrations };
  switch (spec.step) {
    case "expand":
    case "contract":
      return runStage(job, spec.step);
    case "backup":
      return runBackup(job);
    case "verify":
      return runVerification(job);
  }
}

async function runStage(job: Job, stage: "expand" | "contract"): Promise<StepResult> {
  const { spec, context, report, migrations } = job;
  const { migrate } = await import("../run/migrate.ts");
  const result = await migrate({
    target: stepTarget(context.env),
    migrations,
    stage,
    through: spec.migrations.target,
    promoted: spec.migrations.promoted,
    stack: spec.release.stack,
    approval: spec.approval,
    release: releaseOf(spec),
    planDigest: spec.planDigest,
    risk: spec.risk ?? { policy: DEFAULT_RISK_POLICY, backsUpExpand: false },
    limits: spec.settings,
    rehearsal: spec.rehearsal,
    report,
    signal: context.signal,
  });
  const { applied, waiting } = result;
  const summary = applied.length === 0 ? `nothing to ${stage}` : `${stage}: ${applied.join(", ")}`;
  report("info", summary);
  return { verdict: "pass", summary, applied, waiting };
}

async function runBackup(job: Job): Promise<StepResult> {
  const { spec, context, report, migrations } = job;
  const target = stepTarget(context.env);
  const before = spec.before ?? "contract";
  const ledger = await withConnection(target, { applicationName: "lockstep:backup" }, readLedger);
  const plan = planRun(ledger, migrations, {
    stage: before,
    target: spec.migrations.target,
    promoted: spec.migrations.promoted,
  });
  const { covered } = splitByApproval(plan.pending, {
    approval: spec.approval,
    stack: spec.release.stack,
    migrations,
    ledger,
  });
  const pending = before === "contract" ? covered : plan.pending;
  if (pending.length === 0 || plan.initial) {
    const summary = `nothing to ${before}, so no backup`;
    report("info", summary);
    return { verdict: "pass", summary, applied: [], waiting: [] };
  }
  const { digest } = spec.release;
  return closingOnFailure(target, digest, () => backUp(job, target, { before, pending }));
}

/** What a backup comes before. */
interface Coming {
  readonly before: "expand" | "contract";
  readonly pending: readonly Migration[];
}

async function backUp(
  { spec, context, report }: Job,
  target: DatabaseTarget,
  { before, pending }: Coming,
): Promise<StepResult> {
  const { DEFAULT_KEEP, takeBackup } = await import("../backup/takeBackup.ts");
  const { readBackupKey } = await import("../backup/backupKey.ts");
  const { backupPlace, isBucket } = await import("../backup/place.ts");
  const { neededBackups } = await import("../backup/needed.ts");
  const needed = await withConnection(target, { applicationName: "lockstep:backup" }, (client) =>
    neededBackups(client, spec.settings.backupKeep),
  );
  const { project, stack, digest, label } = spec.release;
  if (spec.settings.backupProof === "provider") {
    const { takeProviderBackup } = await import("../backup/providerBackup.ts");
    const { env, signal } = context;
    const provider = {
      ...spec.settings.backupProvider,
      target,
      label,
      before,
      env,
      report,
      signal,
    };
    const id = await takeProviderBackup(provider);
    return recordBackup({ spec, report }, target, {
      ...{ id, before, kind: "provider", proof: "provider" },
    });
  }
  // A Job keeps them on a claim that is mounted elsewhere.
  const destination = backupPlace(context.env.LOCKSTEP_BACKUPS ?? lockstepHome(), project, stack);
  const toBucket = isBucket(destination);
  const take = toBucket
    ? (await import("../backup/bucketBackups.ts")).takeBackupToBucket
    : takeBackup;
  const backup = await take({
    url: target.url,
    destination,
    release: { digest, label },
    before,
    key: readBackupKey(context.env),
    checks: spec.settings.backupChecks,
    proof: await proofWish(spec, target, { pending, env: context.env }),
    keep: { ...(spec.settings.backupKeep ?? DEFAULT_KEEP), needed },
    report,
    signal: context.signal,
    env: context.env,
  });
  const { id, kind, proof } = backup;
  return recordBackup({ spec, report }, target, { id, before, kind, proof: proof.kind });
}

async function recordBackup(
  { spec, report }: Pick<Job, "spec" | "report">,
  target: DatabaseTarget,
  data: EventData["backup"],
): Promise<StepResult> {
  const { id, kind, proof } = data;
  await withConnection(target, { applicationName: "lockstep:backup" }, (client) =>
    recordEvent(client, { release: spec.release.digest, kind: "backup", data }),
  );
  const summary = `backup ${id} (${kind}, proof: ${proof})`;
  report("info", summary);
  return { verdict: "pass", summary, applied: [], waiting: [], backup: id };
}

/** What the stack asks of the proof; the files tell which tables a proof of kind `objects` restores. */
async function proofWish(
  { settings }: StepSpec,
  target: DatabaseTarget,
  { pending, env }: { readonly pending: readonly Migration[]; readonly env: StepContext["env"] },
): Promise<ProofWish> {
  const { backupProof: kind, backupProofOnTarget: onTarget } = settings;
  const url = env[PROOF_URL_VARIABLE];
  const place = { onTarget, ...(url && { url }) };
  if (kind !== "objects") return place;
  const { concernedTables } = await import("../backup/concerned.ts");
  const tables = await withConnection(target, { applicationName: "lockstep:backup" }, (client) =>
    concernedTables(client, pending),
  );
  return { ...place, kind, tables };
}

async function runVerification(job: Job): Promise<StepResult> {
  const { spec, context, report, migrations } = job;
  const { verifyRelease } = await import("../run/verify.ts");
  const result = await verifyRelease({
    target: stepTarget(context.env),
    migrations,
    through: spec.migrations.target,
    promoted: spec.migrations.promoted,
    stack: spec.release.stack,
    approval: spec.approval,
    release: releaseOf(spec),
    wait: spec.settings.wait,
    report,
    signal: context.signal,
  });
  const { verdict, scripts, waiting, contractThrough } = result;
  if (verdict === "pass") await endDue(job);
  const count = `${String(scripts)} script${scripts === 1 ? "" : "s"}`;
  const summary = `release ${spec.release.label} verified (${count})`;
  report("info", verdict === "pass" ? summary : `${spec.release.label} is not finished`);
  return { verdict, summary, applied: [], waiting, contractThrough };
}

/** The release is verified already: what cannot be dropped now is told, and is no fault of it. */
async function endDue({ spec, context, report }: Job): Promise<void> {
  const target = stepTarget(context.env);
  const { leaseWaitMs, lockBudgetMs, lockCancelIdleMs } = spec.settings;
  try {
    const ledger = await withConnection(target, { applicationName: "lockstep:soak" }, readLedger);
    const files = soakingFiles(ledger.soaking);
    for (const file of files.filter(({ isDue }) => !isDue)) {
      const until = file.until.toISOString().slice(0, 16).replace("T", " ");
      report(
        "info",
        `${file.file} soaks until ${until} UTC, lockstep undo gives back: ${namesOf(file).join(", ")}`,
      );
    }
    if (!files.some(({ isDue }) => isDue)) return;
    const { endSoaks } = await import("../soak/changeSoaking.ts");
    const limits = { leaseWaitMs, lockBudgetMs, lockCancelIdleMs };
    await endSoaks({ target, choice: {}, ...limits, report, signal: context.signal });
  } catch (error) {
    if (!isLockstepError(error) || error.code === "INTERRUPTED") throw error;
    const { message, seen = "" } = error;
    report(
      "warn",
      `what has soaked long enough was not dropped: ${message}\n${seen}\nlockstep soak end tries again`,
    );
  }
}

function releaseOf(spec: StepSpec): ReleaseContext {
  const { digest, label } = spec.release;
  return {
    digest,
    label,
    ...(spec.allowRetry === undefined ? {} : { allowRetry: spec.allowRetry }),
  };
}

/** The database that whoever started the step named; what else the environment holds is not the release's. */
function stepTarget(env: StepContext["env"]): DatabaseTarget {
  return parseTarget({ ...env, DIRECT_URL: undefined });
}
