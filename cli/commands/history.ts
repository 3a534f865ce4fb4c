// `lockstep history`: what happened to this database, the newest first.
import { parseTarget, type DatabaseTarget } from "../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { findBrokenLink } from "../../engine/ledger/chain.ts";
import { type AppliedMigration, rowId } from "../../engine/ledger/ledger.ts";
import type { LedgerEvent } from "../../engine/ledger/record.ts";
import { readHistory, verifyHistory } from "../../engine/run/status.ts";
import type { CommandRun, Outcome } from "../context.ts";
import { describeEvent, releaseLabel } from "../eventText.ts";
import { tableLines } from "../table.ts";
import { formatTime } from "../terminal.ts";

/** What `lockstep history` takes. */
export interface HistoryOptions {
  /** Events at most. */
  readonly limit: number;
  /** Checks the chains in place of showing events. */
  readonly verify?: boolean;
  /** The link of an event, as it was noted elsewhere. */
  readonly head?: string;
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
export const runHistory: CommandRun<HistoryOptions> = async ({ limit, verify, head }, context) => {
  const target = parseTarget(context.env);
  if (verify === true || head !== undefined) return verifyChains(target, head);
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

async function verifyChains(target: DatabaseTarget, head: string | undefined): Promise<Outcome> {
  const { ledger, events } = await verifyHistory(target, head);
  const broken = findBrokenLink(ledger);
  const row = broken?.row ? `at ${rowId(broken.row)}` : "at its end: rows are missing";
  const faults = [
    ...(broken ? [`applied files: the chain breaks ${row}`] : []),
    ...(events?.faults ?? []).map((fault) => `events: ${fault}`),
  ];
  if (faults.length > 0) {
    throw new LockstepError("HISTORY_BROKEN", "The history is not what lockstep wrote", {
      where: target.display,
      seen: faults.join("\n"),
      likely:
        "somebody with the rights of the ledger's owner changed it by hand, or restored a part of it",
      next: "compare with the notices, the reports and the database's log; docs/audit.md says what may be trusted",
    });
  }
  const isChained = events?.chained === true;
  const files = `${String(ledger.applied.length)} applied files`;
  const what = isChained ? `${files} and ${String(events.events)} events` : files;
  return {
    json: { database: target.display, applied: ledger.applied.length, events: events ?? null },
    lines: [
      ledger.exists ? `${what} are as lockstep wrote them` : "there is no history yet",
      ...(isChained && events.head !== "" ? [`head  ${events.head}`] : []),
      ...(events?.chained === false
        ? ["the events get a chain with the next run that writes"]
        : []),
    ],
  };
}

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
