// Reading who has the app in maintenance, as the app itself reads it.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { LockstepError } from "../errors/lockstepError.ts";

/** Whose a switch is. */
export type Holder = "person" | "release";

/** One switch that is on. */
export interface MaintenanceRow {
  readonly heldBy: Holder;
  /** `Ada <ada@example.com>`, `release 1.1`. */
  readonly who: string;
  /** The release's digest; null for a person's. */
  readonly release: string | null;
  readonly reason: string;
  readonly since: Date;
  /** From when on it no longer counts, by the server's clock; null: never by itself. */
  readonly until: Date | null;
}

/** A row as the server gives it. */
export interface RawRow {
  readonly held_by: Holder;
  readonly who: string;
  readonly release: string | null;
  readonly reason: string;
  readonly since: Date;
  readonly until: Date | null;
}

/** What makes a row count: all that the app asks for. */
export const COUNTS = "(until IS NULL OR until > clock_timestamp())";

/**
 * What is on, a person's first; empty where nothing is, and in a ledger that is older than maintenance mode.
 * @throws LockstepError PRIVILEGE with the GRANT where this role may not read the row.
 */
export async function readMaintenance(client: Queryable): Promise<readonly MaintenanceRow[]> {
  if (!(await hasSwitch(client))) return [];
  const found = await client.query<RawRow>(
    `SELECT held_by, who, release, reason, since, until FROM lockstep.maintenance WHERE ${COUNTS} ORDER BY held_by`,
  );
  return found.rows.map(rowOf);
}

/** The row as it is used. */
export function rowOf({ held_by, ...rest }: RawRow): MaintenanceRow {
  return { heldBy: held_by, ...rest };
}

/**
 * Whether the ledger is there, and as new as maintenance mode.
 * @throws LockstepError PRIVILEGE with the GRANT where this role may not read the row.
 */
export async function hasSwitch(client: Queryable): Promise<boolean> {
  const found = await client.query<{ readonly readable: boolean; readonly role: string }>(
    `SELECT quote_ident(current_user) AS role,
       has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
     FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
     WHERE n.nspname = 'lockstep' AND c.relname = 'maintenance'`,
  );
  const [table] = found.rows;
  if (!table || table.readable) return table !== undefined;
  throw new LockstepError("PRIVILEGE", `Role ${table.role} may not read the maintenance switch`, {
    where: "table lockstep.maintenance",
    likely: "the ledger was made by another role",
    next: `as its owner:\n${maintenanceGrants(table.role).join("\n")}`,
    sqlstate: "42501",
  });
}

/** What the app's role needs to see the switch, and nothing else of the ledger. `role` is a quoted identifier. */
export function maintenanceGrants(role: string): readonly string[] {
  return [
    `GRANT USAGE ON SCHEMA lockstep TO ${role};`,
    `GRANT SELECT ON lockstep.maintenance TO ${role};`,
  ];
}
