// Drain: the wait until nothing of an older release is left, recorded in the ledger for contract to find.
import { withConnection } from "../../engine/drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../../engine/drivers/postgres/target.ts";
import { isLockstepError } from "../../engine/errors/lockstepError.ts";
import { openRoles, readLogin } from "../../engine/fence/fence.ts";
import { readLedger } from "../../engine/ledger/ledger.ts";
import { lastEvent, recordEvent } from "../../engine/ledger/record.ts";
import { closeRelease, hasContracted, openRelease } from "../../engine/ledger/releases.ts";
import { olderInstances } from "../apps/gatedApp.ts";
import { isBeforeGate, targetOf } from "../ledgerLook.ts";
import { withTarget } from "../ledgerRoute.ts";
import { SavedFailure, type ResourceContext, type ResourceKind } from "../resource.ts";
import type { DrainInputs, DrainOutputs } from "../schema.ts";
import { StandingConnection } from "../standingConnection.ts";
import { isKnown } from "../unwrap.ts";
import { drainByLogins, drainByNames, findLogin } from "../waitForOlder.ts";

/** The resource kind behind `lockstep:index:Drain`. */
export const drain: ResourceKind<DrainInputs, DrainOutputs> = {
  secrets: ["url"],

  async check(inputs) {
    return { inputs: { ...inputs, pending: await isPending(inputs) }, failures: [] };
  },

  isChanged: (saved, inputs) =>
    saved.verdict !== "pass" || saved.digest !== inputs.digest || inputs.pending === true,

  async apply({ pending: _, ...inputs }, context) {
    return withTarget(inputs, context, (target) => waitFor(inputs, target, context));
  },
};

async function waitFor(inputs: DrainInputs, target: DatabaseTarget, context: ResourceContext) {
  const { release, quietMs } = inputs;
  const { report, signal } = context;
  const id = `drain-${release.digest.slice(0, 12)}`;
  const ledger = new StandingConnection(target, {
    applicationName: "lockstep:drain",
    report,
    signal,
  });
  await ledger.open();
  try {
    await ledger.use((client) => openRelease(client, release));
    const processes = await olderInstances(inputs);
    const means = { ledger, processes, context };
    const login = await findLogin(inputs, target, ledger);
    if (login) await drainByLogins(inputs, login, means);
    else await drainByNames(inputs, means);
    const data = { quietMs, by: login ? "logins" : "names" } as const;
    const event = { release: release.digest, kind: "drain", data } as const;
    await ledger.use((client) => recordEvent(client, event));
    report("info", `nothing of an older release for ${String(quietMs / 1000)} s`);
    return { id, outputs: { ...inputs, verdict: "pass" as const } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await ledger
      .use((client) => closeRelease(client, release.digest, { state: "failed", why }))
      .catch(() => false);
    if (!(error instanceof Error)) throw error;
    throw new SavedFailure(error, { id, outputs: { ...inputs, verdict: "fail" } });
  } finally {
    await ledger.close();
  }
}

/**
 * Whether the release was watched again since it drained: another one ran in between, and contract
 * would refuse the older drain.
 */
async function isPending({ url, route, release, fence }: DrainInputs): Promise<boolean> {
  if (!isKnown(url)) return false;
  try {
    return await withConnection(
      targetOf(url, route),
      { applicationName: "lockstep:plugin" },
      async (client) => {
        if (!(await readLedger(client)).exists) return false;
        const last = await lastEvent(client, ["drain"], release.digest);
        if (last === undefined) return false;
        if (await isBeforeGate(client, last, release.digest)) return true;
        if (fence !== "role" || (await hasContracted(client, release.digest))) return false;
        // Asked for since, or opened again since: contract would not count the drain.
        const login = await readLogin(client, release.digest);
        const isOpen = login !== undefined && (await openRoles(client, login)).length > 0;
        return last.data.by !== "logins" || isOpen;
      },
    );
  } catch (error) {
    // Admission says what is wrong with the database.
    if (isLockstepError(error)) return false;
    throw error;
  }
}
