// What a report of lint is made from.
import type { LintFinding } from "../../engine/lint/lintMigrations.ts";
import type { ReleaseRisk } from "../../engine/plan/risk.ts";
import type { Migration } from "../../engine/sources/migration.ts";

/** Files and what was found in them. */
export interface LintReport {
  readonly migrations: readonly Migration[];
  readonly findings: readonly LintFinding[];
  /** How risky the files are, each weighed by itself; missing where nobody asked. */
  readonly risk?: ReleaseRisk;
  /** Why the database that was to be asked was not seen. */
  readonly unseen?: string;
}

/** The forms that `lockstep lint` writes. */
export const REPORT_FORMS = ["text", "json", "sarif", "github", "markdown"] as const;

/** One of them. */
export type ReportForm = (typeof REPORT_FORMS)[number];

/** `3 files: 0 errors, 2 warnings, 1 info` */
export function countText({ migrations, findings, unseen }: LintReport): string {
  const counts = (["error", "warning", "info"] as const).map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${String(count)} ${severity}${count === 1 || severity === "info" ? "" : "s"}`;
  });
  const files = migrations.length === 1 ? "1 file" : `${String(migrations.length)} files`;
  const blind = unseen === undefined ? "" : `; the database was not seen: ${unseen}`;
  return `${files}: ${counts.join(", ")}${blind}`;
}
