// A report to write in each form: a warning with lock and rewrite, and one whose texts need escaping.
import type { LintReport } from "../../../../cli/reports/report.ts";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import { analyzeSql } from "../../engine/lint/analyzeSql.ts";

/** The text of the file: its second statement lies behind characters of several bytes. */
export const SQL = [
  "-- Größe \u{1f642}",
  'create index "i" on things (a);',
  '  drop table "a|b*<@c>:,%";',
].join("\n");

/** What lint finds in it. */
export async function reportOf(sql = SQL): Promise<LintReport> {
  const migrations = [await analyzeSql(sql, "change_things")];
  return { migrations, findings: await lintMigrations({ migrations }) };
}
