// Findings for people at a terminal: colour, the line with a caret, what to do.
import type { LintFinding } from "../../engine/lint/lintMigrations.ts";
import { createLocator } from "../../engine/lint/locator.ts";
import type { Migration } from "../../engine/sources/migration.ts";
import { snippet } from "../../engine/sql/locate.ts";
import type { Paint, Tone } from "../style.ts";
import { tableLines } from "../table.ts";
import { countText, type LintReport } from "./report.ts";

const TONES: Readonly<Record<LintFinding["severity"], Tone>> = {
  error: "bad",
  warning: "warn",
  info: "quiet",
};

/** The stage of each file, then each finding, then how many there are. */
export function textReport(report: LintReport, paint: Paint): readonly string[] {
  const places = new Map(report.migrations.map((migration) => [migration.path, placer(migration)]));
  return [
    ...tableLines(report.migrations.map(stageRow), ""),
    ...report.findings.flatMap((finding) => [
      "",
      ...findingText(finding, { paint, shown: places.get(finding.path)?.(finding) }),
    ]),
    "",
    countText(report),
  ];
}

function stageRow(migration: Migration): string[] {
  const from = { header: "by its head", sql: "", name: "by its name" }[migration.stageFrom];
  return [migration.number, migration.name, migration.stage, from];
}

/** Makes the snippets of one file; its lines are found once. */
function placer({ sql }: Migration): (finding: LintFinding) => readonly string[] {
  const locator = createLocator(sql);
  return ({ bytes }) =>
    bytes.end === 0 ? [] : snippet(sql, locator.fromBytes(bytes.start)).split("\n");
}

function findingText(
  finding: LintFinding,
  { paint, shown = [] }: { readonly paint: Paint; readonly shown?: readonly string[] | undefined },
): readonly string[] {
  const { severity, message, where, lock, remedy, rewrite, rule } = finding;
  return [
    `${paint(TONES[severity], `${severity}:`)} ${message} ${paint("quiet", `(${rule})`)}`,
    `  where  ${where}`,
    ...shown.map((line) => `         ${line}`),
    ...(lock ? [`  lock   ${lock.mode} on ${lock.table}: blocks ${lock.blocks}`] : []),
    `  next   ${remedy}`,
    ...(rewrite?.split("\n").map((line) => paint("good", `         ${line}`.trimEnd())) ?? []),
  ];
}
