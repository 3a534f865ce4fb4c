// Drain: the wait until nothing of an older release is left, recorded in the ledger for contract to find.
import { waitUntilDrained } from "../../engine/drain/drain.ts";
import { describeSession, readOldSessions } from "../../engine/drain/sessions.ts";
import {
  close,
  connectWhenReady,
  DEFAULT_WAIT,
  withConnection,
} from "../../engine/drivers/postgres/connect.ts";
import { isLockstepError } from "../../engine/errors/lockstepError.ts";
import { readLedger } from "../../engine/ledger/ledger.ts";
import { lastEvent, recordEvent } from "../../engine/ledger/record.ts";
import { closeRelease, openRelease } from "../../engine/ledger/releases.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { olderInstances } from "../apps/gatedApp.ts";
import { isBeforeGate, targetOf } from "../ledgerLook.ts";
import { SavedFailure, type ResourceKind } from "../resource.ts";
import type { DrainInputs, DrainOutputs } from "../schema.ts";
import { isKnown } from "../unwrap.ts";

/** The resource kind behind `lockstep:index:Drain`. */
export const drain: ResourceKind<DrainInputs, DrainOutputs> = {
  secrets: ["url"],

  async check(inputs) {
    return { inputs: { ...inputs, pending: await isPending(inputs) }, failures: [] };
  },

  isChanged: (saved, inputs) =>
    saved.verdict !== "pass" || saved.digest !== inputs.digest || inputs.pending === true,

  async apply({ pending: _, ...inputs }, { report, signal }) {
    const { release, quietMs, timeoutMs } = inputs;
    const id = `drain-${release.digest.slice(0, 12)}`;
    const mine = releaseId(release.label, release.digest);
    const client = await connectWhenReady(targetOf(inputs.url, inputs.route), {
      applicationName: "lockstep:drain",
      ...DEFAULT_WAIT,
      report,
      signal,
    });
    const filter = { releaseId: mine, allowedApplications: inputs.allowed };
    const sessions = async () => (await readOldSessions(client, filter)).map(describeSession);
    try {
      await openRelease(client, release);
      const processes = await olderInstances(inputs);
      await waitUntilDrained({ processes, sessions }, { quietMs, timeoutMs, report, signal });
      await recordEvent(client, { release: release.digest, kind: "drain", data: { quietMs } });
      report("info", `nothing of an older release for ${String(quietMs / 1000)} s`);
      return { id, outputs: { ...inputs, verdict: "pass" } };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      await closeRelease(client, release.digest, { state: "failed", why }).catch(() => false);
      if (!(error instanceof Error)) throw error;
      throw new SavedFailure(error, { id, outputs: { ...inputs, verdict: "fail" } });
    } finally {
      await close(client);
    }
  },
};

/**
 * Whether the release was watched again since it drained: another one ran in between, and contract
 * would refuse the older drain.
 */
async function isPending({ url, route, release }: DrainInputs): Promise<boolean> {
  if (!isKnown(url)) return false;
  try {
    return await withConnection(
      targetOf(url, route),
      { applicationName: "lockstep:plugin" },
      async (client) => {
        if (!(await readLedger(client)).exists) return false;
        const last = await lastEvent(client, ["drain"], release.digest);
        return last !== undefined && (await isBeforeGate(client, last, release.digest));
      },
    );
  } catch (error) {
    // Admission says what is wrong with the database.
    if (isLockstepError(error)) return false;
    throw error;
  }
}
