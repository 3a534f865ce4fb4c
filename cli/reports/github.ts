// Findings as GitHub Actions' workflow commands, which become annotations of a pull request.
import type { LintFinding } from "../../engine/lint/lintMigrations.ts";
import { countText, type LintReport } from "./report.ts";

const COMMANDS: Readonly<Record<LintFinding["severity"], string>> = {
  error: "error",
  warning: "warning",
  info: "notice",
};

/** One command for each finding; the last line is for the log. */
export function githubReport(report: LintReport): readonly string[] {
  return [...report.findings.map(annotation), countText(report)];
}

function annotation(finding: LintFinding): string {
  const { severity, path, start, end, rule, message, remedy, rewrite } = finding;
  // A column counts only where the end is on the same line.
  const isOneLine = start.line === end.line;
  const properties = {
    file: path,
    line: start.line,
    endLine: end.line,
    ...(isOneLine && { col: start.column, endColumn: Math.max(start.column, end.column - 1) }),
    title: `lockstep ${rule}`,
  };
  const listed = Object.entries(properties).map(([key, value]) => `${key}=${property(value)}`);
  const text = [message, `Next: ${remedy}`, ...(rewrite === undefined ? [] : [rewrite])];
  return `::${COMMANDS[severity]} ${listed.join(",")}::${data(text.join("\n"))}`;
}

/** Escapes as GitHub's own toolkit does. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(value: string | number): string {
  return data(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
