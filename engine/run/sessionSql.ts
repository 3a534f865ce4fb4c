// The statements that lockstep itself sends around a migration, in one place so that a plan can show them.
import pg from "pg";
import type { Migration } from "../sources/migration.ts";

/** What a transactional migration's transaction begins with. */
export function beginSql(token: bigint, lockTimeoutMs: number): string {
  return `BEGIN; SET LOCAL lock_timeout = ${String(Math.round(lockTimeoutMs))}; SELECT lockstep.assert_lease(${token.toString()});\n`;
}

/** Undoes what a file may have set, so that the ledger is written as ourselves (ENGINE.md rule 18). */
export const RESTORE_SESSION = "RESET ROLE; SET LOCAL search_path = pg_catalog;";

/** Undoes what a file may have left in the session. */
export const RESET_SESSION = "RESET ALL; RESET ROLE;";

/** A row of the ledger to write. */
export interface LedgerRow {
  readonly migration: Migration;
  /** Digest of the release, or null for a run by hand. */
  readonly release: string | null;
  readonly state: "running" | "applied";
}

/** Writes or completes the ledger's row; `clock_timestamp() - now()` is the transaction's own duration. */
export function ledgerRowSql({ migration, release, state }: LedgerRow): string {
  const values = [
    migration.number.replace(/^0+(?=\d)/, ""),
    pg.escapeLiteral(migration.number),
    pg.escapeLiteral(migration.name),
    pg.escapeLiteral(migration.stage),
    pg.escapeLiteral(migration.checksum),
    pg.escapeLiteral(state),
    release === null ? "NULL" : pg.escapeLiteral(release),
    "(extract(epoch FROM clock_timestamp() - now()) * 1000)::int",
  ];
  // Once contract has removed the old data, the backfills before it can no longer be asked what remains.
  const settle =
    migration.stage === "contract" && state === "applied"
      ? ` UPDATE lockstep.backfill SET settled = true WHERE number < ${values[0] ?? ""};`
      : "";
  return `INSERT INTO lockstep.migration (number, label, name, stage, checksum, state, release, duration_ms) VALUES (${values.join(", ")}) ON CONFLICT (number) DO UPDATE SET state = excluded.state, applied_at = clock_timestamp(), duration_ms = (extract(epoch FROM clock_timestamp() - lockstep.migration.applied_at) * 1000)::int WHERE lockstep.migration.state = 'running';${settle}`;
}
