// One run of migrations from wait to ledger: what `lockstep migrate`, expand and contract do.
import pg, { type Client } from "pg";
import type { BackfillLimits } from "../backfill/limits.ts";
import type { KeepSettings } from "../backup/list.ts";
import { close, connectWhenReady } from "../drivers/postgres/connect.ts";
import { ensureNotPooled } from "../drivers/postgres/pooler.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease, type Lease } from "../lease/lease.ts";
import type { Leftovers } from "../lease/leftoversChoice.ts";
import { readLedger, readReleases, type LedgerState } from "../ledger/ledger.ts";
import { ensureMayChangeSchema } from "../ledger/privileges.ts";
import { recordEvent } from "../ledger/record.ts";
import {
  closeRelease,
  ensureAdmissible,
  ensureNoneActive,
  openRelease,
  type ReleaseContext,
} from "../ledger/releases.ts";
import { ensureLedger } from "../ledger/schema.ts";
import type { RuleLevels } from "../lint/levels.ts";
import type { LockPacing } from "../locks/pacing.ts";
import type { MaintenancePolicy } from "../maintenance/policy.ts";
import { inMaintenance } from "../maintenance/window.ts";
import { planRun, type RunPlan, type StageChoice } from "../plan/planRun.ts";
import type { Promoted } from "../plan/promoted.ts";
import { releaseId } from "../plan/release.ts";
import { ensureServerKnows } from "../plan/serverFit.ts";
import type { RehearsalProof } from "../rehearse/proof.ts";
import type { DriftPolicy } from "../schema/drift.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { acceptPlan, ensurePlanned, type PlanCheck } from "./acceptPlan.ts";
import { applyPending } from "./applyPending.ts";
import { acceptApproval, notApproved, splitByApproval, type Approval } from "./approval.ts";
import {
  ensureBackedUpByHand,
  ensureReadyForContract,
  type BackupByHand,
} from "./contractReadiness.ts";
import { enterInitialSql, LEAVE_INITIAL } from "./fileSql.ts";
import { journalled } from "./journal.ts";
import { ensureRiskHeld, recordRiskAnswer, type RiskAnswer, type RiskHold } from "./riskHold.ts";
import { checkDrift, recordSchema } from "./schemaRecord.ts";
import { explainingServer } from "./serverError.ts";
import { withWorkSession, type Run } from "./workSession.ts";

/** What a run is given. */
export interface MigrateOptions {
  readonly target: DatabaseTarget;
  /** All files of the folder. */
  readonly migrations: readonly Migration[];
  readonly stage: StageChoice;
  /** Files above this number are left alone. */
  readonly through: string | undefined;
  /** The stack whose approval this is. */
  readonly stack: string;
  readonly approval: Approval | undefined;
  /** How far another stack has run the contract files; no bound where it is missing. */
  readonly promoted?: Promoted | undefined;
  /** Missing for a run by hand. */
  readonly release: ReleaseContext | undefined;
  /** The digest of the plan that somebody has read, for a release; any plan will do where it is missing. */
  readonly planDigest?: string | undefined;
  /** Only files that an earlier run has begun, or the rest of a first set-up: `lockstep resume`. */
  readonly openOnly?: boolean;
  /** For a run by hand; contract needs no backup where it is missing and there is no release. */
  readonly backup?: BackupByHand | undefined;
  /** What the risk of expand files is held to; to nothing where it is missing. */
  readonly risk?: RiskHold | undefined;
  /** The rehearsal that the files have passed, checked again under the lease; missing where none is required. */
  readonly rehearsal?: RehearsalProof | undefined;
  /** For a run by hand: levels under which lint must find no error in what is pending; not linted where missing. */
  readonly lintLevels?: RuleLevels | undefined;
  readonly limits: RunLimits;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** How long a run waits for what, all in ms. */
export interface RunLimits {
  readonly wait: { readonly attempts: number; readonly intervalMs: number };
  readonly leaseWaitMs: number;
  /** A holder that is silent for this long is taken over. @default 15,000 */
  readonly leaseTtlMs?: number;
  /** What becomes of what a killed runner left running. @default "end" */
  readonly leaseLeftovers?: Leftovers | undefined;
  readonly lockBudgetMs: number;
  /** Sessions in the way of a lock that are idle in their transaction for longer are ended; none when undefined. */
  readonly lockCancelIdleMs?: number | undefined;
  readonly lockPacing?: LockPacing;
  /** What backfills keep to; its members' defaults where it is missing. */
  readonly backfill?: BackfillLimits;
  readonly backupMaxAgeMs: number;
  /** When a release is applied in maintenance; never where it is missing. */
  readonly maintenance?: MaintenancePolicy | undefined;
  /** Which backups stay. @default the last 5 */
  readonly backupKeep?: KeepSettings;
  /** Of which tables a backup's proof compares the values too. @default those up to 1 GiB */
  readonly backupChecks?: "all" | "none" | number;
  /** How much of a backup its proof restores. @default "restore" */
  readonly backupProof?: "restore" | "objects" | "provider";
  /** For `provider`: what takes a snapshot, and how long a drill counts, ms. @default none, 30 days */
  readonly backupProvider?: {
    readonly snapshot?: readonly string[];
    readonly drillMaxAgeMs?: number;
  };
  /** Whether a proof may happen on the server that is backed up. @default false */
  readonly backupProofOnTarget?: boolean;
  /** @default told, nothing ignored */
  readonly drift?: DriftPolicy | undefined;
  /** application_name values (LIKE patterns) that are known not to be the app's. */
  readonly allowedApplications: readonly string[];
}

/** What a run did. */
export interface MigrateResult {
  /** Files applied by this run, in order: `03_add_contact_phone`. */
  readonly applied: readonly string[];
  /** Contract files that wait for approval or for their stage. */
  readonly waiting: readonly string[];
  /** Whether the database was empty and took all files in file order. */
  readonly initial: boolean;
}

/**
 * Applies what is pending for the stage. A second run at the same time waits and then finds nothing
 * to do; a run that was killed is gone on with.
 * @throws LockstepError of every kind that DESIGN.md names; the ledger says what was applied.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  return explainingServer(options.target, () => run(options));
}

async function run(options: MigrateOptions): Promise<MigrateResult> {
  const { target, report, signal, release } = options;
  const client = await connectWhenReady(target, {
    applicationName: "lockstep:migrate",
    ...options.limits.wait,
    report,
    signal,
  });
  try {
    const ledger = await readLedger(client);
    const before = planOf(options, ledger);
    // Expand opens the release even where it has nothing to apply; the other steps find it open or closed.
    const isDone = before.plan.pending.length === 0 && ledger.initial === undefined;
    if (isDone && (!release || options.stage === "contract")) {
      if (release) ensureAdmissible(ledger.releases, release);
      return nothingToDo(before);
    }
    await ensureNotPooled(client, target, "A change of the schema");
    await ensureServerKnows(client, before.plan.pending);
    if (release) await ensurePlanned(client, planCheck(options, release, { ledger, ...before }));
    await ensureLintClean(client, options, before.plan.pending);
    await ensureMayChangeSchema(client, target.display);
    await ensureLedger(client);
  } finally {
    await close(client);
  }
  const lease = {
    doing: `migrate --stage ${options.stage}`,
    waitMs: options.limits.leaseWaitMs,
    report,
    signal,
    ...(options.limits.leaseTtlMs === undefined ? {} : { ttlMs: options.limits.leaseTtlMs }),
    leftovers: options.limits.leaseLeftovers ?? "end",
  };
  return withLease(target, lease, (held) => runUnderLease(options, held));
}

/** A release is linted by admission. What was begun before goes on, as with a rehearsal. */
async function ensureLintClean(
  client: Client,
  { lintLevels: levels, migrations, openOnly }: MigrateOptions,
  open: readonly Migration[],
): Promise<void> {
  if (levels === undefined || openOnly || open.length === 0) return;
  const { lintAgainst } = await import("../plan/lintAgainst.ts");
  const { refusalOf } = await import("../lint/refusal.ts");
  const pending = migrations.filter((file) => open.includes(file));
  const request = { migrations, pending, together: true, levels };
  const refusal = refusalOf(await lintAgainst(client, request));
  if (refusal) throw refusal;
}

async function runUnderLease(options: MigrateOptions, lease: Lease): Promise<MigrateResult> {
  const { target, limits, release } = options;
  // Who looks at the lease meanwhile reads what is being done.
  const report: Report = (level, message, data) => {
    if (level === "progress") lease.say(message);
    options.report(level, message, data);
  };
  const context = { lease, report, signal: AbortSignal.any([options.signal, lease.lost]) };
  return withWorkSession(target, context, async (session) => {
    const { lockBudgetMs, lockCancelIdleMs, lockPacing } = limits;
    const run: Run = {
      ...{ session, ...context, release: release?.digest ?? null },
      ...{ lockBudgetMs, lockCancelIdleMs, lockPacing, backfill: limits.backfill },
    };
    const answer = await holdRisk(options, session.client);
    if (release) await openRelease(session.client, release);
    else ensureNoneActive(await readReleases(session.client));
    try {
      if (answer) await recordRiskAnswer(session.client, release?.digest ?? null, answer);
      return await applyPlan(options, run);
    } catch (error) {
      if (release) await markFailed(run, release, error);
      throw error;
    }
  });
}

/** Before the release is opened: what is refused here has changed nothing, and is no failed release. */
async function holdRisk(options: MigrateOptions, client: Client): Promise<RiskAnswer | undefined> {
  const { risk: hold, openOnly, release, migrations, promoted, approval, stack } = options;
  if (hold === undefined || openOnly) return undefined;
  const ledger = await readLedger(client);
  if (release) ensureAdmissible(ledger.releases, release);
  else ensureNoneActive(ledger.releases);
  return ensureRiskHeld({
    ...{ hold, ledger, release, plan: planOf(options, ledger).plan },
    database: options.target,
    scope: { migrations, target: options.through, promoted, approval, stack },
    ...{ backup: options.backup, backupMaxAgeMs: options.limits.backupMaxAgeMs },
  });
}

async function applyPlan(options: MigrateOptions, run: Run): Promise<MigrateResult> {
  const { client } = run.session;
  const ledger = await readLedger(client);
  const { plan, covered, waiting } = planOf(options, ledger);
  const contract = plan.initial ? [] : covered;
  const { release } = options;
  if (release) await acceptPlan(client, planCheck(options, release, { ledger, plan }));
  if (contract.length > 0) {
    const begun = new Set(ledger.applied.map((row) => row.number));
    const fresh = contract.filter((file) => !begun.has(file.order));
    await ensureContractAllowed(options, client, { contract, fresh });
  }
  if (plan.pending.length > 0) await checkDrift(run, options.limits.drift);
  if (plan.pending.length > 0) await checkRehearsal(options, run, ledger);
  if (plan.initial && plan.pending.length > 0) await enterInitialMode(run, plan.pending);
  await applyFiles(options, run, { ledger, plan });
  if (plan.initial || ledger.initial) {
    await journalled(run, LEAVE_INITIAL);
  }
  const applied = plan.pending.map(fileId);
  if (applied.length > 0) await recordSchema(run);
  return { applied, waiting: waiting.map(fileId), initial: plan.initial };
}

/** In maintenance where the stack asks for it; a person by hand switches it on by hand. */
async function applyFiles(
  { limits, release, migrations, through, promoted, approval, stack }: MigrateOptions,
  run: Run,
  { ledger, plan }: { readonly ledger: LedgerState; readonly plan: RunPlan },
): Promise<void> {
  const { maintenance: policy } = limits;
  if (!policy || !release || plan.initial) {
    await applyPending(run, plan, migrations);
    return;
  }
  const scope = { migrations, target: through, promoted, approval, stack };
  const request = { release, policy, ledger, plan, scope };
  await inMaintenance(run, request, (hooks) => applyPending(run, { ...plan, hooks }, migrations));
}

/** What was begun before goes on: the server holds the half of it already. */
async function checkRehearsal(
  { rehearsal, openOnly, migrations, through, promoted }: MigrateOptions,
  run: Run,
  ledger: LedgerState,
): Promise<void> {
  if (rehearsal === undefined || openOnly) return;
  const { ensureStillRehearsed } = await import("../rehearse/proof.ts");
  await ensureStillRehearsed(run.session.client, rehearsal, {
    ...{ ledger, migrations, through, promoted },
  });
}

function planCheck(
  { planDigest, migrations, through: target, promoted, approval, stack }: MigrateOptions,
  { digest: release }: ReleaseContext,
  { ledger, plan }: { readonly ledger: LedgerState; readonly plan: RunPlan },
): PlanCheck {
  const scope = { migrations, target, promoted, approval, stack };
  return { ...scope, planDigest, release, ledger, pending: plan.pending };
}

/** The plan, with pending contract files held to the approval. */
function planOf(
  options: MigrateOptions,
  ledger: LedgerState,
): {
  readonly plan: RunPlan;
  readonly covered: readonly Migration[];
  readonly waiting: readonly Migration[];
} {
  const plan = planRun(ledger, options.migrations, {
    stage: options.stage,
    target: options.through,
    promoted: options.promoted,
  });
  if (plan.initial) return { plan, covered: [], waiting: plan.waiting };
  if (options.openOnly) return planOpen(options, ledger, plan);
  const contract = plan.pending.filter((file) => file.stage === "contract");
  const { covered, waiting } = splitByApproval(contract, { ...options, ledger });
  // Within a release only covered files are taken; by hand, asking for what is not approved is refused.
  if (waiting.length > 0 && options.release === undefined)
    throw notApproved(waiting, options.stack);
  const pending = plan.pending.filter((file) => !waiting.includes(file));
  return { plan: { ...plan, pending }, covered, waiting: [...waiting, ...plan.waiting] };
}

/** What was begun before: approval and readiness of it were looked at before its first statement. */
function planOpen(
  options: MigrateOptions,
  ledger: LedgerState,
  plan: RunPlan,
): ReturnType<typeof planOf> {
  const open = new Set(
    ledger.applied.filter((row) => row.state === "running").map((row) => row.number),
  );
  const pending = plan.pending.filter((file) => open.has(file.order));
  const contract = pending.filter((file) => file.stage === "contract");
  const { covered, waiting } = splitByApproval(contract, { ...options, ledger });
  if (waiting.length > 0) throw notApproved(waiting, options.stack);
  return { plan: { ...plan, pending }, covered, waiting: [] };
}

async function ensureContractAllowed(
  options: MigrateOptions,
  client: Client,
  {
    contract,
    fresh,
  }: { readonly contract: readonly Migration[]; readonly fresh: readonly Migration[] },
): Promise<void> {
  const { limits, backup } = options;
  const files = fresh.map(fileId);
  const release = options.release ?? (await lastRelease(client));
  if (release) {
    await ensureReadyForContract(client, {
      release,
      releaseId: releaseId(release.label, release.digest),
      backupMaxAgeMs: limits.backupMaxAgeMs,
      allowedApplications: limits.allowedApplications,
      backupWaived: backup?.waived !== undefined,
    });
  } else if (files.length > 0) ensureBackedUpByHand(files, backup);
  await acceptApproval(client, contract, { ...options, release: release?.digest ?? null });
  if (backup?.waived === undefined || files.length === 0) return;
  const data = { files: files.join(", "), reason: backup.waived };
  await recordEvent(client, { release: release?.digest ?? null, kind: "backupWaived", data });
}

/** A run by hand answers for the release that is there, if lockstep ever made one. */
async function lastRelease(client: Client): Promise<ReleaseContext | undefined> {
  return (await readLedger(client)).releases.at(-1);
}

/** Written before the first file, so that a crash does not turn the rest into a staged release (rule 7). */
async function enterInitialMode(run: Run, pending: readonly Migration[]): Promise<void> {
  const value = JSON.stringify({
    through: pending.at(-1)?.number,
    order: pending.at(-1)?.order.toString(),
  });
  await journalled(run, enterInitialSql(pg.escapeLiteral(value)));
}

async function markFailed(run: Run, release: ReleaseContext, error: unknown): Promise<void> {
  // Whoever took the lease over works for the release now.
  if (isLockstepError(error) && error.code === "LEASE_LOST") return;
  const why = isLockstepError(error) ? error.message : String(error);
  try {
    await run.session.reset();
    await recordEvent(run.session.client, {
      release: release.digest,
      kind: "failed",
      data: { file: isLockstepError(error) ? (error.where ?? "") : "", message: why },
    });
    await closeRelease(run.session.client, release.digest, { state: "failed", why });
  } catch {
    // The server is away: the release stays active, and the next `up` of the same release goes on with it.
  }
}

function nothingToDo({ waiting }: { readonly waiting: readonly Migration[] }): MigrateResult {
  return { applied: [], waiting: waiting.map(fileId), initial: false };
}
