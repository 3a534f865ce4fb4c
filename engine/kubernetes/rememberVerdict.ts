// Leaves a gate's verdict on the Deployment: a rollback needs it, and a preview that sees no ledger.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { appliedSetOf } from "./appliedSet.ts";
import { readDeployment } from "./deployment.ts";
import {
  readMemory,
  withPassed,
  withRolledBack,
  writeMemory,
  type RolledBack,
} from "./gateMemory.ts";
import { releaseOf, type ClusterApp } from "./releasePods.ts";

/** A release, and whom to tell. */
export interface Judged {
  readonly releaseId: string;
  /** sha256, hex: its identity. */
  readonly digest: string;
  readonly report: Report;
}

/**
 * Keeps all that was applied for a release that passed: a later one goes back to it.
 * @throws LockstepError GATE_HELD where another release has taken its place; CLUSTER.
 */
export async function rememberPass(app: ClusterApp, judged: Judged): Promise<void> {
  const { releaseId, digest, report } = judged;
  const deployment = await readDeployment(app.cluster, app.deployment);
  const held = deployment && releaseOf(deployment.spec.template, app);
  if (!deployment || held !== releaseId) {
    throw new LockstepError("GATE_HELD", "The release was replaced while its gate watched it", {
      where: `Deployment ${app.deployment} in namespace ${app.cluster.namespace}`,
      seen: `${held ?? "no release"}, expected ${releaseId}`,
      likely: "another `pulumi up` or a person changed the Deployment",
      next: "run `pulumi up` again",
    });
  }
  const set = appliedSetOf(deployment, app.fieldManager);
  const memory = readMemory(deployment);
  if (set === undefined) {
    const said = `nothing on it was applied by ${app.fieldManager}`;
    report("warn", `no later release can go back to this one: ${said}`);
    return;
  }
  const passed = { releaseId, digest, at: new Date().toISOString(), set };
  await writeMemory(app, { deployment, memory: withPassed(memory, passed), report });
}

/**
 * Keeps that a release was taken back, once more than before where the caller does not know how often.
 * @throws LockstepError CLUSTER
 */
export async function rememberRollback(
  app: ClusterApp,
  { digest, report }: Pick<Judged, "digest" | "report">,
  back: Omit<RolledBack, "at" | "count"> & { readonly count?: number },
): Promise<void> {
  const deployment = await readDeployment(app.cluster, app.deployment);
  if (!deployment) return;
  const at = new Date().toISOString();
  const before = readMemory(deployment);
  const count = back.count ?? (before.rolledBack[digest]?.count ?? 0) + 1;
  const memory = withRolledBack(before, digest, { ...back, count, at });
  await writeMemory(app, { deployment, memory, report });
}
