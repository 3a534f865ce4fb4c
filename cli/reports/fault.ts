// An error that a file brought about, as a finding, so that a report can show it at its place.
import type { LockstepError } from "../../engine/errors/lockstepError.ts";
import type { LintFinding } from "../../engine/lint/lintMigrations.ts";

/** The finding; undefined where the error names no place in a file. */
export function faultFinding(error: LockstepError): LintFinding | undefined {
  const [, path, line, column] = /^(.+):(\d+):(\d+)$/.exec(error.where ?? "") ?? [];
  if (path === undefined) return undefined;
  const start = { line: Number(line), column: Number(column) };
  return {
    rule: error.code.toLowerCase().replaceAll("_", "-"),
    severity: "error",
    message: error.message,
    where: error.where ?? path,
    path,
    start,
    end: { ...start, column: start.column + 1 },
    bytes: { start: 0, end: 0 },
    remedy: error.next ?? "mend the file",
    doc: "docs/errors.md",
  };
}
