// What `lockstep plan` says of risk: level, reasons and the time under lock, file by file and for the release.
import { formatBytes } from "../engine/backup/space.ts";
import { holdsOff, PER_SECOND, type Estimate } from "../engine/plan/estimate.ts";
import type { FileRisk, ReleaseRisk } from "../engine/plan/risk.ts";
import { shortTime } from "./duration.ts";

/** Reasons of a file that are shown; `--json` has all. */
const SHOWN = 4;

/** A file's lines behind `indent`; a low one needs none but its level, which stands in its head. */
export function fileRiskLines(risk: FileRisk, indent: string): readonly string[] {
  const { level, statements } = risk;
  if (level === "low") return [];
  const weighing = statements.flatMap(({ reasons }) =>
    // What lint says stands below as a warning.
    reasons.filter((reason) => reason.level === level && !reason.text.startsWith("lint: ")),
  );
  const texts = [...new Set(weighing.map(({ text }) => text))];
  const left = texts.length - SHOWN;
  return [
    ...texts.slice(0, SHOWN).map((text) => `${indent}risk ${level}: ${text}`),
    ...(left > 0 ? [`${indent}and ${String(left)} more reasons (--json)`] : []),
    ...statements
      .flatMap(({ estimate }) => estimateText(estimate) ?? [])
      .map((text) => `${indent}${text}`),
  ];
}

/** An estimate in a line; none for what is over at once. */
export function estimateText({ work, ms, table = "", ...estimate }: Estimate): string | undefined {
  if (work === "catalogue") return undefined;
  const held = holdsOff({ work, ms, table, ...estimate })
    ? `under ${estimate.mode ?? "lock"}, which blocks ${estimate.blocks}`
    : estimate.blocks === "row writers"
      ? "with its rows locked against other writers"
      : "while reads and writes go on";
  if (ms === undefined) return `time not estimated, ${held}: the size of ${table} was not seen`;
  const rate = work === "rows" ? `${String(PER_SECOND.rows)} rows` : formatBytes(PER_SECOND[work]);
  return `estimate: ${timeText(ms)} ${held} (${table} at ${rate} a second)`;
}

/** What the release comes to. */
export function releaseRiskLines(risk: ReleaseRisk): readonly string[] {
  if (risk.files.length === 0) return [];
  const times = risk.files.map(({ underLockMs }) => underLockMs);
  const known = times.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  const isKnown = !times.includes(undefined);
  const more = isKnown ? "" : ", and more where the size was not seen";
  return [
    `risk of the release: ${risk.level}; reads or writes held off for ${timeText(known)}${more} (an estimate: docs/risk.md)`,
  ];
}

/** `under 1 s`, `about 3 min`. */
export function timeText(ms: number): string {
  return ms < 1_000 ? "under 1 s" : `about ${shortTime(Math.round(ms / 1_000))}`;
}
