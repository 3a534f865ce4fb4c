// What a cut or killed runner left running in the server is found by its name or its lock, and ended or waited for.
import { setTimeout as delay } from "node:timers/promises";
import { readProgress } from "../drivers/postgres/progress.ts";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";

/** How long to wait for an ended backend to be gone, ms; index builds take a moment to clean up. */
const GONE_WITHIN_MS = 30_000;
const POLL_MS = 100;

/** A session that works, or worked, under a token of this database's lease. */
interface Leftover {
  readonly pid: number;
  readonly role: string;
  /** Null where this role may not see it. */
  readonly state: string | null;
  readonly query: string;
}

/** The application_name of a runner's working connection. */
export function runnerName(token: bigint): string {
  return `lockstep:${token.toString()}`;
}

/**
 * Ends the sessions that worked under an older token than `token` and waits until they are gone:
 * killing a client does not end a statement that runs in the server (ENGINE.md rule 3).
 * @returns how many were ended.
 * @throws LockstepError LEASE_NOT_OBTAINED when one of them cannot be ended or does not end.
 */
export async function endLeftovers(
  client: Queryable,
  token: bigint,
  report: Report,
): Promise<number> {
  const found = await findLeftovers(client, token);
  for (const leftover of found) {
    await terminate(client, leftover);
    report(
      "warn",
      `ended session ${String(leftover.pid)}, left behind by a killed runner: ${leftover.query}`,
    );
  }
  const deadline = performance.now() + GONE_WITHIN_MS;
  let left = found;
  while (left.length > 0) {
    left = await findLeftovers(client, token);
    const [first] = left;
    if (first === undefined) break;
    if (performance.now() >= deadline) throw stillThere(first);
    await delay(POLL_MS);
  }
  return found.length;
}

/**
 * Waits until what our own cut connections left in the server has ended by itself: a statement that
 * runs is let finish, since its commit is ours; a session that is only idle in its transaction is ended.
 * @throws LockstepError INTERRUPTED on abort.
 */
export async function awaitLeftovers(
  client: Queryable,
  token: bigint,
  options: { readonly report: Report; readonly signal: AbortSignal | undefined },
): Promise<void> {
  for (let n = 0; ; n += 1) {
    const left = await findLeftovers(client, token);
    const [first] = left;
    if (first === undefined) return;
    await endIdle(client, left);
    if (n % 20 === 0) await tellWait(client, first, options.report);
    if (options.signal?.aborted) throw interrupted();
    await delay(POLL_MS);
  }
}

/** Says how far the first session under an older token than `token` is, if there is one. */
export async function reportLeftover(
  client: Queryable,
  token: bigint,
  report: Report,
): Promise<void> {
  const [first] = await findLeftovers(client, token);
  if (first !== undefined) await tellWait(client, first, report);
}

async function tellWait(client: Queryable, { pid, query }: Leftover, report: Report) {
  const progress = await readProgress(client, pid);
  const far = progress === undefined ? "" : ` (${progress})`;
  report(
    "progress",
    `waiting for session ${String(pid)}, which goes on behind the cut: ${query}${far}`,
  );
}

/** Ends those sessions under an older token than `token` that run nothing and only hold their transaction. */
export async function endIdleLeftovers(client: Queryable, token: bigint): Promise<void> {
  await endIdle(client, await findLeftovers(client, token));
}

async function endIdle(client: Queryable, left: readonly Leftover[]): Promise<void> {
  for (const leftover of left) {
    if (leftover.state?.startsWith("idle")) await terminate(client, leftover);
  }
}

function interrupted(): LockstepError {
  return new LockstepError("INTERRUPTED", "Interrupted while waiting for a cut session's end", {
    next: "run the same command again: it ends what is left and goes on",
  });
}

/** Tokens are counted per database, so sessions of other databases bear the same names and are not ours. */
async function findLeftovers(client: Queryable, token: bigint): Promise<readonly Leftover[]> {
  const found = await client.query<Leftover>(
    `SELECT a.pid, coalesce(a.usename, '') AS role, a.state,
       split_part(left(coalesce(a.query, ''), 120), E'\\n', 1) AS query
     FROM pg_stat_activity a
     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
       AND ((regexp_match(a.application_name, '^lockstep:([0-9]+)$'))[1]::bigint < $1
         -- Who has asserted the lease within an open transaction, whatever its file calls the session.
         OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted
              AND l.mode = 'RowShareLock' AND l.relation = to_regclass('lockstep.lease')
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND coalesce((regexp_match(a.application_name, '^lockstep:([0-9]+)$'))[1]::bigint < $1, true)))`,
    [token.toString()],
  );
  return found.rows;
}

async function terminate(client: Queryable, leftover: Leftover): Promise<void> {
  try {
    await client.query("SELECT pg_terminate_backend($1)", [leftover.pid]);
  } catch (cause) {
    throw new LockstepError("LEASE_NOT_OBTAINED", "A killed runner's session cannot be ended", {
      seen: `pid ${String(leftover.pid)} of role ${leftover.role}: ${leftover.query}`,
      likely: "it belongs to a role that this one may not signal",
      next: `as that role or as a superuser: SELECT pg_terminate_backend(${String(leftover.pid)}); then run the same command again`,
      cause,
    });
  }
}

function stillThere(leftover: Leftover): LockstepError {
  return new LockstepError("LEASE_NOT_OBTAINED", "A killed runner's session does not end", {
    seen: `pid ${String(leftover.pid)}: ${leftover.query}, ${String(GONE_WITHIN_MS / 1000)} s after it was told to`,
    likely: "the server is busy rolling back, or hangs in I/O",
    next: "wait until pg_stat_activity no longer shows it, then run the same command again",
  });
}
