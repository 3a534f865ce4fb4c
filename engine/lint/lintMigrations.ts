// Runs the lint rules over migrations and says what they find, file by file.
import type { Migration } from "../sources/migration.ts";
import { loadParser, type ParsedStatement, type SqlParser } from "../sql/parse.ts";
import { applyIgnores } from "./applyIgnores.ts";
import { withDepthGuard } from "./depth.ts";
import { mayHoldDirective } from "./directives.ts";
import { activeRules, type RuleLevels } from "./levels.ts";
import type { ParsedTrees } from "./parsedTrees.ts";
import { placeHits } from "./placeHits.ts";
import { relevantTo } from "./relevant.ts";
import type { LintFinding, ServerFacts } from "./rules/rule.ts";
import { runRules, tabulate, type RuleTable } from "./runRules.ts";
import { applyStatement } from "./schema/applyStatement.ts";
import { createSchema, type Schema } from "./schema/schema.ts";
import { unwrapTransaction } from "./transactionControl.ts";

export type { RuleLevels } from "./levels.ts";
export type { Level, LintFinding, LintRule, Severity } from "./rules/rule.ts";

/** What to look at, and what is known beside the files. */
export interface LintRequest {
  /** All files, in their order: from those below a file its rules know the schema. */
  readonly migrations: readonly Migration[];
  /** Those to look at; all of them where it is missing. */
  readonly pending?: readonly Migration[];
  /**
   * `pending` is one release: what one of its files creates is new for the files after it.
   * @default false: each file is a release of its own
   */
  readonly together?: boolean;
  readonly levels?: RuleLevels;
  readonly server?: ServerFacts;
  /** Trees of files that the analysis has parsed. */
  readonly trees?: ParsedTrees;
}

/** What the rules find, in the order of the files and of the places in them. Suppressed findings are not among it. */
export async function lintMigrations(request: LintRequest): Promise<readonly LintFinding[]> {
  const { migrations, pending = migrations, together = false } = request;
  const { levels = {}, server = {}, trees } = request;
  if (pending.length === 0) return [];
  const parser = await loadParser();
  const rules = tabulate(activeRules(levels));
  const schema = createSchema();
  const asked = new Set(pending);
  const isWhole = pending.length === migrations.length;
  // Trees are large: where each file is read once there is no use in keeping them.
  const read = readerOf(parser, { keep: !isWhole, trees });
  const relevant = isWhole ? () => true : relevantTo(pending.flatMap((file) => read(file)));
  const findings: LintFinding[] = [];
  let isOpen = false;
  for (const migration of migrations) {
    if (!asked.has(migration)) {
      if (relevant(migration.sql)) follow(schema, read(migration));
      continue;
    }
    // The first pending file opens the release; what was before it is old.
    if (!together || !isOpen) schema.release += 1;
    isOpen = true;
    const statements = read(migration);
    const job = { migration, parser, rules, schema, server, levels };
    findings.push(...withDepthGuard({ ...migration, statements }, () => lintFile(job, statements)));
  }
  return findings;
}

interface FileJob {
  readonly migration: Migration;
  readonly parser: SqlParser;
  readonly rules: RuleTable;
  readonly schema: Schema;
  readonly server: ServerFacts;
  readonly levels: RuleLevels;
}

function lintFile(job: FileJob, statements: readonly ParsedStatement[]): LintFinding[] {
  const { migration, parser, rules, schema, server, levels } = job;
  const hits = runRules({ migration, statements, server }, rules, schema);
  const comments = mayHoldDirective(migration.sql) ? parser.comments(migration.sql) : [];
  const left = applyIgnores({ migration, statements, comments, hits, levels });
  return placeHits(migration, left, levels);
}

function follow(schema: Schema, statements: readonly ParsedStatement[]): void {
  for (const { node, sql } of statements) applyStatement(schema, node, sql);
}

/** Parses files; with `keep` each of them once, however often it is asked for. */
function readerOf(
  parser: SqlParser,
  { keep, trees }: { readonly keep: boolean; readonly trees: ParsedTrees | undefined },
): (file: Migration) => readonly ParsedStatement[] {
  const known = new Map<Migration, readonly ParsedStatement[]>();
  return (file) => {
    const found = known.get(file);
    if (found) return found;
    // A step in another language has no SQL.
    const statements =
      file.foreign?.code === undefined
        ? unwrapTransaction(trees?.take(file.sql) ?? parser.parse(file.sql, file.path)).statements
        : [];
    if (keep) known.set(file, statements);
    return statements;
  };
}
