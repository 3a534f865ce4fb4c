// Runs the rules over one file, statement by statement, and keeps the schema up to date on the way.
import { withoutPublic, relationName } from "./names.ts";
import type { FileContext, Hit, Hits, LintRule, RuleContext } from "./rules/rule.ts";
import { applyStatement } from "./schema/applyStatement.ts";
import { tableOf, type Schema } from "./schema/schema.ts";
import { alterParts, columnParts } from "./tree.ts";

/** What a rule said, not yet placed. */
export interface RawHit {
  readonly rule: LintRule;
  readonly hit: Hit;
}

/** A file to look at. */
export type LintFile = Pick<FileContext, "migration" | "statements" | "server">;

type StatementCheck = (node: never, context: RuleContext) => Hits;

/** Rules by what they look at, so that a statement meets only those that concern it. */
export interface RuleTable {
  readonly byKind: ReadonlyMap<string, readonly (readonly [LintRule, StatementCheck])[]>;
  /** Those that look at files, at parts of ALTER TABLE, at columns. */
  readonly file: readonly LintRule[];
  readonly alter: readonly LintRule[];
  readonly column: readonly LintRule[];
}

/** Sorts rules by the kinds of statements that they look at. */
export function tabulate(rules: readonly LintRule[]): RuleTable {
  const byKind = new Map<string, (readonly [LintRule, StatementCheck])[]>();
  for (const rule of rules) {
    for (const [kind, check] of Object.entries(rule.on ?? {})) {
      const list = byKind.get(kind) ?? [];
      list.push([rule, check]);
      byKind.set(kind, list);
    }
  }
  const looksAt = (what: "file" | "alter" | "column") => rules.filter((rule) => rule[what]);
  return { byKind, file: looksAt("file"), alter: looksAt("alter"), column: looksAt("column") };
}

/** What `rules` say of the file; `schema` is then as the file leaves it. */
export function runRules(file: LintFile, rules: RuleTable, schema: Schema): readonly RawHit[] {
  const hits: RawHit[] = [];
  const context = {
    ...file,
    schema,
    isNew: (relation: Parameters<FileContext["isNew"]>[0]) => {
      const name = typeof relation === "string" ? relation : relationName(relation);
      return tableOf(schema, withoutPublic(name))?.release === schema.release;
    },
  };
  for (const rule of rules.file) {
    for (const hit of listOf(rule.file?.(context))) hits.push({ rule, hit });
  }
  file.statements.forEach((statement, index) => {
    checkStatement({ ...context, statement, index }, rules, hits);
    applyStatement(schema, statement.node, statement.sql);
  });
  return hits;
}

function checkStatement(context: RuleContext, rules: RuleTable, hits: RawHit[]): void {
  const { node, kind } = context.statement;
  const body = (node as Readonly<Record<string, unknown>>)[kind] as never;
  const collect = (rule: LintRule, found: Hits) => {
    for (const hit of listOf(found))
      hits.push({ rule, hit: { statement: context.statement, ...hit } });
  };
  for (const [rule, check] of rules.byKind.get(kind) ?? []) collect(rule, check(body, context));
  if ("AlterTableStmt" in node) {
    for (const part of alterParts(node.AlterTableStmt))
      for (const rule of rules.alter) collect(rule, rule.alter?.(part, context));
  }
  for (const part of columnParts(node))
    for (const rule of rules.column) collect(rule, rule.column?.(part, context));
}

function listOf(found: Hits): readonly Hit[] {
  if (found === undefined) return [];
  return Array.isArray(found) ? (found as readonly Hit[]) : [found as Hit];
}
