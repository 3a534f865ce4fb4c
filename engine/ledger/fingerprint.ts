// The schema as the last run left it, kept in the ledger beside the history that made it.
import pg, { type ClientBase } from "pg";
import type { Facts } from "../schema/object.ts";
import { snapshotOf, type SchemaSnapshot } from "../schema/snapshot.ts";
import { shown, type Placeholder } from "../sql/placeholder.ts";

/** The row of lockstep.setting that holds it; a lockstep that does not know it leaves it alone. */
const KEY = "schema";

/** What is recorded, without the objects. */
export interface Fingerprint {
  readonly algorithm: number;
  readonly serverMajor: number;
  readonly digest: string;
  readonly recordedAt: Date;
  /** Whether the history is the one it was recorded with; else a run has ended since without recording. */
  readonly isCurrent: boolean;
}

/** An object as it is kept: kind, name, what it belongs to, facts, printed, position. */
type KeptObject = readonly [string, string, string, Facts, Facts, number | null];

/** Reads it without its objects; undefined where no run has recorded one. The ledger must exist. */
export async function readFingerprint(client: ClientBase): Promise<Fingerprint | undefined> {
  const found = await client.query<{
    algorithm: number;
    major: number;
    digest: string;
    at: string;
    current: boolean;
  }>(
    `SELECT (value ->> 'algorithm')::int AS algorithm, (value ->> 'major')::int AS major,
       value ->> 'digest' AS digest, value ->> 'at' AS at,
       value -> 'chain' IS NOT DISTINCT FROM (SELECT c.value FROM lockstep.setting c WHERE c.key = 'chain') AS current
     FROM lockstep.setting WHERE key = '${KEY}'`,
  );
  const row = found.rows[0];
  return (
    row && {
      ...{ algorithm: row.algorithm, serverMajor: row.major, digest: row.digest },
      ...{ recordedAt: new Date(row.at), isCurrent: row.current },
    }
  );
}

/** Its objects, as a snapshot. */
export async function readRecordedSchema(client: ClientBase): Promise<SchemaSnapshot | undefined> {
  const found = await client.query<{ objects: readonly KeptObject[]; major: number }>(
    `SELECT value -> 'objects' AS objects, (value ->> 'major')::int AS major FROM lockstep.setting WHERE key = '${KEY}'`,
  );
  const row = found.rows[0];
  if (!row) return undefined;
  const objects = row.objects.map(([kind, name, of, facts, printed, position]) => ({
    ...{ kind, name, of, facts, printed },
    ...(position !== null && { position }),
  }));
  return snapshotOf(objects, row.major);
}

/** The command that records `snapshot` with the history as it is when the command runs. */
export function fingerprintSql(snapshot: SchemaSnapshot): string {
  const { algorithm, serverMajor: major, digest, objects } = snapshot;
  const kept = objects.map(({ kind, name, of, facts, printed, position }): KeptObject => [
    ...([kind, name, of, facts, printed] as const),
    position ?? null,
  ]);
  return fingerprintOf(
    pg.escapeLiteral(JSON.stringify({ algorithm, major, digest, objects: kept })),
  );
}

/** The same of `schema`, a literal. */
export function fingerprintOf(schema: string | Placeholder): string {
  return `INSERT INTO lockstep.setting (key, value)
    SELECT '${KEY}', ${shown(schema)}::jsonb || jsonb_build_object('at', now(), 'chain', (SELECT c.value FROM lockstep.setting c WHERE c.key = 'chain'))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;`;
}
