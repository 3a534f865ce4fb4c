// What the ledger says now: for `lockstep status` and `lockstep history`.
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { readLedger, type LedgerState } from "../ledger/ledger.ts";
import { readEvents, type LedgerEvent } from "../ledger/record.ts";
import { isDone } from "../plan/done.ts";
import type { MigrationFile } from "../sources/migration.ts";

/** Who holds the lease. */
export interface LeaseStatus {
  readonly holder: string;
  readonly doing: string;
  readonly since: Date;
}

/** The database's state as the ledger tells it. */
export interface Status {
  readonly ledger: LedgerState;
  readonly lease: LeaseStatus | undefined;
}

/** Reads the state; changes nothing and works without a ledger. */
export async function readStatus(target: DatabaseTarget): Promise<Status> {
  return withConnection(target, { applicationName: "lockstep:status" }, async (client) => {
    const ledger = await readLedger(client);
    if (!ledger.exists) return { ledger, lease: undefined };
    const held = await client.query<LeaseStatus>(
      "SELECT holder, doing, since FROM lockstep.lease WHERE name = 'runner' AND held",
    );
    return { ledger, lease: held.rows[0] };
  });
}

/** How a file stands. */
export interface FileStatus {
  readonly number: string;
  readonly order: bigint;
  readonly name: string;
  readonly state: "applied" | "running" | "pending" | "edited" | "missing";
}

/** Files and ledger side by side, in order of number; `missing` is in the ledger but not on disk. */
export function fileStatuses(
  ledger: LedgerState,
  files: readonly MigrationFile[],
): readonly FileStatus[] {
  const rows = new Map(ledger.applied.map((row) => [row.number, row]));
  const onDisk = new Set(files.map((file) => file.order));
  const statuses = files.map((file): FileStatus => {
    const { number, order, name, checksum, repeatable } = file;
    const row = rows.get(order);
    if (!row || (repeatable && !isDone(file, row)))
      return { number, order, name, state: "pending" };
    return { number, order, name, state: row.checksum === checksum ? row.state : "edited" };
  });
  const missing = ledger.applied
    .filter((row) => !onDisk.has(row.number))
    .map((row): FileStatus => ({
      number: row.label,
      order: row.number,
      name: row.name,
      state: "missing",
    }));
  return [...statuses, ...missing].toSorted((a, b) => (a.order < b.order ? -1 : 1));
}

/** The latest events, the newest first; none without a ledger. */
export async function readHistory(
  target: DatabaseTarget,
  limit: number,
): Promise<{ readonly ledger: LedgerState; readonly events: readonly LedgerEvent[] }> {
  return withConnection(target, { applicationName: "lockstep:history" }, async (client) => {
    const ledger = await readLedger(client);
    return { ledger, events: ledger.exists ? await readEvents(client, { limit }) : [] };
  });
}
