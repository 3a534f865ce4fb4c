// Admission where the ledger is not reached from here: by what gates have left on the app's Deployment.
import { isLockstepError } from "../engine/errors/lockstepError.ts";
import { ensureAdmissible } from "../engine/ledger/releases.ts";
import type { ResourceContext } from "./resource.ts";
import type { AdmissionInputs, RelayRoute } from "./schema.ts";

/**
 * Refuses a release that the notes say was rolled back, and says what was not seen. The ledger itself is asked when the
 * update runs.
 * @throws LockstepError ROLLED_BACK_BEFORE
 */
export async function admitByNotes(
  { release, allowRetry }: AdmissionInputs,
  { cluster: place, deployment: name }: RelayRoute,
  { report }: ResourceContext,
): Promise<void> {
  const { openCluster } = await import("../engine/kubernetes/client.ts");
  const { readDeployment } = await import("../engine/kubernetes/deployment.ts");
  const { readMemory } = await import("../engine/kubernetes/gateMemory.ts");
  report(
    "warn",
    "the database is not reached from here: what is pending, how risky that is, and whether another release is under way, is seen when the update runs",
  );
  const deployment = await readDeployment(await openCluster(place), name).catch(
    (error: unknown) => {
      if (!isLockstepError(error)) throw error;
      report("warn", `nor is the app's Deployment: ${error.message}`);
      return undefined;
    },
  );
  if (!deployment) return;
  const { passed, rolledBack } = readMemory(deployment);
  const last = passed[0]?.releaseId;
  if (last !== undefined) report("info", `the last release that passed its gate is ${last}`);
  const note = rolledBack[release.digest];
  if (!note) return;
  const at = new Date(note.at);
  const row = {
    ...{ digest: release.digest, label: note.label, state: "rolledBack" as const },
    ...{ rollbacks: note.count, openedAt: at, changedAt: at },
  };
  ensureAdmissible([row], { ...release, ...(allowRetry !== undefined && { allowRetry }) });
}
