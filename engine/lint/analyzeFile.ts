// One migration file and its companions, from text to everything that its SQL says.
import { sha256 } from "../sha256.ts";
import { readSoakable } from "../soak/soakable.ts";
import type {
  Migration,
  MigrationFile,
  MigrationProblem,
  Statement,
} from "../sources/migration.ts";
import type { ParsedStatement, SqlParser } from "../sql/parse.ts";
import { parseBackfill } from "./backfillFile.ts";
import { withDepthGuard } from "./depth.ts";
import { mayHoldDirective, parseDirectives, type DirectiveSource } from "./directives.ts";
import { readEffects, type EffectOptions, type StatementReading } from "./effects.ts";
import { enumValueProblem, findEnumUse, mayRunInPieces } from "./enumValues.ts";
import {
  mixedTransactionProblems,
  transactionProblems,
  unnamedIndexProblems,
} from "./fileProblems.ts";
import { createLocator } from "./locator.ts";
import { predictLocks } from "./locks.ts";
import { codeStepAnalysis, repeatableDecision } from "./otherFiles.ts";
import type { ParsedTrees } from "./parsedTrees.ts";
import { serverNeed } from "./serverFeatures.ts";
import { keepsSession } from "./sessionEffect.ts";
import { decideStage } from "./stage.ts";
import { blankOut, unwrapTransaction } from "./transactionControl.ts";
import { readTriggers } from "./triggers.ts";

/** What analysis adds to a file. */
export type Analysis = Omit<Migration, keyof MigrationFile>;

/** The parser, and what is known beside the file. */
export interface AnalyzeContext extends EffectOptions {
  readonly parser: SqlParser;
  /** Where the trees go, for who lints the files next. */
  readonly trees?: ParsedTrees;
}

/**
 * Reads the SQL of `file`, of its down file and of its verify script.
 * @throws LockstepError `SQL_SYNTAX`, or `MIGRATION_FILES` for a directive that is wrong.
 */
export function analyzeFile(file: MigrationFile, context: AnalyzeContext): Analysis {
  if (file.foreign?.code !== undefined) return codeStepAnalysis(file, file.foreign.code);
  const statements = context.parser.parse(file.sql, file.path);
  context.trees?.keep(file.sql, statements);
  return withDepthGuard({ ...file, statements }, () => analyzeParsed(file, statements, context));
}

function analyzeParsed(
  file: MigrationFile,
  parsed: readonly ParsedStatement[],
  context: AnalyzeContext,
): Analysis {
  const { parser } = context;
  const { statements, stripped, faults } = unwrapTransaction(parsed);
  const readings = readEffects(statements, context);
  const source = directiveSource(file, parsed, parser);
  const directives = parseDirectives(source);
  const locator = createLocator(file.sql);
  const where = (offset: number) => {
    const { line, column } = locator.place(offset);
    return `${file.path}:${line}:${column}`;
  };
  const decided = decideStage({
    name: file.name,
    readings,
    override: directives.stage,
    rewriteNumber: file.foreign || file.repeatable ? undefined : file.number,
    where,
  });
  const decision = file.repeatable ? repeatableDecision(decided, readings, where) : decided;
  const isOutside = file.foreign?.outsideTransaction === true;
  const enumUse = isOutside ? undefined : findEnumUse(readings);
  const inPieces = enumUse !== undefined && mayRunInPieces(readings, stripped.length > 0);
  const problems: MigrationProblem[] = [
    ...decision.problems,
    ...transactionProblems(faults, where),
    // Each statement then commits by itself, as the tool was told to do it.
    ...(isOutside ? [] : mixedTransactionProblems(readings, where)),
    ...(enumUse && !inPieces ? [enumValueProblem(enumUse, where)] : []),
    ...unnamedIndexProblems(readings, where),
  ];
  const read = readings.map(toStatement);
  const triggers = readTriggers(statements);
  return {
    ...decision,
    statements: read,
    content: sha256(JSON.stringify(parser.words(file.sql))),
    body: blankOut(file.sql, stripped),
    downStatements: companion(file.down, parser),
    verifyStatements: companion(file.verify, parser),
    transactional:
      !isOutside && !inPieces && !read.some(({ nonTransactional }) => nonTransactional),
    backfill:
      directives.backfill && parseBackfill(source, directives.backfill, { statements, parser }),
    ...(decision.stage === "contract" && { soakable: readSoakable(statements) }),
    ...(triggers.length > 0 && { triggers }),
    problems,
  };
}

function directiveSource(
  file: MigrationFile,
  parsed: readonly ParsedStatement[],
  parser: SqlParser,
): DirectiveSource {
  return {
    path: file.path,
    text: file.sql,
    comments: mayHoldDirective(file.sql) ? parser.comments(file.sql) : [],
    headEnd: parsed[0]?.offset ?? file.sql.length,
  };
}

function companion(file: MigrationFile["down"], parser: SqlParser): Statement[] {
  if (!file) return [];
  const { statements } = unwrapTransaction(parser.parse(file.sql, file.path));
  return withDepthGuard({ ...file, statements }, () => readEffects(statements).map(toStatement));
}

function toStatement({ statement, verdict }: StatementReading): Statement {
  const needs = serverNeed(statement.node);
  return {
    sql: statement.sql,
    offset: statement.offset,
    kind: statement.kind,
    effect: verdict.effect,
    summary: verdict.summary,
    nonTransactional: !!verdict.nonTransactional,
    irreversible: !!verdict.irreversible,
    opaque: !!verdict.opaque,
    keepsSession: keepsSession(statement),
    locks: predictLocks(statement.node),
    ...(needs && { needs }),
  };
}
