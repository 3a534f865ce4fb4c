// Takes a Deployment back to the release before: applies all that was applied for that one, and nothing else.
import { setTimeout as delay } from "node:timers/promises";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import type { AppliedSet } from "./appliedSet.ts";
import { awaitRollout } from "./awaitRollout.ts";
import { apiStatus } from "./clusterError.ts";
import { deploymentPath, readDeployment, type Deployment } from "./deployment.ts";
import { readMemory, type PassedRelease } from "./gateMemory.ts";
import { readLastWords } from "./lastWords.ts";
import { imageOf, releaseOf, viewRollout, type ClusterApp } from "./releasePods.ts";
import { describeFaults } from "./rolloutStatus.ts";

/** How a rollback ended, short of failing. */
export type DeploymentRollBack =
  | { readonly kind: "rolledBack"; readonly releaseId: string }
  /** Another release has taken its place meanwhile, or there is no Deployment any more: nothing was done. */
  | { readonly kind: "superseded"; readonly releaseId: string | undefined }
  /** No release before it passed its gate: nothing was done, it stays up. */
  | { readonly kind: "nothingBefore" };

/** The release that is to go. */
export interface RollBackOrder {
  readonly releaseId: string;
  /** sha256, hex: its identity. */
  readonly digest: string;
  readonly report: Report;
}

/** Tries against a Deployment that changes meanwhile (its status does, with each pod), and the time between, ms. */
const TRIES = 20;
const RETRY_MS = 250;
/** The pods of the bad release may take their grace period to end; time between two looks, ms. */
const GONE_POLL_MS = 1_000;

/**
 * Applies the full set of the last release that passed before, under the manager that applies the app,
 * and waits until its pods are ready and the other one's gone. Bound to the version of the Deployment
 * that was looked at, so that a late caller cannot undo a later release. A second call finds it done.
 * @throws LockstepError ROLLBACK_FAILED when the former release does not come up; CLUSTER.
 */
export async function rollBackDeployment(
  app: ClusterApp,
  order: RollBackOrder,
): Promise<DeploymentRollBack> {
  for (let attempt = 1; ; attempt += 1) {
    const deployment = await readDeployment(app.cluster, app.deployment);
    const running = deployment && releaseOf(deployment.spec.template, app);
    const previous =
      deployment && readMemory(deployment).passed.find((one) => one.digest !== order.digest);
    const isOurs = running === order.releaseId;
    // Already back: by a gate that was killed right after, or by hand.
    const isBack = previous !== undefined && running === previous.releaseId;
    if (!deployment || (!isOurs && !isBack)) return { kind: "superseded", releaseId: running };
    if (!previous) return { kind: "nothingBefore" };
    try {
      await applyFenced(app, { deployment, previous, report: order.report });
    } catch (error) {
      if (!isChangedMeanwhile(error) || attempt >= TRIES) throw error;
      await delay(RETRY_MS);
      continue;
    }
    await awaitPrevious(app, previous, order);
    return { kind: "rolledBack", releaseId: previous.releaseId };
  }
}

interface Going {
  readonly deployment: Deployment;
  readonly previous: PassedRelease;
  readonly report: Report;
}

async function applyFenced(app: ClusterApp, { deployment, previous, report }: Going) {
  const { resourceVersion, uid } = deployment.metadata;
  const { set } = previous;
  const body = { ...set, metadata: { ...set.metadata, resourceVersion, uid } };
  try {
    await apply(app, body, false);
  } catch (error) {
    const conflict = apiStatus(error)?.message ?? "";
    if (!isOwnerConflict(error)) throw error;
    // What scales the app (an autoscaler, a person) knows better how many pods are wanted now.
    const scaled = conflict.includes(".spec.replicas");
    report("warn", `others own fields of the release before; taken back: ${oneLine(conflict)}`);
    await apply(app, scaled ? withoutReplicas(body) : body, true);
  }
}

function apply(app: ClusterApp, body: AppliedSet, force: boolean): Promise<unknown> {
  return app.cluster.request("PATCH", deploymentPath(app.cluster, app.deployment), {
    query: { fieldManager: app.fieldManager, ...(force && { force }) },
    body,
    contentType: "application/apply-patch+yaml",
    doing: `take the Deployment ${app.deployment} back`,
  });
}

function withoutReplicas(set: AppliedSet): AppliedSet {
  const { replicas: _, ...spec } = set.spec as Readonly<Record<string, unknown>>;
  return { ...set, spec };
}

/** The API server's word for fields that other managers own. */
function isOwnerConflict(error: unknown): boolean {
  const status = apiStatus(error);
  return status?.code === 409 && /Apply failed with \d+ conflict/.test(status.message);
}

function isChangedMeanwhile(error: unknown): boolean {
  return apiStatus(error)?.code === 409 && !isOwnerConflict(error);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Waits for the former release's pods, then for the end of the other one's. */
async function awaitPrevious(
  app: ClusterApp,
  previous: PassedRelease,
  { releaseId, report }: RollBackOrder,
): Promise<void> {
  const started = performance.now();
  const image = templateImage(previous.set, app);
  const wanted = { releaseId: previous.releaseId, ...(image !== undefined && { image }) };
  // No signal: a rollback that has begun is brought to its end.
  const end = await awaitRollout(app, wanted, { report });
  if (end.kind !== "done") {
    const faults = end.kind === "failed" ? end.faults : [];
    const words = await readLastWords(app.cluster, faults);
    throw new LockstepError(
      "ROLLBACK_FAILED",
      `The rollback to ${previous.releaseId} failed: its pods do not come up`,
      {
        where: `Deployment ${app.deployment} in namespace ${app.cluster.namespace}`,
        seen: [end.text, ...describeFaults(faults).slice(1), words].filter(Boolean).join("\n"),
        next: `kubectl -n ${app.cluster.namespace} describe pods, then roll out a good release with \`pulumi up\``,
      },
    );
  }
  for (;;) {
    const { pods } = await viewRollout(app);
    const left = pods.filter((pod) => releaseOf(pod, app) === releaseId);
    if (left.length === 0) return;
    report("progress", `${previous.releaseId} is back; ${String(left.length)} of ${releaseId} end`);
    if (performance.now() - started > app.rolloutTimeoutMs) {
      report("warn", `${String(left.length)} pods of ${releaseId} still end`);
      return;
    }
    await delay(GONE_POLL_MS);
  }
}

function templateImage(set: AppliedSet, app: ClusterApp): string | undefined {
  const spec = set.spec as Partial<Deployment["spec"]> | undefined;
  return spec?.template?.spec.containers ? imageOf(spec.template, app) : undefined;
}
