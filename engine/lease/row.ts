// The lease's row: how it is read, taken, renewed and given back.
import { codeOf } from "../drivers/postgres/diagnose.ts";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { shown, type Placeholder } from "../sql/placeholder.ts";

/** The lease as the ledger holds it. */
export interface LeaseRow {
  readonly token: string;
  readonly held: boolean;
  /** `user@host, process 123`. */
  readonly holder: string;
  readonly doing: string;
  /** Counts up while its holder lives. */
  readonly beat: string;
  readonly ttl_ms: number;
}

/** Who takes the lease, and what for. */
export interface Taker {
  readonly holder: string;
  readonly doing: string;
  readonly ttlMs: number;
}

/** Makes the row. */
export const MAKE_LEASE =
  "INSERT INTO lockstep.lease VALUES ('runner', nextval('lockstep.lease_token'), false, '', '', 0, 0, now()) ON CONFLICT DO NOTHING";

/** Reads the row, and makes it where a restore left it out: a backup never brings a dead holder back. */
export async function readLease(queries: Queryable): Promise<LeaseRow> {
  for (;;) {
    const found = await queries.query<LeaseRow>(
      "SELECT * FROM lockstep.lease WHERE name = 'runner'",
    );
    if (found.rows[0]) return found.rows[0];
    await queries.query(MAKE_LEASE);
  }
}

/** A token, or why there is none: another runner was quicker, or a transaction still asserts the old one. */
export type Taken = bigint | "changed" | "locked";

/** Takes the lease that was `seen`, if it is still free or, where it was held, has not beaten since. */
export async function takeLease(queries: Queryable, seen: LeaseRow, by: Taker): Promise<Taken> {
  return tokenOf(() =>
    queries.query(takeLeaseSql({ held: seen.held, ttlMs: by.ttlMs }), [
      ...[by.holder, by.doing, seen.token],
      ...(seen.held ? [seen.beat] : []),
    ]),
  );
}

/** Takes a free lease, or one that was held and has not beaten since. */
export function takeLeaseSql({
  held,
  ttlMs,
}: {
  readonly held: boolean;
  readonly ttlMs: number | Placeholder;
}): string {
  const condition = held ? "held AND beat = $4" : "NOT held";
  return `UPDATE lockstep.lease SET token = nextval('lockstep.lease_token'), held = true, holder = $1, doing = $2,
         beat = 0, ttl_ms = ${shown(ttlMs)}, since = clock_timestamp()
       WHERE name = 'runner' AND token = $3 AND ${condition} RETURNING token`;
}

/** Counts the heartbeat up. */
export const BEAT_LEASE =
  "UPDATE lockstep.lease SET beat = beat + 1, doing = $2 WHERE token = $1 AND held";

/** Gives the lease back. */
export const FREE_LEASE = "UPDATE lockstep.lease SET held = false, doing = '' WHERE token = $1";

/** A new token in place of one's own `old` one. */
export async function renewLease(queries: Queryable, old: bigint): Promise<Taken> {
  return tokenOf(() =>
    queries.query(
      `UPDATE lockstep.lease SET token = nextval('lockstep.lease_token'), beat = beat + 1
       WHERE name = 'runner' AND token = $1 AND held RETURNING token`,
      [old.toString()],
    ),
  );
}

/** Counts the heartbeat up. @returns false where another one holds the lease. */
export async function beatLease(
  queries: Queryable,
  token: bigint,
  doing: string,
): Promise<boolean> {
  const beaten = await queries.query(BEAT_LEASE, [token.toString(), doing]);
  return beaten.rowCount === 1;
}

/** Gives it back; nothing happens where another one has it. */
export async function freeLease(queries: Queryable, token: bigint): Promise<void> {
  await queries.query(FREE_LEASE, [token.toString()]);
}

async function tokenOf(query: () => Promise<{ readonly rows: readonly object[] }>): Promise<Taken> {
  try {
    const row = (await query()).rows[0] as { readonly token: string } | undefined;
    return row ? BigInt(row.token) : "changed";
  } catch (error) {
    if (codeOf(error) === "55P03") return "locked";
    throw error;
  }
}
