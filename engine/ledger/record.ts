// Events: the ledger's append-only account of what happened and what was proven.
import pg, { type ClientBase } from "pg";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import type { Baseline } from "../health/baseline.ts";

/** Facts that later steps rely on, and what `lockstep history` shows. */
export interface EventData {
  readonly opened: { readonly label: string };
  readonly closed: { readonly state: string; readonly why: string };
  readonly applied: { readonly file: string; readonly stage: string; readonly durationMs: number };
  readonly failed: { readonly file: string; readonly message: string; readonly sqlstate?: string };
  readonly down: { readonly file: string };
  /** A contract file was given back by `lockstep undo`; the approval that it ran under is spent. */
  readonly undo: {
    readonly file: string;
    readonly objects: readonly string[];
    readonly by: string;
  };
  /** What soaked is dropped for good. */
  readonly soakEnded: {
    readonly file: string;
    readonly objects: readonly string[];
    /** By hand, before its time. */
    readonly early: boolean;
  };
  readonly baseline: { readonly through: string };
  readonly repair: {
    /** Missing where the chain was bound anew. */
    readonly file?: string;
    readonly from?: string;
    readonly to?: string;
    readonly reason: string;
  };
  readonly adopted: {
    readonly format: string;
    readonly table: string;
    readonly files: number;
    /** The ledger was written into the tool's table, and not the other way round. */
    readonly back?: boolean;
  };
  readonly drift: {
    /** As `describeDiff` has them. */
    readonly objects: readonly string[];
    /** By hand, with a reason; else a run went on over it. */
    readonly accepted: boolean;
    readonly reason?: string;
  };
  readonly mark: { readonly name: string; readonly seq: string };
  /** The plan that a release began with; `files` are names, each with the beginning of its digest. */
  readonly plan: { readonly digest: string; readonly files: readonly string[] };
  readonly approval: {
    readonly through: string;
    readonly digest: string;
    readonly by: string;
    readonly at: string;
    readonly reason?: string;
    /** Of risky expand files; contract files where it is missing. */
    readonly stage?: "expand";
  };
  readonly backup: {
    readonly id: string;
    readonly before: string;
    readonly kind: string;
    readonly proof: string;
    /** By hand, of these tables only. */
    readonly tables?: readonly string[];
  };
  /** A provider's snapshot was restored somewhere and read. */
  readonly drill: {
    /** The last event that its ledger has: time (ISO 8601) and number. */
    readonly reached: string;
    readonly seq: string;
    readonly tables: number;
    readonly rows: number;
    readonly by: string;
  };
  /** The database was restored; written into the restored ledger, which is that of the backup. */
  readonly restored: {
    /** The backup's or the dump's name. */
    readonly from: string;
    /** When the backup was taken; empty where that is not known. */
    readonly at: string;
    /** What the database that was there is called now; empty where there was none. */
    readonly kept: string;
    readonly by: string;
    /** Where only single tables were restored: what they are called now. */
    readonly tables?: readonly string[];
  };
  /** A run by hand went on without a backup of lockstep's where one is asked for. */
  readonly backupWaived: { readonly files: string; readonly reason: string };
  /** What the release before had answered when this one was about to take its place. */
  readonly gateBaseline: Baseline;
  readonly gateCheck: Readonly<Record<string, unknown>>;
  readonly gate: {
    readonly verdict: "pass" | "fail" | "held";
    readonly reason: string;
    readonly errorRate: number | null;
  };
  readonly rollback: { readonly to: string | null; readonly why: string };
  readonly drain: {
    readonly quietMs: number;
    /** What the proof rests on: closed logins, or the names of sessions alone. Older drains say nothing. */
    readonly by?: "logins" | "names";
  };
  /** The release's own login was made or opened; no role where the app goes on with its own. */
  readonly login: {
    readonly role: string | null;
    /** The app's own role. */
    readonly group: string;
    /** `project/stack`. */
    readonly stack: string;
  };
  /** Logins that were closed to older releases, or opened again. */
  readonly fence: { readonly closed: readonly string[] } | { readonly opened: readonly string[] };
  readonly verification: { readonly scripts: number; readonly waiting: readonly string[] };
  readonly resolved: {
    readonly file: string;
    readonly position: number;
    readonly outcome: "applied" | "rolledBack";
    readonly reason: string;
  };
  /** A file's locks were not free at once. */
  readonly lockWait: {
    readonly file: string;
    /** From the first ask until the file was through, ms. */
    readonly waitedMs: number;
    readonly asks: number;
    /** Who was in the way last, without their queries. */
    readonly behind: readonly string[];
  };
  /** The release's app was let through to be started. */
  readonly rollout: { readonly app: string };
  /** A notice and what became of it at one webhook. */
  readonly notice: {
    readonly kind: string;
    readonly title: string;
    /** `slack at hooks.slack.com`. */
    readonly to: string;
    readonly sent: boolean;
    readonly attempts: number;
    readonly why?: string;
  };
  /** Maintenance mode was switched; `expired` is told by whoever comes next. */
  readonly maintenance: {
    readonly state: "on" | "off" | "expired";
    /** Whose switch it is. */
    readonly heldBy: "person" | "release";
    /** Who switched it on, or off. */
    readonly who: string;
    readonly reason: string;
    /** ISO 8601; null where it does not end by itself. */
    readonly until: string | null;
  };
  readonly takeover: { readonly from: string; readonly ended: number };
}

/** The kinds of events. */
export type EventKind = keyof EventData;

/** An event as the ledger holds it. */
export interface LedgerEvent<K extends EventKind = EventKind> {
  readonly seq: bigint;
  readonly at: Date;
  readonly release: string | null;
  readonly kind: K;
  readonly data: EventData[K];
  /** By the server's clock, ms. */
  readonly ageMs: number;
}

/** The command that appends an event: release, kind, data. */
export const RECORD_EVENT = "INSERT INTO lockstep.event (release, kind, data) VALUES ($1, $2, $3)";

/** Appends one event; `release` is a digest, or null for a run by hand. */
export async function recordEvent<K extends EventKind>(
  client: Queryable,
  event: { readonly release: string | null; readonly kind: K; readonly data: EventData[K] },
): Promise<void> {
  await client.query(RECORD_EVENT, [event.release, event.kind, JSON.stringify(event.data)]);
}

/** The same as `recordEvent` as a command, to be sent with what it tells of; for runs by hand. */
export function eventSql<K extends EventKind>(kind: K, data: EventData[K]): string {
  return `INSERT INTO lockstep.event (kind, data) VALUES (${pg.escapeLiteral(kind)}, ${pg.escapeLiteral(JSON.stringify(data))}::jsonb);`;
}

/** The latest event of any of `kinds`, of one release or (`release` undefined) of all. */
export async function lastEvent<K extends EventKind>(
  client: ClientBase,
  kinds: readonly K[],
  release?: string,
): Promise<LedgerEvent<K> | undefined> {
  const [event] = await readEvents(client, { kinds, limit: 1, ...(release ? { release } : {}) });
  return event as LedgerEvent<K> | undefined;
}

/** Events, the latest first. */
export async function readEvents(
  client: ClientBase,
  filter: {
    readonly kinds?: readonly EventKind[];
    readonly release?: string;
    readonly limit: number;
  },
): Promise<readonly LedgerEvent[]> {
  const found = await client.query<{
    seq: string;
    at: Date;
    release: string | null;
    kind: EventKind;
    data: EventData[EventKind];
    age_ms: string;
  }>(
    `SELECT seq, at, release, kind, data, extract(epoch FROM clock_timestamp() - at) * 1000 AS age_ms
     FROM lockstep.event
     WHERE ($1::text[] IS NULL OR kind = ANY ($1)) AND ($2::text IS NULL OR release = $2)
     ORDER BY seq DESC LIMIT $3`,
    [filter.kinds ?? null, filter.release ?? null, filter.limit],
  );
  return found.rows.map((row) => ({
    seq: BigInt(row.seq),
    at: row.at,
    release: row.release,
    kind: row.kind,
    data: row.data,
    ageMs: Number(row.age_ms),
  }));
}
