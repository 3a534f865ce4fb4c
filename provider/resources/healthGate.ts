// HealthGate: watches the new release, and takes the app back where it is bad; the ledger remembers both.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import { isLockstepError, type LockstepError } from "../../engine/errors/lockstepError.ts";
import { withCounters } from "../../engine/health/counters.ts";
import { watchGate, type GateOutcome } from "../../engine/health/gate.ts";
import { lastEvent } from "../../engine/ledger/record.ts";
import { hasLedger } from "../../engine/ledger/schema.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { openGatedApp, type GatedApp } from "../apps/gatedApp.ts";
import { failed, held, rollbackFailed } from "../gateErrors.ts";
import { GateLedger } from "../gateLedger.ts";
import { gateSettings } from "../gateSettings.ts";
import { targetOf } from "../ledgerLook.ts";
import { withTarget } from "../ledgerRoute.ts";
import { SavedFailure, type ResourceContext, type ResourceKind } from "../resource.ts";
import type { HealthGateInputs, HealthGateOutputs, Verdict } from "../schema.ts";
import { isKnown } from "../unwrap.ts";

/** The resource kind behind `lockstep:index:HealthGate`. */
export const healthGate: ResourceKind<HealthGateInputs, HealthGateOutputs> = {
  secrets: ["url", "counterLogin"],

  async check(inputs) {
    return { inputs: { ...inputs, pending: await isPending(inputs) }, failures: [] };
  },

  isChanged: (saved, inputs) =>
    saved.verdict !== "pass" || saved.digest !== inputs.digest || inputs.pending === true,

  async apply({ pending: _, ...inputs }, context) {
    return withTarget(inputs, context, async (target) => {
      const ledger = new GateLedger(target, inputs.release, context);
      await ledger.open();
      const app = await orClosed(ledger, () => openGatedApp(inputs, context));
      try {
        return await judge(inputs, { app, ledger, context });
      } finally {
        app.close();
      }
    });
  },
};

interface Means {
  readonly app: GatedApp;
  readonly ledger: GateLedger;
  readonly context: ResourceContext;
}

async function judge(inputs: HealthGateInputs, means: Means) {
  const { app, ledger } = means;
  const { release } = inputs;
  const { outcome, detail } = await orClosed(ledger, async () => {
    const watched = await watch(inputs, means);
    // Before the ledger says so: a pass that is lost is watched for again, a way back is not found again.
    if (watched.outcome.verdict === "pass") await app.rememberPass();
    return watched;
  });
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
    throw new SavedFailure(held(inputs.release, outcome), end("held", null));
  }
  const { error, to } = await goBack(inputs, { ...means, why: outcome.reason, detail });
  throw new SavedFailure(error, end("fail", to));
}

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

/** Where `work` throws, the release stays up unproven; the next `up` watches it again. */
async function orClosed<T>(ledger: GateLedger, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await ledger.close("failed", error instanceof Error ? error.message : String(error));
    throw error;
  }
}

/** `detail` has lines for the error beside the outcome's reason. */
interface Watched {
  readonly outcome: GateOutcome;
  readonly detail: string;
}

async function watch(inputs: HealthGateInputs, means: Means): Promise<Watched> {
  const { app, ledger, context } = means;
  const { report, signal } = context;
  const { release } = inputs;
  const id = releaseId(release.label, release.digest);
  const settings = gateSettings(inputs.settings, { id, login: inputs.counterLogin });
  const fault = await app.awaitStart();
  if (fault) {
    const { reason, detail } = fault;
    report("warn", `gate failed for release ${release.label}: ${reason}`);
    return { outcome: { verdict: "fail", checks: [], errorRate: null, reason }, detail };
  }
  const outcome = await watchGate({
    release: { id, label: release.label },
    source: withCounters(app.source, settings),
    settings,
    askDatabase: (ask) => ledger.lookAtDatabase(ask),
    baseline: await ledger.readBaseline(),
    onCheck: (check) => ledger.recordCheck(check),
    report,
    signal,
  });
  return { outcome, detail: "" };
}

interface Failing extends Means {
  /** One plain line. */
  readonly why: string;
  readonly detail: string;
}

/** Takes the app back to the release before, unless contract has removed what that one needs. */
async function goBack(
  inputs: HealthGateInputs,
  failing: Failing,
): Promise<{ readonly error: LockstepError; readonly to: string | null }> {
  const { app, ledger, why } = failing;
  const stays = async (why: string, then: string, next: string) => {
    await ledger.close("failed", why);
    return { error: failed(inputs.release, failing, { then, next }), to: null };
  };
  if (await ledger.hasContracted()) {
    const next = "mend the app and release it; the database cannot go back with an app rollback";
    return stays(why, "not rolled back: its contract has already run", next);
  }
  const look = "look at what serves, then run `pulumi up` again";
  if (!(await ledger.isActive())) {
    const next = `the ledger has closed this release meanwhile, so nothing was rolled back; ${look}`;
    return stays(why, "", next);
  }
  const goBackNow = async () => {
    await ledger.letBack();
    return app.rollBack();
  };
  const done = await goBackNow().catch(async (error: unknown) => {
    await ledger.close("failed", `${why}; the rollback failed too`);
    throw rollbackFailed(inputs.release, why, error);
  });
  if (done.kind === "nothingBefore") {
    const next =
      "it stays up, since there is no release to go back to; mend the app and run `pulumi up` again";
    return stays(why, "", next);
  }
  if (done.kind === "superseded") {
    return stays(why, "", `${done.now}, so nothing was rolled back; ${look}`);
  }
  return remember(inputs, failing, done.to);
}

async function remember(inputs: HealthGateInputs, failing: Failing, to: string) {
  const { app, ledger, why, context } = failing;
  const { label } = inputs.release;
  const note = async (count?: number) => {
    const back = { to, why, ...(count !== undefined && { count }) };
    await app.rememberRollback(back).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      context.report("warn", `the rollback is not noted on the app: ${text}`);
    });
  };
  const count = await ledger.recordRollback(to, why).catch(async (error: unknown) => {
    await note();
    throw error;
  });
  await note(count);
  context.report("warn", `rolled back to ${to}`);
  const retry = `pulumi config set lockstep:allowRetry '${label}#${String(count)}'`;
  const next = `${to} serves again; change the release and run \`pulumi up\`, or try this very one again: ${retry}`;
  return { error: failed(inputs.release, failing, { then: `rolled back to ${to}`, next }), to };
}
