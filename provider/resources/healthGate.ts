// HealthGate: watches the new release, and takes the app back where it is bad; the ledger remembers both.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { formatError } from "../../engine/errors/formatError.ts";
import { isLockstepError, LockstepError } from "../../engine/errors/lockstepError.ts";
import { watchGate, type GateOutcome } from "../../engine/health/gate.ts";
import { urlSource } from "../../engine/health/source.ts";
import { lastEvent } from "../../engine/ledger/record.ts";
import { hasLedger } from "../../engine/ledger/schema.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { rollBackProcess } from "../../engine/process/rollBack.ts";
import { GateLedger } from "../gateLedger.ts";
import { targetOf } from "../ledgerLook.ts";
import { processOf } from "../localApp.ts";
import { SavedFailure, type ResourceContext, type ResourceKind } from "../resource.ts";
import type { HealthGateInputs, HealthGateOutputs, Verdict } from "../schema.ts";
import { isKnown } from "../unwrap.ts";

/** The resource kind behind `lockstep:index:HealthGate`. */
export const healthGate: ResourceKind<HealthGateInputs, HealthGateOutputs> = {
  secrets: ["url"],

  async check(inputs) {
    return { inputs: { ...inputs, pending: await isPending(inputs) }, failures: [] };
  },

  isChanged: (saved, inputs) =>
    saved.verdict !== "pass" || saved.digest !== inputs.digest || inputs.pending === true,

  async apply({ pending: _, ...inputs }, context) {
    const { release } = inputs;
    const ledger = new GateLedger(targetOf(inputs.url, inputs.route), release, context);
    await ledger.open();
    const outcome = await watch(inputs, ledger, context);
    await ledger.recordVerdict(outcome);
    const end = (verdict: Verdict, rolledBackTo: string | null) => ({
      id: `gate-${release.digest.slice(0, 12)}`,
      outputs: {
        ...inputs,
        verdict,
        checks: outcome.checks.length,
        errorRate: outcome.errorRate,
        rolledBackTo,
      },
    });
    if (outcome.verdict === "pass") return end("pass", null);
    if (outcome.verdict === "held") {
      await ledger.close("failed", outcome.reason);
      throw new SavedFailure(held(inputs, outcome), end("held", null));
    }
    const { error, to } = await goBack(inputs, { outcome, ledger, context });
    throw new SavedFailure(error, end("fail", to));
  },
};

/** Contract asks the ledger for the pass: where that lost it (a restore), the state's memory does not help. */
async function isPending({ url, route, release }: HealthGateInputs): Promise<boolean> {
  if (!isKnown(url)) return false;
  try {
    const options = { applicationName: "lockstep:plugin" };
    const last = await withConnection(targetOf(url, route), options, async (client) =>
      (await hasLedger(client)) ? lastEvent(client, ["gate", "rollback"]) : undefined,
    );
    return !(
      last?.release === release.digest &&
      "verdict" in last.data &&
      last.data.verdict === "pass"
    );
  } catch (error) {
    if (isLockstepError(error)) return false;
    throw error;
  }
}

async function watch(
  inputs: HealthGateInputs,
  ledger: GateLedger,
  { report, signal }: ResourceContext,
): Promise<GateOutcome> {
  const { release, baseUrl, settings } = inputs;
  try {
    return await watchGate({
      release: { id: releaseId(release.label, release.digest), label: release.label },
      source: urlSource({
        healthUrl: baseUrl + inputs.healthPath,
        metricsUrl: baseUrl + inputs.metricsPath,
      }),
      settings,
      onCheck: (check) => ledger.recordCheck(check),
      report,
      signal,
    });
  } catch (error) {
    // The release stays up unproven; the next `up` watches it again.
    await ledger.close("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

interface Failing {
  readonly outcome: GateOutcome;
  readonly ledger: GateLedger;
  readonly context: ResourceContext;
}

/** Takes the app back to the release before, unless contract has removed what that one needs. */
async function goBack(
  inputs: HealthGateInputs,
  { outcome, ledger, context }: Failing,
): Promise<{ readonly error: LockstepError; readonly to: string | null }> {
  const { release, app } = inputs;
  const why = outcome.reason;
  if (await ledger.hasContracted()) {
    await ledger.close("failed", why);
    const next = "mend the app and release it; the database cannot go back with an app rollback";
    return {
      error: failed(inputs, `${why}\nnot rolled back: its contract has already run`, next),
      to: null,
    };
  }
  const id = { project: release.project, stack: release.stack, name: processOf(app) };
  const done = await rollBackProcess(id, {
    releaseDigest: release.digest,
    report: context.report,
  }).catch(async (error: unknown) => {
    await ledger.close("failed", `${why}; the rollback failed too`);
    throw rollbackFailed(inputs, why, error);
  });
  if (done.kind === "nothingBefore") {
    await ledger.close("failed", why);
    const next =
      "it stays up, since there is no release to go back to; mend the app and run `pulumi up` again";
    return { error: failed(inputs, why, next), to: null };
  }
  if (done.kind === "superseded") {
    await ledger.close("failed", why);
    const now = done.releaseId
      ? `release ${done.releaseId} has taken its place meanwhile`
      : "its app is not one that lockstep runs any more";
    const next = `${now}, so nothing was rolled back; look at what serves, then run \`pulumi up\` again`;
    return { error: failed(inputs, why, next), to: null };
  }
  const to = done.facts.releaseId;
  const again = await ledger.recordRollback(to, why);
  context.report("warn", `rolled back to ${to}`);
  const next = `${to} serves again; change the release and run \`pulumi up\`, or try this very one again: pulumi config set lockstep:allowRetry '${again}'`;
  return { error: failed(inputs, `${why}\nrolled back to ${to}`, next), to };
}

function failed({ release }: HealthGateInputs, seen: string, next: string): LockstepError {
  return new LockstepError("GATE_FAILED", `Release ${release.label} failed its health gate`, {
    where: `release ${releaseId(release.label, release.digest)}`,
    seen,
    likely: `the new app answers with errors; its log is in ${release.project}/${release.stack}/logs below LOCKSTEP_HOME`,
    next,
  });
}

function held({ release }: HealthGateInputs, outcome: GateOutcome): LockstepError {
  return new LockstepError(
    "GATE_HELD",
    `The health gate of release ${release.label} could not decide`,
    {
      where: `release ${releaseId(release.label, release.digest)}`,
      seen: outcome.reason,
      likely: "too little traffic, or the metrics could not be read; no data is never a pass",
      next: "send it traffic, or let the gate probe (lockstep:gate.probesPerSecond), then run `pulumi up` again; the release stays up",
    },
  );
}

function rollbackFailed({ release }: HealthGateInputs, why: string, error: unknown): LockstepError {
  return new LockstepError(
    "ROLLBACK_FAILED",
    `Release ${release.label} failed its health gate, and going back failed too`,
    {
      where: `release ${releaseId(release.label, release.digest)}`,
      seen: `gate: ${why}\nrollback: ${formatError(error)}`,
      next: "nothing may be serving now: start the release before by setting lockstep:release to it and running `pulumi up`",
      cause: error,
    },
  );
}
