// What `lockstep plan` says of risk: level, reasons and the time under lock, file by file and for the release.
import { formatBytes } from "../engine/backup/space.ts";
import { holdsOff, type Estimate } from "../engine/plan/estimate.ts";
import type { FileRisk, ReleaseRisk } from "../engine/plan/risk.ts";
import type { TableFact, TableFacts } from "../engine/plan/tableFact.ts";
import type { WayBack } from "../engine/plan/wayBack.ts";
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
function estimateText({ work, ms, table = "", ...estimate }: Estimate): string | undefined {
  if (work === "catalogue") return undefined;
  const held = holdsOff({ work, ms, table, ...estimate })
    ? `under ${estimate.mode ?? "lock"}, which blocks ${estimate.blocks}`
    : estimate.blocks === "row writers"
      ? "with its rows locked against other writers"
      : "while reads and writes go on";
  if (ms === undefined) {
    const missing = work === "rows" ? `how many rows ${table} has` : `the size of ${table}`;
    return `time not estimated, ${held}: ${missing} is not known`;
  }
  const { perSecond = 0 } = estimate;
  const rate = work === "rows" ? `${String(perSecond)} rows` : formatBytes(perSecond);
  return `estimate: ${timeText(ms)} ${held} (${table} at ${rate} a second)`;
}

/** What the release comes to, and which figures of the database that is by. */
export function releaseRiskLines(
  risk: ReleaseRisk,
  tables: TableFacts | undefined,
): readonly string[] {
  if (risk.files.length === 0) return [];
  const times = risk.files.map(({ underLockMs }) => underLockMs);
  const known = times.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  const more = times.includes(undefined) ? ", and more where the size was not seen" : "";
  return [
    `risk of the release: ${risk.level}; reads or writes held off for ${timeText(known)}${more} (an estimate: docs/risk.md)`,
    ...[...(tables?.values() ?? [])].map((fact) => `  by ${factText(fact)}`),
  ];
}

/** `customers: 5,000 rows, 1.2 MiB, 3 reads and 0.1 writes a second over 4 d, its slowest statement about 12 s on average`. */
function factText({ table, rows, totalBytes, traffic, slowestMs }: TableFact): string {
  const count = (n: number) => n.toLocaleString("en-US", { maximumFractionDigits: n < 10 ? 1 : 0 });
  return [
    rows === undefined ? `${table}: rows not counted yet` : `${table}: ${count(rows)} rows`,
    formatBytes(totalBytes),
    traffic
      ? `${count(traffic.readsPerS)} reads and ${count(traffic.writesPerS)} writes a second over ${shortTime(Math.round(traffic.overMs / 1_000))}`
      : "its statistics are too young to tell its traffic",
    ...(slowestMs === undefined ? [] : [`its slowest statement ${timeText(slowestMs)} on average`]),
  ].join(", ");
}

/** The way back, a line for each part of the release. */
export function wayBackLines({ steps }: WayBack): readonly string[] {
  return steps.length === 0 ? [] : ["the way back:", ...steps.map((step) => `  ${step}`)];
}

/** `under 1 s`, `about 3 min`. */
function timeText(ms: number): string {
  return ms < 1_000 ? "under 1 s" : `about ${shortTime(Math.round(ms / 1_000))}`;
}
