// Whether this role may change the schema, asked before anything is changed (requirement A3).
import type { ClientBase } from "pg";
import { readPrimary } from "../drivers/postgres/diagnosis/questions/server.ts";
import { OLDEST_MAJOR, versionOf } from "../drivers/postgres/serverVersion.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { hasLedger, ledgerGrants } from "./schema.ts";

interface Row {
  readonly role: string;
  readonly database: string;
  readonly schema: string | null;
  readonly version: number;
  readonly standby: boolean;
  readonly create_in_database: boolean;
  readonly create_in_schema: boolean | null;
  readonly write_ledger: boolean | null;
}

/**
 * Checks that the role may run DDL here: create in the current schema, and make or write the ledger.
 * @throws LockstepError PRIVILEGE naming each missing privilege with the GRANT that gives it;
 * CONNECTION when the server is a read-only standby; CONFIG when it is too old.
 */
export async function ensureMayChangeSchema(client: ClientBase, where: string): Promise<void> {
  const ledger = await hasLedger(client);
  const found = await client.query<Row>(`
    SELECT quote_ident(current_user) AS role,
      quote_ident(current_database()) AS database,
      quote_ident(current_schema()) AS schema,
      current_setting('server_version_num')::int AS version,
      pg_is_in_recovery() AS standby,
      has_database_privilege(current_database(), 'CREATE') AS create_in_database,
      has_schema_privilege(current_schema(), 'CREATE') AS create_in_schema,
      (SELECT bool_and(CASE relkind WHEN 'S' THEN has_sequence_privilege(oid, 'USAGE')
         ELSE has_table_privilege(oid, 'INSERT') AND has_table_privilege(oid, 'UPDATE')
           AND has_table_privilege(oid, 'DELETE') END)
       FROM pg_catalog.pg_class
       WHERE relnamespace = to_regnamespace('lockstep') AND relkind IN ('r', 'S')) AS write_ledger`);
  const row = found.rows[0];
  if (!row) return;
  ensureNotTooOld(row.version, where);
  if (row.standby) throw await standby(client, where);
  const grants: string[] = [];
  if (!ledger && !row.create_in_database) {
    grants.push(`GRANT CREATE ON DATABASE ${row.database} TO ${row.role};`);
  }
  if (row.schema === null) {
    grants.push(`GRANT USAGE, CREATE ON SCHEMA public TO ${row.role};`);
  } else if (!row.create_in_schema) {
    grants.push(`GRANT CREATE ON SCHEMA ${row.schema} TO ${row.role};`);
  }
  if (row.write_ledger === false) {
    grants.push(...ledgerGrants(row.role));
  }
  if (grants.length === 0) return;
  throw new LockstepError("PRIVILEGE", `Role ${row.role} may not change the schema`, {
    where,
    seen: `${String(grants.length)} privilege${grants.length > 1 ? "s" : ""} missing`,
    likely: "the role was made for the app, which only reads and writes rows",
    next: `as an administrator of ${row.database}:\n${grants.join("\n")}`,
    sqlstate: "42501",
  });
}

function ensureNotTooOld(number: number, where: string): void {
  const { version, major } = versionOf(number);
  if (major >= OLDEST_MAJOR) return;
  throw new LockstepError("CONFIG", `PostgreSQL ${version} is too old`, {
    where,
    seen: `lockstep works with PostgreSQL ${String(OLDEST_MAJOR)} and newer`,
    next: "update the server (pg_upgrade, or a new server and a dump)",
  });
}

async function standby(client: ClientBase, where: string): Promise<LockstepError> {
  const primary = await readPrimary(client);
  return new LockstepError("CONNECTION", "This server is a read-only standby", {
    where,
    ...(primary === undefined ? {} : { seen: `it follows ${primary}` }),
    likely: "DATABASE_URL names a replica, or a failover has made this server one",
    next:
      primary === undefined
        ? "point DATABASE_URL at the primary"
        : `point DATABASE_URL at the primary, ${primary}`,
    sqlstate: "25006",
  });
}
