// What `lockstep plan` says of each file: stage, how it runs, what it does, what to look at.
import type { LintFinding } from "../engine/lint/lintMigrations.ts";
import type { FileRisk, ReleaseRisk } from "../engine/plan/risk.ts";
import type { RehearsalResult, TracedStatement } from "../engine/rehearse/result.ts";
import { describeSoak } from "../engine/soak/soakPolicy.ts";
import { fileId } from "../engine/sources/fileId.ts";
import type { Migration } from "../engine/sources/migration.ts";
import { findingLines } from "./findings.ts";
import { tracedLines } from "./rehearsalView.ts";
import { fileRiskLines } from "./riskView.ts";

/** A file of a plan. */
export interface PlannedFile {
  readonly file: string;
  readonly path: string;
  readonly stage: Migration["stage"];
  /** Whether it runs in one transaction, statement by statement, or in batches. */
  readonly mode: "transaction" | "statements" | "backfill";
  /** In words: `drops column customers.phone`. */
  readonly does: readonly string[];
  readonly irreversible: boolean;
  /** How it soaks, or why it does not, where the stack asks for it. */
  readonly soak?: string;
  /** Errors and warnings of lint. */
  readonly risks: readonly LintFinding[];
  /** Its level of risk, with the reasons; missing where nobody weighed it. */
  readonly risk?: FileRisk;
  /** What its statements did in the rehearsal that is kept; missing where none is. */
  readonly rehearsed?: readonly TracedStatement[];
  readonly sql?: string;
}

/** A file as a plan shows it, with what lint finds in it; with its SQL where `sql` is asked for. */
export function plannedFile(
  migration: Migration,
  {
    findings,
    sql,
    risk,
    rehearsal,
  }: {
    readonly findings: readonly LintFinding[];
    readonly sql: boolean;
    readonly risk?: ReleaseRisk;
    readonly rehearsal?: RehearsalResult | undefined;
  },
): PlannedFile {
  const { statements, backfill, transactional } = migration;
  const soak = describeSoak(migration);
  const traced = rehearsal?.statements.filter(({ where }) =>
    where.startsWith(`${migration.path}:`),
  );
  const weighed = risk?.files.find(({ path }) => path === migration.path);
  return {
    file: fileId(migration),
    path: migration.path,
    stage: migration.stage,
    mode: backfill ? "backfill" : transactional ? "transaction" : "statements",
    does: statements.map((statement) => statement.summary),
    irreversible: statements.some((statement) => statement.irreversible),
    risks: findings.filter(({ path, severity }) => path === migration.path && severity !== "info"),
    ...(soak !== undefined && { soak }),
    ...(weighed && { risk: weighed }),
    ...(traced && traced.length > 0 && { rehearsed: traced }),
    ...(sql ? { sql: migration.sql } : {}),
  };
}

const MODES: Readonly<Record<PlannedFile["mode"], string>> = {
  transaction: "in one transaction",
  statements: "statement by statement, outside a transaction",
  backfill: "in batches",
};

/** The file's lines, numbered with its place in the run where it has one. */
export function plannedLines(file: PlannedFile, place?: number): readonly string[] {
  const head = place === undefined ? "  -" : String(place).padStart(3);
  return [
    `${head}  ${file.stage.padEnd(8)}  ${file.file}, ${MODES[file.mode]}${file.irreversible ? ", irreversible" : ""}${file.risk ? `, risk ${file.risk.level}` : ""}`,
    ...file.does.map((text) => `       ${text}`),
    ...(file.soak === undefined ? [] : [`       ${file.soak}`]),
    ...(file.risk ? fileRiskLines(file.risk, "       ") : []),
    ...tracedLines(file.rehearsed ?? [], "       "),
    ...file.risks.filter(isError).flatMap((finding) => findingLines(finding, "       ")),
    ...warningLines(file.risks.filter((finding) => !isError(finding))),
    ...(file.sql === undefined ? [] : sqlLines(file.sql, "       | ")),
  ];
}

/** Warnings of a file that a plan shows; `lockstep lint` shows all. */
const SHOWN = 5;

function isError({ severity }: LintFinding): boolean {
  return severity === "error";
}

/** A refusal comes with its remedy; a warning says what to look at, which here is enough. */
function warningLines(warnings: readonly LintFinding[]): readonly string[] {
  const left = warnings.length - SHOWN;
  return [
    ...warnings
      .slice(0, SHOWN)
      .map(({ severity, message, rule }) => `       ${severity}: ${message} (${rule})`),
    ...(left > 0 ? [`       and ${left} more (lockstep lint)`] : []),
  ];
}

/** A text of SQL with `indent` in front of each line. */
function sqlLines(sql: string, indent: string): readonly string[] {
  return sql
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `${indent}${line}`.trimEnd());
}
