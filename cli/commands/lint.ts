// `lockstep lint`: the stage of each file, and what is to be said against it.
import { EXIT_CODES } from "../../engine/errors/lockstepError.ts";
import { lintMigrations, type LintFinding } from "../../engine/lint/lintMigrations.ts";
import { fileId } from "../../engine/plan/approval.ts";
import type { Migration } from "../../engine/sources/migration.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";
import { findingLines } from "../findings.ts";
import { tableLines } from "../table.ts";

/** What `lockstep lint` takes. */
export type LintOptions = FolderOptions;

/** Needs no database. Errors end with 1; warnings are for reading. */
export const runLint: CommandRun<LintOptions> = async (options) => {
  const migrations = await loadMigrations(options);
  const findings = await lintMigrations({ migrations });
  const files = migrations.map((migration) => ({
    migration,
    findings: findings.filter(({ path }) => path === migration.path),
  }));
  const errors = findings.filter((finding) => finding.severity === "error");
  return {
    json: { files: files.map(({ migration, findings: found }) => fileDocument(migration, found)) },
    lines: [
      ...tableLines(migrations.map(stageRow), ""),
      ...findings.flatMap((finding) => ["", ...findingLines(finding)]),
      "",
      `${String(migrations.length)} files: ${countText(findings)}`,
    ],
    exitCode: errors.length > 0 ? EXIT_CODES.failed : EXIT_CODES.done,
  };
};

function fileDocument(migration: Migration, findings: readonly LintFinding[]) {
  const { stage, stageFrom, path, transactional, backfill } = migration;
  return {
    file: fileId(migration),
    path,
    stage,
    stageFrom,
    transactional,
    backfill: backfill !== undefined,
    statements: migration.statements.map(({ summary, effect, irreversible }) => ({
      summary,
      effect,
      irreversible,
    })),
    findings,
  };
}

function stageRow(migration: Migration): string[] {
  const from = { header: "by its head", sql: "", name: "by its name" }[migration.stageFrom];
  return [migration.number, migration.name, migration.stage, from];
}

function countText(findings: readonly LintFinding[]): string {
  const counts = (["error", "warning", "info"] as const).map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return `${String(count)} ${severity}${count === 1 || severity === "info" ? "" : "s"}`;
  });
  return counts.join(", ");
}
