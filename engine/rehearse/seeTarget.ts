// A look at the target for a rehearsal: its ledger, schema, roles and version, all of one moment.
import type { Client } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { readLedger, type AppliedMigration, type LedgerState } from "../ledger/ledger.ts";
import { readWithin, type SchemaSnapshot } from "../schema/snapshot.ts";
import type { Migration } from "../sources/migration.ts";

/** The target as it was seen. */
export interface SeenTarget {
  readonly target: DatabaseTarget;
  readonly ledger: LedgerState;
  readonly snapshot: SchemaSnapshot;
  /** Of its server; files may name them. */
  readonly roles: readonly string[];
  readonly tablespaces: readonly string[];
}

/** Reads in one read-only transaction; changes nothing. Throws LockstepError CONNECTION, or as `readLedger` does. */
export async function seeTarget(target: DatabaseTarget): Promise<SeenTarget> {
  const options = { applicationName: "lockstep:rehearse" };
  return withConnection(target, options, async (client) => {
    await client.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog",
    );
    const ledger = await readLedger(client);
    const snapshot = await readWithin(client);
    const roles = await names(
      client,
      "SELECT rolname AS name FROM pg_roles WHERE rolname !~ '^pg_'",
    );
    const tablespaces = await names(
      client,
      "SELECT spcname AS name FROM pg_tablespace WHERE spcname !~ '^pg_'",
    );
    await client.query("COMMIT");
    return { target, ledger, snapshot, roles, tablespaces };
  });
}

async function names(client: Client, sql: string): Promise<readonly string[]> {
  const found = await client.query<{ name: string }>(sql);
  return found.rows.map(({ name }) => name);
}

/** A ledger in which exactly `files` are applied: for a rehearsal that sees no target. */
export function ledgerWith(files: readonly Migration[]): LedgerState {
  return {
    exists: files.length > 0,
    applied: files.map((file, index) => appliedRow(file, index)),
    initial: undefined,
    chainHead: undefined,
    releases: [],
    hasRelations: files.length > 0,
  };
}

function appliedRow(file: Migration, index: number): AppliedMigration {
  const { order, number, name, stage, checksum, content, substituted = null } = file;
  return {
    ...{ number: order, label: number, name, stage, checksum, content, substituted },
    ...{ state: "applied", baseline: false, release: null, appliedAt: new Date(0), appliedBy: "" },
    ...{ durationMs: 0, seq: BigInt(index + 1), link: "" },
  };
}
