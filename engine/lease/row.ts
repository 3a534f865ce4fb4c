// The lease's row: how it is read, taken, renewed and given back.
import { codeOf } from "../drivers/postgres/diagnose.ts";
import type { Queryable } from "../drivers/postgres/queryable.ts";

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

/** Reads the row, and makes it where a restore left it out: a backup never brings a dead holder back. */
export async function readLease(queries: Queryable): Promise<LeaseRow> {
  for (;;) {
    const found = await queries.query<LeaseRow>(
      "SELECT * FROM lockstep.lease WHERE name = 'runner'",
    );
    if (found.rows[0]) return found.rows[0];
    await queries.query(
      "INSERT INTO lockstep.lease VALUES ('runner', nextval('lockstep.lease_token'), false, '', '', 0, 0, now()) ON CONFLICT DO NOTHING",
    );
  }
}

/** A token, or why there is none: another runner was quicker, or a transaction still asserts the old one. */
export type Taken = bigint | "changed" | "locked";

/** Takes the lease that was `seen`, if it is still free or, where it was held, has not beaten since. */
export async function takeLease(queries: Queryable, seen: LeaseRow, by: Taker): Promise<Taken> {
  const condition = seen.held ? "held AND beat = $4" : "NOT held";
  return tokenOf(() =>
    queries.query(
      `UPDATE lockstep.lease SET token = nextval('lockstep.lease_token'), held = true, holder = $1, doing = $2,
         beat = 0, ttl_ms = ${String(by.ttlMs)}, since = clock_timestamp()
       WHERE name = 'runner' AND token = $3 AND ${condition} RETURNING token`,
      [by.holder, by.doing, seen.token, ...(seen.held ? [seen.beat] : [])],
    ),
  );
}

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
  const beaten = await queries.query(
    "UPDATE lockstep.lease SET beat = beat + 1, doing = $2 WHERE token = $1 AND held",
    [token.toString(), doing],
  );
  return beaten.rowCount === 1;
}

/** Gives it back; nothing happens where another one has it. */
export async function freeLease(queries: Queryable, token: bigint): Promise<void> {
  await queries.query("UPDATE lockstep.lease SET held = false, doing = '' WHERE token = $1", [
    token.toString(),
  ]);
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
