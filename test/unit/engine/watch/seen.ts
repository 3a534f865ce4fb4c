// Sessions and looks as tests need them.
import type { LockWait, Look, SessionSeen } from "../../../../engine/watch/look.ts";

/** A session that does nothing, but for what is given. */
export function seen(pid: number, given: Partial<SessionSeen> = {}): SessionSeen {
  return {
    pid,
    user: "app",
    application: `a${pid}`,
    client: null,
    kind: "client backend",
    state: "idle",
    stateForS: 1,
    transactionForS: null,
    waitEvent: null,
    query: null,
    waitsFor: null,
    mark: null,
    ...given,
  };
}

/** A session that waits for others, and for prepared transactions. */
export function waiting(
  pid: number,
  pids: readonly number[],
  gids: readonly string[] = [],
): SessionSeen {
  const waitsFor: LockWait = { mode: "ShareLock", on: "public.things", forS: 1, pids, gids };
  return seen(pid, { state: "active", waitsFor });
}

/** A look with these sessions and nothing else. */
export function lookAt(sessions: readonly SessionSeen[], given: Partial<Look> = {}): Look {
  const ledger = { state: "none", lease: null, release: null, files: [] } as const;
  return { sessions, prepared: [], work: [], ledger, ...given };
}
