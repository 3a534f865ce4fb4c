// What the ledger says now: for `lockstep status` and `lockstep history`.
import { withConnection } from "../drivers/postgres/connect.ts";
import { readProgress } from "../drivers/postgres/progress.ts";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { runnerName } from "../lease/leftovers.ts";
import { readEventChain, type EventChain } from "../ledger/eventChain.ts";
import { readLedger, type LedgerState } from "../ledger/ledger.ts";
import { readEvents, type LedgerEvent } from "../ledger/record.ts";
import { readMaintenance, type MaintenanceRow } from "../maintenance/row.ts";
import { isDone } from "../plan/done.ts";
import { DEFAULT_DRIFT_POLICY, findDrift, type Drift, type DriftPolicy } from "../schema/drift.ts";
import type { MigrationFile } from "../sources/migration.ts";

/** Who holds the lease. */
export interface LeaseStatus {
  readonly holder: string;
  readonly doing: string;
  readonly since: Date;
  /** Its working session in the server; null where there is none at this moment. */
  readonly working: WorkingSession | null;
}

/** What the lease's holder runs in the server right now. */
export interface WorkingSession {
  readonly pid: number;
  /** Null where this role may not see it. */
  readonly state: string | null;
  /** Since when the statement runs, or it is idle, s. */
  readonly forS: number | null;
  /** The statement's beginning. */
  readonly query: string | null;
  /** How far an index build or a vacuum is. */
  readonly progress: string | null;
}

/** The database's state as the ledger tells it. */
export interface Status {
  readonly ledger: LedgerState;
  readonly lease: LeaseStatus | undefined;
  /** Undefined where there is no ledger. */
  readonly events: EventChain | undefined;
  /** Undefined where there is no ledger. */
  readonly drift: Drift | undefined;
  /** Who has the app in maintenance. */
  readonly maintenance: readonly MaintenanceRow[];
}

/** Reads the state; changes nothing and works without a ledger. */
export async function readStatus(
  target: DatabaseTarget,
  policy: Pick<DriftPolicy, "ignore"> = DEFAULT_DRIFT_POLICY,
): Promise<Status> {
  return withConnection(target, { applicationName: "lockstep:status" }, async (client) => {
    const ledger = await readLedger(client);
    const without = { lease: undefined, events: undefined, drift: undefined, maintenance: [] };
    if (!ledger.exists) return { ledger, ...without };
    const maintenance = await readMaintenance(client);
    const held = await client.query<Omit<LeaseStatus, "working"> & { readonly token: string }>(
      "SELECT holder, doing, since, token FROM lockstep.lease WHERE name = 'runner' AND held",
    );
    const row = held.rows[0];
    const drift = await findDrift(client, policy);
    const events = await readEventChain(client);
    if (!row) return { ledger, lease: undefined, events, drift, maintenance };
    const { token, ...lease } = row;
    const working = await readWorking(client, BigInt(token));
    return { ledger, lease: { ...lease, working }, events, drift, maintenance };
  });
}

async function readWorking(client: Queryable, token: bigint): Promise<WorkingSession | null> {
  const found = await client.query<Omit<WorkingSession, "progress">>(
    `SELECT pid, state, extract(epoch FROM clock_timestamp() - CASE WHEN state = 'active' THEN query_start ELSE state_change END)::int AS "forS",
       left(regexp_replace(nullif(query, '<insufficient privilege>'), '\\s+', ' ', 'g'), 120) AS query
     FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
    [runnerName(token)],
  );
  const session = found.rows[0];
  if (!session) return null;
  return { ...session, progress: (await readProgress(client, session.pid)) ?? null };
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

/**
 * Holds the whole history to what lockstep wrote: the applied files' chain and that of the events. `witness` is the link of an
 * event as it was noted elsewhere.
 */
export async function verifyHistory(
  target: DatabaseTarget,
  witness?: string,
): Promise<{ readonly ledger: LedgerState; readonly events: EventChain | undefined }> {
  return withConnection(target, { applicationName: "lockstep:history" }, async (client) => {
    const ledger = await readLedger(client);
    return { ledger, events: ledger.exists ? await readEventChain(client, witness) : undefined };
  });
}
