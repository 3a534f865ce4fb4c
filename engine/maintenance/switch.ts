// Switching maintenance mode on and off: one at a time, each change with its event in the same transaction.
import type { ClientBase } from "pg";
import { recordEvent, type EventData } from "../ledger/record.ts";
import { COUNTS, rowOf, type Holder, type MaintenanceRow, type RawRow } from "./row.ts";

/** What is switched on. */
export interface SwitchOn {
  readonly heldBy: Holder;
  /** `Ada <ada@example.com>`, `release 1.1`. */
  readonly who: string;
  /** The release's digest; null for a person. */
  readonly release: string | null;
  readonly reason: string;
  /** How long it counts at most, ms from now by the server's clock; until it is switched off where missing. */
  readonly forMs?: number | undefined;
}

/** How a switch stood, and stands. */
export interface Switched {
  /** False where it was on already, just so. */
  readonly isChanged: boolean;
  readonly row: MaintenanceRow;
}

/**
 * Switches on what `heldBy` holds; where that is on already, its reason and end become these. The ledger must be there, of
 * this format, and `client` in no transaction.
 */
export async function switchOn(client: ClientBase, request: SwitchOn): Promise<Switched> {
  const { heldBy, who, release, reason, forMs } = request;
  return inTurn(client, async () => {
    const before = await readOwn(client, heldBy);
    if (before && !before.counts) await record(client, "expired", before);
    if (before?.counts === true && isSame(before, request))
      return { isChanged: false, row: rowOf(before) };
    const written = await client.query<RawRow>(
      `INSERT INTO lockstep.maintenance AS m (held_by, who, release, reason, until)
       VALUES ($1, $2, $3, $4, clock_timestamp() + $5 * interval '1 ms')
       ON CONFLICT (held_by) DO UPDATE SET who = excluded.who, release = excluded.release, reason = excluded.reason,
         since = CASE WHEN m.until IS NULL OR m.until > clock_timestamp() THEN m.since ELSE excluded.since END,
         until = excluded.until
       RETURNING held_by, who, release, reason, since, until`,
      [heldBy, who, release, reason, forMs ?? null],
    );
    const [row] = written.rows;
    if (!row) throw new Error("the row that was written did not come back");
    await record(client, "on", row);
    return { isChanged: true, row: rowOf(row) };
  });
}

/**
 * Switches off what `heldBy` holds, and nothing else. `who` does it.
 * @returns what was on; undefined where nothing was.
 */
export async function switchOff(
  client: ClientBase,
  { heldBy, who }: { readonly heldBy: Holder; readonly who: string },
): Promise<MaintenanceRow | undefined> {
  return inTurn(client, async () => {
    const before = await readOwn(client, heldBy);
    if (!before) return undefined;
    await client.query("DELETE FROM lockstep.maintenance WHERE held_by = $1", [heldBy]);
    if (before.counts) await record(client, "off", { ...before, who });
    else await record(client, "expired", before);
    return before.counts ? rowOf(before) : undefined;
  });
}

/** Moves on the end of what a release holds, where it has one; its lease's heartbeat calls it. */
export const RENEW = `UPDATE lockstep.maintenance SET until = clock_timestamp() + $2 * interval '1 ms'
   WHERE held_by = 'release' AND release = $1 AND until IS NOT NULL`;

function isSame(row: RawRow, { who, release, reason, forMs }: SwitchOn): boolean {
  const endless = row.until === null && forMs === undefined;
  return endless && row.who === who && row.release === release && row.reason === reason;
}

type OwnRow = RawRow & { readonly counts: boolean };

async function readOwn(client: ClientBase, heldBy: Holder): Promise<OwnRow | undefined> {
  const found = await client.query<OwnRow>(
    `SELECT held_by, who, release, reason, since, until, ${COUNTS} AS counts FROM lockstep.maintenance WHERE held_by = $1`,
    [heldBy],
  );
  return found.rows[0];
}

async function record(
  client: ClientBase,
  state: EventData["maintenance"]["state"],
  { held_by: heldBy, who, release, reason, until }: RawRow,
): Promise<void> {
  const data = { state, heldBy, who, reason, until: until?.toISOString() ?? null };
  await recordEvent(client, { release, kind: "maintenance", data });
}

/** Not a lock on the table: the app reads it, and a heartbeat must not wait here. */
async function inTurn<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('lockstep.maintenance'))");
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
