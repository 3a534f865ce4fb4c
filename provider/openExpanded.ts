// The ledger's leave for a rollout: expand is applied and the release is the one under way.
import type { Client } from "pg";
import { withConnection } from "../engine/drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../engine/drivers/postgres/target.ts";
import { LockstepError } from "../engine/errors/lockstepError.ts";
import type { Report } from "../engine/events.ts";
import { describeBaseline, type Baseline } from "../engine/health/baseline.ts";
import { closingOnFailure } from "../engine/ledger/failRelease.ts";
import { readLedger } from "../engine/ledger/ledger.ts";
import { lastEvent, recordEvent } from "../engine/ledger/record.ts";
import { openRelease } from "../engine/ledger/releases.ts";
import { planRun } from "../engine/plan/planRun.ts";
import { releaseId } from "../engine/plan/release.ts";
import { awaitReplay } from "../engine/replicas/awaitReplay.ts";
import { fileId } from "../engine/sources/fileId.ts";
import { measureRunning, type BaselineQuestion } from "./apps/runningApp.ts";
import { loadMigrations } from "./ledgerLook.ts";
import { withTarget } from "./ledgerRoute.ts";
import { openLogin } from "./openLogin.ts";
import type { ResourceContext } from "./resource.ts";
import type { RolloutInputs } from "./schema.ts";

/** What a rollout asks the ledger for. */
export type LeaveInputs = Pick<
  RolloutInputs,
  "release" | "url" | "route" | "migrations" | "allowRetry" | "replicas" | "login"
>;

/**
 * Opens the release in the ledger, where its expand files are all applied. The app may rely on what they add, so
 * each rollout asks by itself: `--target` runs it without the steps before it.
 * @throws LockstepError STEP_FAILED where some are not applied, what `openRelease` refuses, and what making the
 * release's login does.
 */
export async function openExpanded(
  inputs: LeaveInputs,
  context: Pick<ResourceContext, "report"> & Partial<Pick<ResourceContext, "signal">>,
  question?: BaselineQuestion,
): Promise<void> {
  const { release, allowRetry } = inputs;
  const { target, promoted } = inputs.migrations;
  const migrations = await loadMigrations(inputs.migrations);
  const baseline = question && (await measureRunning(question));
  await withTarget(inputs, context, (database) =>
    withConnection(database, { applicationName: "lockstep:app" }, async (client) => {
      const ledger = await readLedger(client);
      const plan = planRun(ledger, migrations, { stage: "expand", target, promoted });
      if (plan.pending.length > 0) throw notExpanded(plan.pending.map(fileId));
      await awaitReplicas(client, inputs, context);
      await openRelease(client, { ...release, ...(allowRetry !== undefined && { allowRetry }) });
      await closingOnFailure(database, release.digest, () => openLogin(client, inputs, context));
      const app = releaseId(release.label, release.digest);
      await recordEvent(client, { release: release.digest, kind: "rollout", data: { app } });
      await recordBaseline(client, { digest: release.digest, baseline }, context.report);
    }),
  );
}

/** Each by the way that the database's own host is reached, where that is a relay. */
async function awaitReplicas(
  client: Client,
  { replicas, route }: LeaveInputs,
  context: Pick<ResourceContext, "report"> & Partial<Pick<ResourceContext, "signal">>,
): Promise<void> {
  if (!replicas) return;
  const relay = route && "relay" in route ? { route } : {};
  const wait = { timeoutMs: replicas.timeoutMs, report: context.report, signal: context.signal };
  const withAll = async (
    urls: readonly string[],
    standbys: readonly DatabaseTarget[],
  ): Promise<void> => {
    const [url, ...rest] = urls;
    if (url === undefined) return awaitReplay(client, { ...wait, standbys });
    return withTarget({ url, ...relay }, context, (one) => withAll(rest, [...standbys, one]));
  };
  await withAll(replicas.urls, []);
}

/** Recorded once: a second rollout of the same release finds itself running, or what it left half done. */
async function recordBaseline(
  client: Client,
  {
    digest,
    baseline,
  }: { readonly digest: string; readonly baseline: Baseline | string | undefined },
  report: Report,
): Promise<void> {
  if (typeof baseline === "string") {
    report("progress", `the release before cannot be measured: ${baseline}`);
  }
  if (typeof baseline !== "object") return;
  const known = await lastEvent(client, ["gateBaseline"], digest);
  if (known?.data.of === baseline.of && known.data.total >= baseline.total) return;
  await recordEvent(client, { release: digest, kind: "gateBaseline", data: baseline });
  report("progress", `before: ${describeBaseline(baseline)}`);
}

function notExpanded(files: readonly string[]): LockstepError {
  return new LockstepError(
    "STEP_FAILED",
    "The app may not start before its expand files are applied",
    {
      seen: files.join(", "),
      likely: "the rollout was started on its own (--target)",
      next: "run `pulumi up` without --target",
    },
  );
}
