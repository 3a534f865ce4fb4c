// Whether the ledger's events are what lockstep wrote: asked with SQL of our own, not with what lies in the database.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { EVENTS_KEY, eventLinkSql } from "./audit.ts";

/** What the events' chain tells. */
export interface EventChain {
  /** Whether there is a chain: a ledger of format 2 or older has none until the next run that writes. */
  readonly chained: boolean;
  readonly events: number;
  /** The last event's link, 64 hex digits; empty where there is no event. */
  readonly head: string;
  /** What does not fit, one line each; empty where all does. */
  readonly faults: readonly string[];
}

interface Row {
  readonly events: number;
  readonly last: string | null;
  readonly head: string | null;
  readonly broken_seq: string | null;
  readonly broken_at: Date | null;
  readonly broken_kind: string | null;
  readonly triggers: number;
  readonly witnessed: boolean;
}

const NO_CHAIN: EventChain = { chained: false, events: 0, head: "", faults: [] };
/** chain, append_only, append_only_table */
const TRIGGERS = 3;

/**
 * Reads the chain in one pass over all events. `witness` is a head that was noted elsewhere, in a notice or a report: it
 * must be among the links, which it is not where somebody wrote the history anew.
 */
export async function readEventChain(client: Queryable, witness?: string): Promise<EventChain> {
  const column = await client.query(
    `SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'lockstep.event'::regclass AND attname = 'link' AND NOT attisdropped`,
  );
  if (column.rowCount === 0) return NO_CHAIN;
  const found = await client.query<Row>(
    `WITH bound AS (SELECT e.*, lag(e.link, 1, '') OVER (ORDER BY e.seq) AS previous FROM lockstep.event e),
       broken AS (SELECT seq, at, kind FROM bound b WHERE b.link <> ${eventLinkSql("b", "b.previous")} ORDER BY seq LIMIT 1)
     SELECT (SELECT count(*)::int FROM lockstep.event) AS events,
       (SELECT link FROM lockstep.event ORDER BY seq DESC LIMIT 1) AS last,
       (SELECT value #>> '{}' FROM lockstep.setting WHERE key = '${EVENTS_KEY}') AS head,
       (SELECT seq FROM broken) AS broken_seq, (SELECT at FROM broken) AS broken_at, (SELECT kind FROM broken) AS broken_kind,
       (SELECT count(*)::int FROM pg_catalog.pg_trigger WHERE tgrelid = 'lockstep.event'::regclass AND NOT tgisinternal
          AND tgname IN ('chain', 'append_only', 'append_only_table') AND tgenabled IN ('O', 'A')) AS triggers,
       $1::text IS NULL OR EXISTS (SELECT FROM lockstep.event WHERE link = $1) AS witnessed`,
    [witness ?? null],
  );
  const [row] = found.rows;
  if (!row) return NO_CHAIN;
  return {
    chained: true,
    events: row.events,
    head: row.last ?? "",
    faults: faultsOf(row, witness),
  };
}

function faultsOf(row: Row, witness: string | undefined): readonly string[] {
  const { broken_seq: seq, broken_at: at, broken_kind: kind } = row;
  const place = `event ${seq ?? ""} (${kind ?? ""}, ${at?.toISOString() ?? ""})`;
  return [
    ...(seq === null ? [] : [`${place} or one right before it was changed, put in or taken away`]),
    ...(seq === null && (row.last ?? "") !== (row.head ?? "")
      ? ["events are missing at the end, or were written past the chain"]
      : []),
    ...(row.triggers === TRIGGERS ? [] : ["a trigger of lockstep.event is off or missing"]),
    ...(row.witnessed ? [] : [`no event has the link ${(witness ?? "").slice(0, 12)}…`]),
  ];
}
