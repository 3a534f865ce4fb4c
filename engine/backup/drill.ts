// A drill: a provider's snapshot, restored to a server of its own, is held against the ledger of the database that it is of.
import type { ClientBase } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import type { EventData } from "../ledger/record.ts";
import { lastEvent, recordEvent } from "../ledger/record.ts";
import { countTables, findTables, READER_SETTINGS } from "./contents.ts";
import { readServerIdentity } from "./serverIdentity.ts";

/** A drill that counts for so long, ms, unless told otherwise: 30 days. */
export const DEFAULT_DRILL_AGE_MS = 30 * 24 * 60 * 60 * 1000;

const APPLICATION = { applicationName: "lockstep:drill" } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Which databases a drill is about. */
export interface DrillRequest {
  /** The database that is backed up by its provider. */
  readonly target: DatabaseTarget;
  /** What was restored of it. */
  readonly restored: DatabaseTarget;
  readonly by: string;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Reads every row of what was restored, finds its ledger's last event in the ledger of `target`, and records there that it did.
 * @throws LockstepError USAGE where both are one server, BACKUP_FAILED where the restored database is not a past of `target`.
 */
export async function recordDrill(request: DrillRequest): Promise<EventData["drill"]> {
  const { target, restored, by, report, signal } = request;
  return withConnection(target, APPLICATION, (own) =>
    withConnection(restored, APPLICATION, async (other) => {
      const [here, there] = [await readServerIdentity(own), await readServerIdentity(other)];
      if (here.startedAt === there.startedAt) throw sameServer(restored.display);
      const last = await lastFact(other);
      if (last === undefined || !(await hasFact(own, last))) throw noPast(request);
      await other.query(`${READER_SETTINGS}; BEGIN READ ONLY`);
      const tables = await countTables(other, await findTables(other), {
        kind: "physical",
        signal,
        onTable: (done, total) => {
          report("progress", `drill: ${String(done)} of ${String(total)} tables read`);
        },
      });
      await other.query("COMMIT");
      const rows = tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
      const data = { reached: last.at, seq: last.seq, tables: tables.length, rows, by };
      await recordEvent(own, { release: null, kind: "drill", data });
      return data;
    }),
  );
}

/**
 * The last drill, which must not be older than `maxAgeMs`. The ledger must exist.
 * @throws LockstepError BACKUP_FAILED
 */
export async function ensureDrilled(client: ClientBase, maxAgeMs: number): Promise<string> {
  const last = await lastEvent(client, ["drill"]);
  const seen = last === undefined ? "none is recorded" : `the last was on ${day(last.at)}`;
  if (last !== undefined && last.ageMs <= maxAgeMs) return day(last.at);
  throw new LockstepError(
    "BACKUP_FAILED",
    "No recent drill shows that the provider's backups can be restored",
    {
      seen: `${seen}; lockstep:backup.drillMaxAge is ${String(Math.round(maxAgeMs / DAY_MS))} days`,
      likely: "lockstep:backup.proof is provider: then a drill stands in for the proof of a backup",
      next: "restore a snapshot to a server of its own, set LOCKSTEP_RESTORED_URL to it, then: npx lockstep backups --drill",
    },
  );
}

interface Fact {
  readonly seq: string;
  readonly at: string;
  /** The whole row. */
  readonly text: string;
}

/** As text, so that not a microsecond is lost on the way. */
const FACT = `SELECT seq::text, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at,
  concat_ws(' ', extract(epoch FROM at), release, kind, data::text) AS text FROM lockstep.event`;

async function lastFact(client: ClientBase): Promise<Fact | undefined> {
  const { rows: ledger } = await client.query<{ is: boolean }>(
    "SELECT to_regclass('lockstep.event') IS NOT NULL AS is",
  );
  if (ledger[0]?.is !== true) return undefined;
  return (await client.query<Fact>(`${FACT} ORDER BY event.seq DESC LIMIT 1`)).rows[0];
}

async function hasFact(client: ClientBase, fact: Fact): Promise<boolean> {
  const { rows } = await client.query<Fact>(`${FACT} WHERE event.seq = $1`, [fact.seq]);
  return rows[0]?.text === fact.text;
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}

function sameServer(where: string): LockstepError {
  return new LockstepError("USAGE", "This is the database itself, not what was restored of it", {
    where,
    next: "set LOCKSTEP_RESTORED_URL to the server that the snapshot was restored to",
  });
}

function noPast({ target, restored }: DrillRequest): LockstepError {
  return new LockstepError("BACKUP_FAILED", "What was restored is not a past of this database", {
    where: restored.display,
    seen: `its ledger is missing or empty, or its last event is not in the ledger of ${target.display}`,
    likely: "the snapshot is of another database, or from before lockstep's first run",
    next: "restore a later snapshot of this very database",
  });
}
