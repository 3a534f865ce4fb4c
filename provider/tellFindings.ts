// What lint has against the files that an update will apply, told in preview and update.
import type { Queryable } from "../engine/drivers/postgres/queryable.ts";
import type { Report } from "../engine/events.ts";
import { refusalOf } from "../engine/lint/refusal.ts";
import type { LintFinding } from "../engine/lint/rules/rule.ts";
import { lintAgainst } from "../engine/plan/lintAgainst.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { AdmissionInputs } from "./schema.ts";

/** Findings that are told one by one: a preview is read by people. */
const SHOWN = 10;

/** The folder's files, and those of them that are to be applied. */
export interface OpenFiles {
  readonly migrations: readonly Migration[];
  readonly open: readonly Migration[];
}

/**
 * Tells warnings. Returns all findings.
 * @throws LockstepError UNSAFE_MIGRATION for errors.
 */
export async function tellFindings(
  { lint = {} }: Pick<AdmissionInputs, "lint">,
  { migrations, open }: OpenFiles,
  { client, report }: { readonly client: Queryable; readonly report: Report },
): Promise<readonly LintFinding[]> {
  const pending = migrations.filter((file) => open.includes(file));
  const findings = await lintAgainst(client, { migrations, pending, together: true, levels: lint });
  const refusal = refusalOf(findings);
  if (refusal) throw refusal;
  tellWarnings(findings, report);
  return findings;
}

/** Tells the warnings among `findings`, a few of them one by one. */
export function tellWarnings(findings: readonly LintFinding[], report: Report): void {
  const warnings = findings.filter(({ severity }) => severity === "warning");
  for (const { where, message, rule } of warnings.slice(0, SHOWN))
    report("warn", `${where}: ${message} (${rule})`, { lint: rule });
  const left = warnings.length - SHOWN;
  if (left > 0)
    report("warn", `and ${left} more warnings of lint (npx lockstep lint)`, { lint: left });
}
