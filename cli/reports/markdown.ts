// Findings as Markdown, for a comment at a pull request.
import type { LintFinding } from "../../engine/lint/lintMigrations.ts";
import { countText, type LintReport } from "./report.ts";

/** Findings with their rewrites that are written out; a comment at GitHub holds 65,536 characters. */
const MAX_WRITTEN = 100;

/** A heading, then each file with its findings. */
export function markdownReport(report: LintReport): readonly string[] {
  const shown = report.findings.slice(0, MAX_WRITTEN);
  const left = report.findings.length - shown.length;
  const paths = [...new Set(shown.map(({ path }) => path))];
  return [
    "### lockstep lint",
    "",
    countText(report),
    ...riskItems(report),
    ...paths.flatMap((path) => [
      "",
      `**${inline(path)}**`,
      "",
      ...shown.filter((finding) => finding.path === path).flatMap(findingItem),
    ]),
    ...(left > 0 ? ["", `and ${String(left)} more: \`lockstep lint\``] : []),
  ];
}

/** Files whose risk is written out. */
const MAX_RISKS = 30;

/** Files of more than a low risk, with what makes it; the database may raise it. */
function riskItems({ risk }: LintReport): readonly string[] {
  const risky = (risk?.files ?? []).filter(({ level }) => level !== "low");
  const left = risky.length - MAX_RISKS;
  return [
    ...(risky.length > 0 ? [""] : []),
    ...risky.slice(0, MAX_RISKS).map(({ path, level, statements }) => {
      const reasons = statements.flatMap((one) => one.reasons.filter((why) => why.level === level));
      const text =
        reasons.find((why) => !why.text.startsWith("lint: "))?.text ?? "lint warns of it";
      return `- risk **${level}**: ${inline(path)}: ${escaped(text)}`;
    }),
    ...(left > 0 ? [`- and ${String(left)} more: \`lockstep plan\``] : []),
  ];
}

const MARKS: Readonly<Record<LintFinding["severity"], string>> = {
  error: "\u{1f534} **error**",
  warning: "\u{1f7e1} **warning**",
  info: "\u{26aa} info",
};

function findingItem(finding: LintFinding): readonly string[] {
  const { severity, start, message, rule, remedy, lock, rewrite } = finding;
  const held = lock ? ` Takes ${lock.mode} on ${inline(lock.table)}: blocks ${lock.blocks}.` : "";
  return [
    `- ${MARKS[severity]} line ${String(start.line)}: ${escaped(message)} (${inline(rule)}).${held} Next: ${escaped(remedy)}.`,
    ...(rewrite === undefined ? [] : fenced(rewrite)),
  ];
}

/** Within the list's item; the fence is longer than any in the SQL. */
function fenced(sql: string): readonly string[] {
  const longest = Math.max(2, ...[...sql.matchAll(/`+/g)].map(([marks]) => marks.length));
  const fence = "`".repeat(longest + 1);
  return [`  ${fence}sql`, ...sql.split("\n").map((line) => `  ${line}`), `  ${fence}`];
}

function inline(text: string): string {
  const fence = text.includes("`") ? "``" : "`";
  return `${fence}${text.replace(/\s+/g, " ")}${fence}`;
}

/** Names may hold anything; neither HTML nor a mention may come of it. */
function escaped(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_{}[\]<>|]/g, "\\$&")
    .replace(/[@#](?=\w)/g, "$&\u200b");
}
