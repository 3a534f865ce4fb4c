// Reading the ledger: what was applied, which release is open, what was proven.
import type { ClientBase } from "pg";
import { readSoaking, readSpentApprovals, type SoakingObject } from "../soak/readSoaking.ts";
import { fileId } from "../sources/fileId.ts";
import type { Stage } from "../sources/migration.ts";
import { ensureKnownVersion, hasLedger, SOAK_SINCE } from "./schema.ts";

/** A migration as the ledger holds it. */
export interface AppliedMigration {
  /** Its file's `order`. */
  readonly number: bigint;
  /** The number as written: `03`. */
  readonly label: string;
  readonly name: string;
  readonly stage: Stage;
  readonly checksum: string;
  /** The file's `content` when it was applied; empty where a ledger of format 1 did not ask. */
  readonly content: string;
  /** Digest of the placeholders' values that were put in; null where there were none. */
  readonly substituted: string | null;
  /** `running`: begun outside one transaction and not ended; its journal says how far. */
  readonly state: "running" | "applied";
  readonly baseline: boolean;
  /** Digest of the release that applied it; null for a run by hand. */
  readonly release: string | null;
  readonly appliedAt: Date;
  readonly appliedBy: string;
  readonly durationMs: number;
  /** Order in which the ledger took it. */
  readonly seq: bigint;
  /** Binds it to the row before it (chain.ts); empty in a ledger of format 1. */
  readonly link: string;
}

/** A row as it is shown: `03_add_email`. */
export function rowId({ label, name }: Pick<AppliedMigration, "label" | "name">): string {
  return fileId({ number: label, name });
}

/** The states of a release; one at most is `active`. */
export type ReleaseState = "active" | "failed" | "verified" | "rolledBack" | "abandoned";

/** A release as the ledger holds it. */
export interface ReleaseRow {
  readonly digest: string;
  readonly label: string;
  readonly state: ReleaseState;
  /** How often it was rolled back; `allowRetry` names one of these: `label#n`. */
  readonly rollbacks: number;
  readonly openedAt: Date;
  readonly changedAt: Date;
}

/** File order with no stages and no approval, for a database that was empty (ENGINE.md rule 7). */
export interface InitialMode {
  /** The last number it holds for, as written. */
  readonly through: string;
  /** The same as a key; ledgers of format 1 had none. */
  readonly order?: string;
}

/** All that planning a run needs to know. */
export interface LedgerState {
  /** False where no ledger was made yet. */
  readonly exists: boolean;
  /** In order of number. */
  readonly applied: readonly AppliedMigration[];
  readonly initial: InitialMode | undefined;
  /** The link of the last row, kept apart from it; undefined in a ledger of format 1. */
  readonly chainHead: string | undefined;
  readonly releases: readonly ReleaseRow[];
  /** Whether any schema but the ledger's holds a relation (those of extensions aside). */
  readonly hasRelations: boolean;
  /** What was put aside and can be given back, the first put aside first; missing in a ledger of an older format. */
  readonly soaking?: readonly SoakingObject[];
  /** `spentKey` of the approvals whose files were given back since: they are good no more. */
  readonly spentApprovals?: readonly string[];
}

interface MigrationRow {
  number: string;
  label: string;
  name: string;
  stage: Stage;
  checksum: string;
  state: "running" | "applied";
  baseline: boolean;
  release: string | null;
  applied_at: Date;
  applied_by: string;
  duration_ms: number;
  seq: string;
  link?: string;
  content?: string;
  substituted?: string | null;
}

/**
 * Reads the state; takes no lock and changes nothing.
 * @throws LockstepError PRIVILEGE or CONFIG for a ledger that this role may not read, or of another format.
 */
export async function readLedger(client: ClientBase): Promise<LedgerState> {
  if (!(await hasLedger(client))) {
    const hasRelations = await readHasRelations(client);
    return {
      exists: false,
      applied: [],
      initial: undefined,
      chainHead: undefined,
      releases: [],
      hasRelations,
    };
  }
  const format = await ensureKnownVersion(client);
  const { rows, initial, chain } = await readHistory(client);
  return {
    exists: true,
    applied: rows.map(appliedMigration),
    initial: initial ?? undefined,
    chainHead: chain ?? undefined,
    releases: await readReleases(client),
    // Only a database without any applied file can still be empty.
    hasRelations: rows.length > 0 || (await readHasRelations(client)),
    ...(format >= SOAK_SINCE && {
      soaking: await readSoaking(client),
      spentApprovals: await readSpentApprovals(client),
    }),
  };
}

interface History {
  readonly rows: readonly MigrationRow[];
  readonly initial: InitialMode | null;
  readonly chain: string | null;
}

/** The rows and what the settings say of them, the latter as a row without a number behind them. */
type HistoryRow = (MigrationRow | { readonly number: null }) & Omit<History, "rows">;

/**
 * In one statement, so of one moment: a runner may be at work, and one that was killed may have files on the way in the server. Rows
 * of one moment beside the chain of the next would look like a history that somebody changed.
 */
async function readHistory(client: ClientBase): Promise<History> {
  const found = await client.query<HistoryRow>(
    `SELECT m.*, NULL::jsonb AS initial, NULL::jsonb AS chain FROM lockstep.migration m
     UNION ALL
     SELECT (NULL::lockstep.migration).*, (SELECT value FROM lockstep.setting WHERE key = 'initial'),
       (SELECT value FROM lockstep.setting WHERE key = 'chain')
     ORDER BY number NULLS LAST`,
  );
  const rows = found.rows.filter((row): row is MigrationRow & HistoryRow => row.number !== null);
  const { initial = null, chain = null } = found.rows.at(-1) ?? {};
  return { rows, initial, chain };
}

/** All releases, the latest change last. */
export async function readReleases(client: ClientBase): Promise<readonly ReleaseRow[]> {
  const releases = await client.query<{
    digest: string;
    label: string;
    state: ReleaseState;
    rollbacks: number;
    opened_at: Date;
    changed_at: Date;
  }>("SELECT * FROM lockstep.release ORDER BY changed_at, opened_at");
  return releases.rows.map((row) => ({
    digest: row.digest,
    label: row.label,
    state: row.state,
    rollbacks: row.rollbacks,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
  }));
}

async function readHasRelations(client: ClientBase): Promise<boolean> {
  const found = await client.query<{ found: boolean }>(`
    SELECT EXISTS (
      SELECT FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'lockstep')
        AND n.nspname !~ '^pg_(temp|toast_temp)_'
        AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
          WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    ) AS found`);
  return found.rows[0]?.found === true;
}

function appliedMigration(row: MigrationRow): AppliedMigration {
  return {
    number: BigInt(row.number),
    label: row.label,
    name: row.name,
    stage: row.stage,
    checksum: row.checksum,
    state: row.state,
    baseline: row.baseline,
    release: row.release,
    appliedAt: row.applied_at,
    appliedBy: row.applied_by,
    durationMs: row.duration_ms,
    seq: BigInt(row.seq),
    link: row.link ?? "",
    content: row.content ?? "",
    substituted: row.substituted ?? null,
  };
}
