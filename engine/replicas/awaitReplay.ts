// Waits until standbys have replayed what expand did: the new app may read one that lacks its column (ENGINE.md rule 24).
import { setTimeout as delay } from "node:timers/promises";
import type { ClientBase } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError, LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";

/** From one look at a standby to the next, ms. */
const POLL_MS = 500;
/** From one line about a standby to the next, ms. */
const SAY_EVERY_MS = 5_000;
const MIB = 1_048_576;

/** How to wait. */
export interface ReplayWait {
  readonly standbys: readonly DatabaseTarget[];
  /** For all of them together, ms. */
  readonly timeoutMs: number;
  readonly report: Report;
  readonly signal?: AbortSignal | undefined;
}

interface Look extends Record<string, unknown> {
  readonly recovering: boolean;
  readonly behind: string | null;
  readonly paused: boolean;
}

/** The pause is asked for only in recovery: elsewhere PostgreSQL refuses the question. */
const LOOK = `
SELECT r AS recovering, pg_catalog.pg_wal_lsn_diff($1::pg_lsn, pg_catalog.pg_last_wal_replay_lsn())::text AS behind,
  CASE WHEN r THEN pg_catalog.pg_is_wal_replay_paused() ELSE false END AS paused
FROM pg_catalog.pg_is_in_recovery() AS r`;

/**
 * Returns once each standby has replayed all that `primary` has written so far.
 * @throws LockstepError STEP_FAILED when one does not within the time, or is no standby; INTERRUPTED.
 */
export async function awaitReplay(primary: ClientBase, wait: ReplayWait): Promise<void> {
  const { standbys, timeoutMs } = wait;
  if (standbys.length === 0) return;
  const { rows } = await primary.query<{ lsn: string }>(
    "SELECT pg_catalog.pg_current_wal_insert_lsn()::text AS lsn",
  );
  const lsn = rows[0]?.lsn ?? "0/0";
  const untilMs = performance.now() + timeoutMs;
  await Promise.all(standbys.map((standby) => awaitOne(standby, { ...wait, lsn, untilMs })));
  const count = standbys.length === 1 ? "the standby has" : `all ${standbys.length} standbys have`;
  wait.report("info", `${count} replayed expand (${lsn})`);
}

async function awaitOne(
  standby: DatabaseTarget,
  wait: ReplayWait & { readonly lsn: string; readonly untilMs: number },
): Promise<void> {
  let saidMs = -Infinity;
  for (;;) {
    ensureGoingOn(wait.signal);
    const state = await lookAt(standby, wait.lsn);
    if (state === undefined) return;
    if (performance.now() >= wait.untilMs) throw tooLate(standby, state, wait.timeoutMs);
    if (performance.now() - saidMs >= SAY_EVERY_MS) {
      saidMs = performance.now();
      wait.report("progress", `waiting for standby ${standby.display}: ${state}`);
    }
    await delay(POLL_MS);
  }
}

/** What keeps it, in a few words; undefined where it has all. */
async function lookAt(standby: DatabaseTarget, lsn: string): Promise<string | undefined> {
  let look: Look | undefined;
  try {
    look = await withConnection(standby, { applicationName: "lockstep:replay" }, async (client) => {
      const { rows } = await client.query<Look>(LOOK, [lsn]);
      return rows[0];
    });
  } catch (error) {
    if (!isLockstepError(error) || error.code !== "CONNECTION") throw error;
    return error.message;
  }
  if (look?.recovering !== true) throw noStandby(standby);
  const behind = Number(look.behind ?? Number.NaN);
  if (behind <= 0) return undefined;
  const paused = look.paused ? ", and its replay is paused" : "";
  const amount = Number.isNaN(behind) ? "it has replayed nothing yet" : `${mib(behind)} behind`;
  return `${amount}${paused}`;
}

function mib(bytes: number): string {
  return bytes < MIB / 10 ? `${bytes} bytes` : `${(bytes / MIB).toFixed(1)} MiB`;
}

function ensureGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new LockstepError("INTERRUPTED", "Interrupted while waiting for the standbys", {
    next: "run `pulumi up` again: the app was not touched",
  });
}

function tooLate(standby: DatabaseTarget, state: string, timeoutMs: number): LockstepError {
  const within = `${timeoutMs / 1000} s`;
  return new LockstepError(
    "STEP_FAILED",
    "A standby has not replayed expand; the app stays as it is",
    {
      where: standby.display,
      seen: `${state}, after ${within}`,
      likely:
        "its replay is paused or waits for a query there (max_standby_streaming_delay), or it does not stream",
      next: "there: SELECT pg_wal_replay_resume(), or see pg_stat_wal_receiver; then `pulumi up` again (lockstep:replicas.timeout for more time)",
    },
  );
}

function noStandby(standby: DatabaseTarget): LockstepError {
  return new LockstepError("STEP_FAILED", "A server listed as a standby is none", {
    where: standby.display,
    seen: "it is not in recovery",
    likely: "it was promoted, or lockstep:replicas names the primary",
    next: "correct lockstep:replicas.urls; after a failover lockstep:database must name the new primary",
  });
}
