// The statements that lockstep itself sends around a migration, in one place so that a plan can show them.
import pg from "pg";
import type { Migration } from "../sources/migration.ts";
import { isPlaceholder, shown, type Placeholder } from "../sql/placeholder.ts";

/** Stated, since a role's or database's defaults may be read only or serializable. */
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;";

/** The lease's fencing token. */
export type Token = bigint | Placeholder;

/** How a transaction asks for its locks: an `Ask` of the search, or a plan's placeholders. */
export interface AskSql {
  /** ms. */
  readonly lockTimeoutMs: number | Placeholder;
  /** LOCK TABLE commands to begin with. */
  readonly lockSql: readonly string[] | Placeholder;
}

/** What a transactional migration's transaction begins with. The lease comes first: who lost it takes no locks. */
export function beginSql(token: Token, { lockTimeoutMs, lockSql }: AskSql): string {
  const locks = isPlaceholder(lockSql)
    ? shown(lockSql)
    : lockSql.map((command) => ` ${command}`).join("");
  const ms = isPlaceholder(lockTimeoutMs) ? lockTimeoutMs : Math.round(lockTimeoutMs);
  return `${BEGIN} SET LOCAL lock_timeout = ${shown(ms)}; SELECT lockstep.assert_lease(${shown(token)});${locks}\n`;
}

/** How many commands `beginSql` holds: what the server completes before a file's own first statement. */
export function commandsOfBegin({ lockSql }: { readonly lockSql: readonly string[] }): number {
  return 3 + lockSql.length;
}

/**
 * Undoes what a file may have set, until the transaction ends, so that the ledger is written as
 * ourselves (ENGINE.md rule 18).
 */
export const RESTORE_SESSION =
  "SET LOCAL SESSION AUTHORIZATION DEFAULT; SET LOCAL ROLE NONE; SET LOCAL search_path = pg_catalog;";

/** How long a transaction of the ledger alone waits for a lock, ms: all others on its tables are as short. */
const LEDGER_LOCK_TIMEOUT_MS = 5_000;

/** A transaction of the ledger alone, also while a file's settings hold in the session. */
export function ledgerTransaction(token: Token, sql: string): string {
  return `${BEGIN} ${RESTORE_SESSION} SET LOCAL lock_timeout = ${String(LEDGER_LOCK_TIMEOUT_MS)}; SELECT lockstep.assert_lease(${shown(token)}); ${sql} COMMIT;`;
}

/** A setting that was made in the session, as pg_settings has it. */
export interface SessionSetting {
  readonly name: string;
  readonly setting: string;
}

/**
 * Undoes what a file may have left in the session: settings, roles, prepared statements, cursors,
 * temporary tables. DISCARD ALL would do, but it cannot follow a COMMIT in one query. `own` are the
 * settings that the connection began with, which RESET ALL takes away, too.
 */
export function resetSql(own: readonly SessionSetting[] | Placeholder): string {
  const settings = isPlaceholder(own) ? shown(own) : own.map(settingSql).join(" ");
  return `RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; DEALLOCATE ALL; CLOSE ALL; UNLISTEN *; DISCARD TEMP; DISCARD SEQUENCES; ${settings}`;
}

function settingSql({ name, setting }: SessionSetting): string {
  // As plain commands they cost the server half of what one SELECT of set_config calls does; a list is no literal.
  return name === "search_path"
    ? `SELECT pg_catalog.set_config('search_path', ${pg.escapeLiteral(setting)}, false);`
    : `SET ${pg.escapeIdentifier(name)} = ${pg.escapeLiteral(setting)};`;
}

/** Gives back the advisory locks that a file took for its session. */
export const UNLOCK_ADVISORY = "SELECT pg_catalog.pg_advisory_unlock_all();";

/** A row of the ledger to write. */
export interface LedgerRow {
  readonly migration: Migration;
  /** Digest of the release, or null for a run by hand. */
  readonly release: string | null | Placeholder;
  readonly state: "running" | "applied";
}

/** Begins the row of a file that takes more than one transaction, or completes it. */
export function ledgerRowSql(row: LedgerRow): string {
  return `${insertRow(row)} ON CONFLICT (number) DO UPDATE SET state = excluded.state, applied_at = clock_timestamp(), duration_ms = (extract(epoch FROM clock_timestamp() - lockstep.migration.applied_at) * 1000)::int WHERE lockstep.migration.state = 'running';${settleSql(row)}`;
}

/**
 * Writes the row of a file within the file's own transaction, which lasts as long as the file took.
 * Were the number there already, this would fail and the file's work with it.
 */
export function appliedRowSql(row: Omit<LedgerRow, "state">): string {
  const applied = { ...row, state: "applied" } as const;
  return `${insertRow(applied)} RETURNING duration_ms AS ${DURATION_COLUMN};${settleSql(applied)}`;
}

/** What `appliedRowSql` answers: how long the file's transaction took until then, ms. */
export const DURATION_COLUMN = "lockstep_duration_ms";

function insertRow({ migration, release, state }: LedgerRow): string {
  const values = [
    migration.order.toString(),
    pg.escapeLiteral(migration.number),
    pg.escapeLiteral(migration.name),
    pg.escapeLiteral(migration.stage),
    pg.escapeLiteral(migration.checksum),
    pg.escapeLiteral(state),
    releaseSql(release),
    // All transactions of one message share their now(), which is when it came: so not from before the file in front.
    "greatest(0, extract(epoch FROM clock_timestamp() - greatest(now(), (SELECT applied_at FROM lockstep.migration ORDER BY number DESC LIMIT 1))) * 1000)::int",
    pg.escapeLiteral(migration.content),
    migration.substituted === undefined ? "NULL" : pg.escapeLiteral(migration.substituted),
  ];
  // A repeatable file that changed takes the place of its former row, at the end of the chain.
  const former = migration.repeatable
    ? `DELETE FROM lockstep.migration WHERE number = ${migration.order.toString()}; SELECT lockstep.relink(); `
    : "";
  return `${former}INSERT INTO lockstep.migration (number, label, name, stage, checksum, state, release, duration_ms, content, substituted, link) VALUES (${values.join(", ")}, lockstep.next_link(${values.slice(0, 5).join(", ")}))`;
}

/** A plan does not know whose run it will be: the placeholder stands for the whole literal. */
function releaseSql(release: LedgerRow["release"]): string {
  if (release === null) return "NULL";
  return isPlaceholder(release) ? shown(release) : pg.escapeLiteral(release);
}

/** Once contract has removed the old data, the backfills before it can no longer be asked what remains. */
function settleSql({ migration, state }: LedgerRow): string {
  if (migration.stage !== "contract" || state !== "applied") return "";
  return ` UPDATE lockstep.backfill SET settled = true WHERE number < ${migration.order.toString()};`;
}
