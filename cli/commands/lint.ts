// `lockstep lint`: the stage of each file, and what is to be said against it.
import {
  EXIT_CODES,
  exitCodeOf,
  isLockstepError,
  LockstepError,
} from "../../engine/errors/lockstepError.ts";
import { ensureLevels } from "../../engine/lint/levels.ts";
import {
  lintMigrations,
  type LintFinding,
  type LintRequest,
  type RuleLevels,
} from "../../engine/lint/lintMigrations.ts";
import { ParsedTrees } from "../../engine/lint/parsedTrees.ts";
import { LINT_RULES } from "../../engine/lint/rules/index.ts";
import { fileId } from "../../engine/sources/fileId.ts";
import { findByNumber } from "../../engine/sources/findNumber.ts";
import type { Migration } from "../../engine/sources/migration.ts";
import type { CommandContext, CommandRun, Outcome } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";
import { loadMigrations } from "../files.ts";
import { outcomeDocument } from "../jsonDocument.ts";
import { faultFinding } from "../reports/fault.ts";
import { githubReport } from "../reports/github.ts";
import { markdownReport } from "../reports/markdown.ts";
import type { LintReport, ReportForm } from "../reports/report.ts";
import { sarifLog } from "../reports/sarif.ts";
import { textReport } from "../reports/text.ts";
import { readRuleLevels } from "../stackLint.ts";
import { paintFor } from "../style.ts";

/** What `lockstep lint` takes. */
export interface LintOptions extends FolderOptions {
  readonly output: ReportForm;
  /** Levels of rules, above the stack's. */
  readonly rule?: RuleLevels;
  /** Whether the database of the environment is asked for its version, INVALID indexes and sizes. */
  readonly live?: boolean;
  /** The first file to look at; those before only tell of the schema. */
  readonly from?: string;
  /** Findings of this severity, and severer ones, end with 1. */
  readonly failOn: LintFinding["severity"];
  /** Whose `lockstep:lint` counts. */
  readonly stack: string;
}

const SEVERITIES: readonly LintFinding["severity"][] = ["error", "warning", "info"];

/** Needs no database, and asks one only with `--live`: in a CI the same files shall give the same answer. Errors end with 1; warnings are for reading, unless `failOn` says otherwise. */
export const runLint: CommandRun<LintOptions> = async (options, context) => {
  try {
    return outcomeOf(await lintFolder(options, context), options, context);
  } catch (error) {
    const fault = isLockstepError(error) ? faultFinding(error) : undefined;
    if (!fault || !["sarif", "github", "markdown"].includes(options.output)) throw error;
    const outcome = outcomeOf({ migrations: [], findings: [fault] }, options, context);
    return { ...outcome, exitCode: exitCodeOf(error) };
  }
};

async function lintFolder(options: LintOptions, context: CommandContext): Promise<LintReport> {
  ensureLevels(options.rule ?? {}, "--rule");
  const levels = { ...(await readRuleLevels(context.cwd, options.stack)), ...options.rule };
  const trees = new ParsedTrees();
  const migrations = await loadMigrations(options, trees);
  const pending = options.from === undefined ? migrations : filesFrom(options.from, migrations);
  const request = { migrations, pending, levels, trees };
  const report = { migrations: pending, ...(await findingsOf(request, options, context)) };
  return options.output === "markdown" ? withRisk(report, migrations) : report;
}

/** Each file by itself: nobody knows from here which of them are one release. */
async function withRisk(report: LintReport, migrations: readonly Migration[]): Promise<LintReport> {
  const { readChanges } = await import("../../engine/plan/changes.ts");
  const { weighRelease } = await import("../../engine/plan/risk.ts");
  const request = { migrations, pending: report.migrations, together: false };
  const changes = await readChanges(request);
  return { ...report, risk: weighRelease(changes, { findings: report.findings }) };
}

/** With the database's word where one is asked for and answers. */
async function findingsOf(
  request: LintRequest,
  { live }: LintOptions,
  { env }: CommandContext,
): Promise<Pick<LintReport, "findings" | "unseen">> {
  if (!live) return { findings: await lintMigrations(request) };
  const { lookAtDatabase } = await import("../seenDatabase.ts");
  const { lintAgainst } = await import("../../engine/plan/lintAgainst.ts");
  const seen = await lookAtDatabase(env, (client) => lintAgainst(client, request));
  if (!("unseen" in seen)) return { findings: seen.found };
  return { findings: await lintMigrations(request), unseen: seen.unseen };
}

/**
 * The file of that number and those after it.
 * @throws LockstepError USAGE where there is none.
 */
function filesFrom(number: string, migrations: readonly Migration[]): readonly Migration[] {
  const first = findByNumber(migrations, number);
  if (first) return migrations.filter(({ order }) => order >= first.order);
  throw new LockstepError("USAGE", `There is no migration ${number}`, {
    where: "--from",
    seen: migrations
      .map((file) => file.number)
      .slice(-8)
      .join(", "),
    next: "name the first file to look at",
  });
}

function outcomeOf(report: LintReport, options: LintOptions, context: CommandContext): Outcome {
  const { findings } = report;
  const limit = SEVERITIES.indexOf(options.failOn);
  const failed = findings.some(({ severity }) => SEVERITIES.indexOf(severity) <= limit);
  const outcome = {
    json: jsonReport(report),
    exitCode: failed ? EXIT_CODES.failed : EXIT_CODES.done,
  };
  return { ...outcome, lines: linesOf(report, { ...outcome, lines: [] }, { options, context }) };
}

function linesOf(
  report: LintReport,
  outcome: Outcome,
  { options, context }: { readonly options: LintOptions; readonly context: CommandContext },
): readonly string[] {
  switch (options.output) {
    case "json":
      return [outcomeDocument("lint", outcome).trimEnd()];
    case "sarif":
      return [JSON.stringify(sarifLog(report, { rules: LINT_RULES, cwd: context.cwd }), null, 2)];
    case "github":
      return githubReport(report);
    case "markdown":
      return markdownReport(report);
    case "text":
      return textReport(report, paintFor(process.stdout, context.env));
  }
}

function jsonReport({ migrations, findings, unseen }: LintReport): Outcome["json"] {
  return {
    ...(unseen !== undefined && { unseen }),
    files: migrations.map((migration) =>
      fileDocument(
        migration,
        findings.filter(({ path }) => isOf(migration, path)),
      ),
    ),
  };
}

/** A finding may be in the down file. */
function isOf({ path, down }: Migration, found: string): boolean {
  return found === path || found === down?.path;
}

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
