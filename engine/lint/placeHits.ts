// From what rules say to findings with a place in the file.
import { conflictsOf, type LockMode } from "../locks/modes.ts";
import type { Migration } from "../sources/migration.ts";
import { levelOf, type RuleLevels } from "./levels.ts";
import { createLocator, type Locator } from "./locator.ts";
import type { Blocks, Hit, LintFinding, LintRule } from "./rules/rule.ts";
import type { RawHit } from "./runRules.ts";

/** Findings of one rule in one file that are told one by one; the rest is counted. */
export const MAX_ALIKE = 25;

/** The findings, in the order of their places. */
export function placeHits(
  migration: Migration,
  hits: readonly RawHit[],
  levels: RuleLevels,
): LintFinding[] {
  const locator = createLocator(migration.sql);
  const placed = limited(hits).map(({ rule, hit }) =>
    toFinding({ migration, rule, hit, severity: severityOf(rule, hit, levels) }, locator),
  );
  return placed.toSorted((a, b) => a.bytes.start - b.bytes.start);
}

function severityOf(rule: LintRule, hit: Hit, levels: RuleLevels): LintFinding["severity"] {
  const level = levels[rule.id] ?? hit.severity ?? levelOf(rule, levels);
  return level === "off" ? "info" : level;
}

/** A file of 10,000 DELETEs needs no 10,000 warnings. */
function limited(hits: readonly RawHit[]): RawHit[] {
  const counts = new Map<LintRule, number>();
  for (const { rule } of hits) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const told = new Map<LintRule, number>();
  return hits.flatMap(({ rule, hit }) => {
    const before = told.get(rule) ?? 0;
    told.set(rule, before + 1);
    const more = (counts.get(rule) ?? 0) - MAX_ALIKE;
    if (before >= MAX_ALIKE) return [];
    if (before + 1 < MAX_ALIKE || more <= 0) return [{ rule, hit }];
    return [{ rule, hit: { ...hit, message: `${hit.message} (and ${more} more like it)` } }];
  });
}

interface Told {
  readonly migration: Migration;
  readonly rule: LintRule;
  readonly hit: Hit;
  readonly severity: LintFinding["severity"];
}

function toFinding({ migration, rule, hit, severity }: Told, locator: Locator): LintFinding {
  const { path, sql } = migration;
  const [from, to] = rangeOf(hit, sql, locator);
  const start = locator.place(from);
  const bytes = { start: locator.toBytes(from), end: locator.toBytes(to) };
  const inFile = { path, start, end: locator.place(to), bytes };
  const elsewhere = hit.path !== undefined && { path: hit.path, ...TOP };
  return {
    rule: rule.id,
    severity,
    message: hit.message,
    where: elsewhere ? `${hit.path}:1:1` : `${path}:${start.line}:${start.column}`,
    ...inFile,
    ...elsewhere,
    remedy: hit.remedy,
    ...(hit.lock && { lock: { ...hit.lock, blocks: blocksOf(hit.lock.mode) } }),
    ...((hit.grows ?? rule.grows) && { grows: hit.grows ?? rule.grows }),
    ...(hit.rewrite !== undefined && { rewrite: hit.rewrite }),
    doc: `docs/rules.md#${rule.id}`,
  };
}

const TOP = {
  start: { line: 1, column: 1 },
  end: { line: 1, column: 1 },
  bytes: { start: 0, end: 0 },
} as const;

/** In UTF-16 units: the token that a rule points at, else the statement, else the file's beginning. */
function rangeOf(hit: Hit, sql: string, locator: Locator): readonly [number, number] {
  const { at, unit, statement } = hit;
  if (unit !== undefined) return [unit, lineEnd(sql, unit)];
  if (at !== undefined) {
    const from = Math.min(locator.fromBytes(at), sql.length);
    return [from, tokenEnd(sql, from)];
  }
  if (!statement) return [0, 0];
  return [statement.offset, statement.offset + statement.sql.length];
}

function lineEnd(sql: string, from: number): number {
  const end = sql.indexOf("\n", from);
  return end < 0 ? sql.length : end;
}

/** Characters of a quoted or bare word that are looked through for its end. */
const TOKEN = 200;

function tokenEnd(sql: string, from: number): number {
  const rest = sql.slice(from, from + TOKEN);
  const token = /^(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[\w$\u0080-\uffff]+|\S)/u.exec(rest)?.[0] ?? "";
  return from + token.length;
}

/** Whom a lock of that mode holds off, in the words that people use. */
export function blocksOf(mode: LockMode): Blocks {
  const known = BLOCKS.get(mode);
  if (known) return known;
  const blocks = readBlocks(mode);
  BLOCKS.set(mode, blocks);
  return blocks;
}

const BLOCKS = new Map<LockMode, Blocks>();

function readBlocks(mode: LockMode): Blocks {
  const held = conflictsOf(mode);
  if (held.includes("AccessShareLock")) return "reads and writes";
  return held.includes("RowExclusiveLock") ? "writes" : "schema changes";
}
