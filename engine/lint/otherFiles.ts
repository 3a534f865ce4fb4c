// Files that are no ordinary migration: steps that are code, and files that run again when they change.
import type { MigrationFile, MigrationProblem } from "../sources/migration.ts";
import type { Analysis } from "./analyzeFile.ts";
import type { StatementReading } from "./effects.ts";
import type { StageDecision } from "./stage.ts";

/** What can be said of a step in `language`: nothing but that lockstep stops before it. */
export function codeStepAnalysis(file: MigrationFile, language: string): Analysis {
  const tool = file.foreign?.format ?? "its tool";
  return {
    stage: "expand",
    stageFrom: "name",
    stageReason: undefined,
    statements: [],
    content: "",
    body: "",
    downStatements: [],
    verifyStatements: [],
    transactional: true,
    backfill: undefined,
    problems: [
      {
        rule: "code-step",
        message: `${file.number} is a step in ${language}, which lockstep cannot run`,
        where: file.path,
        remedy: `apply what comes before it (--target), let ${tool} run it, and have it recorded: lockstep adopt; then run this again`,
        initialToo: true,
      },
    ],
  };
}

type Where = (offset: number) => string;

/**
 * A repeatable file runs whenever it changed, so its statements must replace what is there, and its
 * stage is always expand.
 */
export function repeatableDecision(
  decided: StageDecision,
  readings: readonly StatementReading[],
  where: Where,
): StageDecision {
  if (decided.stageFrom === "header") return { ...decided, stage: "expand" };
  const bad = readings.find((reading) => !isReplaceable(reading));
  const problems: MigrationProblem[] = bad
    ? [
        {
          rule: "not-replaceable",
          message: `${bad.verdict.summary}: a repeatable file runs again whenever it changed, so each statement must replace what is there`,
          where: where(bad.statement.offset),
          remedy:
            "use CREATE OR REPLACE (FUNCTION, PROCEDURE, VIEW, TRIGGER, RULE, AGGREGATE), COMMENT, GRANT; the rest belongs into a numbered file",
          initialToo: true,
        },
      ]
    : [];
  return { stage: "expand", stageFrom: "sql", stageReason: undefined, problems };
}

/** Statements that have the same result the second time. */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  ...["CommentStmt", "VariableSetStmt", "SecLabelStmt", "AlterOwnerStmt"],
]);

function isReplaceable({ statement, verdict }: StatementReading): boolean {
  if (verdict.nonTransactional === true) return false;
  if (IDEMPOTENT.has(statement.kind)) return true;
  const tree = Object.values(statement.node)[0] as unknown as {
    readonly replace?: boolean;
    readonly is_grant?: boolean;
  };
  return tree.replace === true || (statement.kind === "GrantStmt" && tree.is_grant === true);
}
