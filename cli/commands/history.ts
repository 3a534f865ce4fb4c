// `lockstep history`: what happened to this database, the newest first.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { type AppliedMigration, rowId } from "../../engine/ledger/ledger.ts";
import type { LedgerEvent } from "../../engine/ledger/record.ts";
import { readHistory } from "../../engine/run/status.ts";
import type { CommandRun } from "../context.ts";
import { describeEvent, releaseLabel } from "../eventText.ts";
import { tableLines } from "../table.ts";
import { formatTime } from "../terminal.ts";

/** What `lockstep history` takes. */
export interface HistoryOptions {
  /** Events at most. */
  readonly limit: number;
}

/** One thing that happened. */
interface Entry {
  readonly at: Date;
  readonly kind: string;
  /** Digest of the release that it belongs to. */
  readonly release: string | null;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads events and applied files; changes nothing. */
export const runHistory: CommandRun<HistoryOptions> = async ({ limit }, context) => {
  const target = parseTarget(context.env);
  const { ledger, events } = await readHistory(target, limit);
  const entries = [...events.map(eventEntry), ...ledger.applied.map(appliedEntry)]
    .toSorted((a, b) => b.at.getTime() - a.at.getTime())
    .slice(0, limit);
  const rows = entries.map((entry) => [
    formatTime(entry.at),
    entry.kind,
    releaseLabel(ledger.releases, entry.release),
    entry.text,
  ]);
  return {
    json: { database: target.display, entries },
    lines: rows.length > 0 ? tableLines(rows, "") : [`nothing happened at ${target.display} yet`],
  };
};

function eventEntry(event: LedgerEvent): Entry {
  const { at, kind, release, data } = event;
  return { at, kind, release, text: describeEvent(event), data: { ...data } };
}

/** Applied files are rows of the ledger, not events: one that was taken back is no longer among them. */
function appliedEntry(row: AppliedMigration): Entry {
  const { appliedAt: at, release, stage, durationMs, appliedBy, baseline } = row;
  const file = rowId(row);
  const how = baseline ? "a baseline, not run" : `${stage}, ${String(durationMs)} ms`;
  return {
    at,
    kind: row.state,
    release,
    text: `${file} (${how}) by ${appliedBy}`,
    data: { file, stage, durationMs, appliedBy, baseline },
  };
}
