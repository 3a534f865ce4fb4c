// Which sessions are lockstep's own or a release's, told by the names that they bear.
import type { LedgerRows } from "./ledgerWork.ts";
import type { Mark } from "./look.ts";
import type { SessionRow } from "./sessions.ts";

/** What `session` is to lockstep; null for others. */
export function markOf(session: SessionRow, ledger: LedgerRows): Mark | null {
  const { application, underLease } = session;
  const [, step, token] = /^lockstep:((\d+)|.+)$/.exec(application ?? "") ?? [];
  const { lease, release } = ledger;
  // A file may have renamed its session; only lockstep's transactions assert the lease.
  if (token !== undefined || (underLease && step === undefined)) {
    const isHolders = lease !== null && (token === undefined || token === lease.token);
    return isHolders
      ? { what: "runner", release, step: lease.doing }
      : { what: "leftover", release: null, step: null };
  }
  if (step !== undefined) return { what: "lockstep", release: null, step };
  const app = /^app:(.+)$/.exec(application ?? "")?.[1];
  return app === undefined ? null : { what: "app", release: app, step: null };
}
