// Step: one lockstep command of a release, run by an executor, followed live, its result kept.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { isLockstepError } from "../../engine/errors/lockstepError.ts";
import { runOnHost } from "../../engine/executors/host.ts";
import type { StepSpec } from "../../engine/executors/runStep.ts";
import { readLedger, type LedgerState } from "../../engine/ledger/ledger.ts";
import { lastEvent } from "../../engine/ledger/record.ts";
import { planRun } from "../../engine/plan/planRun.ts";
import { waitingFor } from "../../engine/plan/promoted.ts";
import type { RehearsalProof } from "../../engine/rehearse/proof.ts";
import { splitByApproval } from "../../engine/run/approval.ts";
import { isBeforeGate, loadMigrations, lookAtLedger, targetOf } from "../ledgerLook.ts";
import { withTarget } from "../ledgerRoute.ts";
import { lockstepCommand } from "../lockstepCommand.ts";
import { SavedFailure, type ResourceContext, type ResourceKind } from "../resource.ts";
import type { StepInputs, StepOutputs, StepResult } from "../schema.ts";
import { isKnown } from "../unwrap.ts";

/** The resource kind behind `lockstep:index:Step`. */
export const step: ResourceKind<StepInputs, StepOutputs> = {
  secrets: ["url", "rehearsalUrl", "backupStore"],

  async check(inputs, context, before) {
    // Told here, where the database may be asked, and answered in the diff, which is to be pure.
    const pending = await isPending(inputs, context);
    if (pending || before?.digest !== inputs.digest) await tryOut(inputs, context);
    return { inputs: { ...inputs, pending }, failures: [] };
  },

  isChanged: (saved, inputs) =>
    saved.verdict !== "pass" || saved.digest !== inputs.digest || inputs.pending === true,

  async apply(inputs, context) {
    const id = `${inputs.step}-${inputs.release.digest.slice(0, 12)}`;
    const { pending: _, ...lasting } = inputs;
    try {
      const result = await execute(inputs, context);
      const verdict = result.verdict;
      tellWaiting(inputs, result, context);
      return { id, outputs: { ...lasting, verdict, result } };
    } catch (error) {
      if (inputs.step !== "verify" || !(error instanceof Error)) throw error;
      const result = { summary: error.message, applied: [], waiting: [] };
      throw new SavedFailure(error, { id, outputs: { ...lasting, verdict: "fail", result } });
    }
  },
};

async function execute(
  inputs: StepInputs,
  context: ResourceContext,
): Promise<StepResult & { readonly verdict: "pass" | "pending" }> {
  const { executor, url } = inputs;
  const { sink, signal } = context;
  const rehearsal = await rehearsalOf(inputs, context);
  const spec = { ...specOf(inputs), ...(rehearsal && { rehearsal }) };
  if (executor.kind === "local")
    return runOnHost(spec, {
      ...{ command: lockstepCommand(), url, sink, signal },
      store: inputs.backupStore,
    });
  const { runInCluster } = await import("../../engine/executors/kubernetes/runInCluster.ts");
  return runInCluster(spec, { place: executor, sink, signal });
}

/** Asked of the ledger as it is right before the step: what runs is what was rehearsed, also with `--target`. */
async function rehearsalOf(
  inputs: StepInputs,
  context: ResourceContext,
): Promise<RehearsalProof | undefined> {
  if (inputs.rehearsalRequired !== true) return undefined;
  return withTarget(inputs, context, async (target) => {
    const options = { applicationName: "lockstep:plugin" };
    const files = await openFiles(inputs, await withConnection(target, options, readLedger));
    // No rehearsal has this digest: should there be files by then, they are refused.
    if (files.count === 0) return { digest: "", server: "" };
    const { proveRehearsal } = await import("../rehearsal.ts");
    const migrations = await loadMigrations(inputs.migrations);
    return proveRehearsal({ inputs, migrations, target, context });
  });
}

/** Where a cluster would refuse the step's Job, preview says so. */
async function tryOut(inputs: StepInputs, { report }: ResourceContext): Promise<void> {
  if (inputs.executor.kind === "local") return;
  const { dryRunJob } = await import("../../engine/executors/kubernetes/dryRun.ts");
  await dryRunJob(specOf(inputs), inputs.executor, report);
}

function specOf(inputs: StepInputs): StepSpec {
  const {
    step: kind,
    before,
    release,
    migrations,
    approval,
    allowRetry,
    planDigest,
    risk,
    lint,
    settings,
  } = inputs;
  return {
    step: kind,
    release,
    migrations,
    settings,
    ...(before && { before }),
    ...(approval && { approval }),
    ...(allowRetry && { allowRetry }),
    ...(planDigest !== undefined && { planDigest }),
    ...(risk && { risk: { ...risk, ...(lint && { lint }) } }),
  };
}

function tellWaiting(
  inputs: StepInputs,
  { waiting }: StepResult,
  { report }: ResourceContext,
): void {
  if (inputs.step !== "verify") return;
  const context = { stack: inputs.release.stack, promoted: inputs.migrations.promoted };
  for (const { on, files, next } of waitingFor(waiting, context)) {
    const todo = on === "approval" ? "read what it removes and approve" : "it runs there first";
    report(
      "warn",
      `contract waits for ${on}: ${files.join(", ")}\n${todo}: ${next}\nthen run \`pulumi up\` again`,
    );
  }
}

/** Whether the ledger says that this step has work, whatever the state remembers. */
async function isPending(inputs: StepInputs, context: ResourceContext): Promise<boolean> {
  if (!isKnown(inputs.url)) return false;
  try {
    const ledger = await lookAtLedger(inputs.url, inputs.route);
    if (inputs.step === "verify") return !isVerified(inputs, ledger);
    const files = await openFiles(inputs, ledger);
    if (inputs.step !== "backup") return files.count > 0;
    // An empty database has nothing to back up, and perhaps no ledger to ask.
    return files.count > 0 && !files.initial && (await isBackupDue(inputs));
  } catch (error) {
    // Admission says what is wrong, and the step itself proves it again; a database that is away is neither.
    if (!isLockstepError(error)) throw error;
    return inputs.executor.kind === "kubernetes" && isPendingUnseen(inputs, context);
  }
}

/**
 * A Job may reach a ledger that the plugin does not. Then a step runs where its release or its last
 * verdict asks for it; but a backup's age is not known, and contract would refuse an old one at each `up`.
 */
function isPendingUnseen({ step: kind }: StepInputs, { report }: ResourceContext): boolean {
  const runs = kind === "backup" ? "runs, and looks itself" : "runs only for a new release";
  report("info", `the ledger can't be seen from here, so ${kind} ${runs}`);
  return kind === "backup";
}

/** After another release was tried and taken back, an earlier one's saved verdict no longer closes it. */
function isVerified({ release }: StepInputs, { releases }: LedgerState): boolean {
  const last = releases.at(-1);
  return last?.digest === release.digest && last.state === "verified";
}

/** While its stage is pending, a backup counts only for so long, and not for a rollout after it. */
async function isBackupDue(inputs: StepInputs): Promise<boolean> {
  const { url, route, release, settings, before = "contract" } = inputs;
  const options = { applicationName: "lockstep:plugin" };
  return withConnection(targetOf(url, route), options, async (client) => {
    const last = await lastEvent(client, ["backup"], release.digest);
    if (last === undefined || last.data.before !== before) return true;
    if (last.ageMs > settings.backupMaxAgeMs) return true;
    return before === "contract" && (await isBeforeGate(client, last, release.digest));
  });
}

async function openFiles(
  inputs: StepInputs,
  ledger: LedgerState,
): Promise<{ readonly count: number; readonly initial: boolean }> {
  const { migrations: folder, approval, release } = inputs;
  const stage = inputs.step === "backup" ? inputs.before : inputs.step;
  const migrations = await loadMigrations(folder);
  const { pending, initial } = planRun(ledger, migrations, {
    stage: stage === "contract" ? "contract" : "expand",
    target: folder.target,
    promoted: folder.promoted,
  });
  if (stage === "expand" || initial) return { count: pending.length, initial };
  const context = { approval, stack: release.stack, migrations, ledger };
  return { count: splitByApproval(pending, context).covered.length, initial };
}
