// What the tables' sizes add to findings: how large, and whether that is worth a warning at all.
import { formatBytes } from "../backup/space.ts";
import type { TableFact, TableFacts } from "../plan/tableFact.ts";
import type { RuleLevels } from "./levels.ts";
import type { LintFinding } from "./rules/rule.ts";

/**
 * A table with its indexes up to this size is read, or written anew, within the 50 ms that lockstep's first ask for a lock may hold
 * others up: at 25 MiB/s, which `estimate.ts` takes for a rewrite, in 40. In bytes.
 */
export const TINY_BYTES = 1024 * 1024;

/** The tables whose sizes the findings could say, as the files name them. */
export function sizedTables(findings: readonly LintFinding[]): readonly string[] {
  const names = findings.flatMap(({ grows, lock }) => (lock && grows ? [lock.table] : []));
  return [...new Set(names)];
}

/**
 * The findings with the sizes of `tables`. A warning on a tiny table becomes a note, unless `levels` set the rule's
 * level: then somebody wants to hear it.
 */
export function withSizes(
  findings: readonly LintFinding[],
  tables: TableFacts,
  levels: RuleLevels,
): readonly LintFinding[] {
  return findings.map((finding) => {
    const { grows, lock } = finding;
    const fact = grows && lock && tables.get(lock.table);
    if (!fact) return finding;
    const isTiny = grows === "alone" && fact.totalBytes <= TINY_BYTES;
    const isLess = isTiny && finding.severity === "warning" && levels[finding.rule] === undefined;
    return {
      ...finding,
      severity: isLess ? "info" : finding.severity,
      message: `${finding.message} (${sizeOf(fact)}${isTiny ? ": a moment" : ""})`,
      size: { rows: fact.rows ?? null, bytes: fact.totalBytes },
    };
  });
}

function sizeOf({ rows, totalBytes }: TableFact): string {
  const size = `${formatBytes(totalBytes)} with indexes`;
  return rows === undefined ? size : `some ${Math.round(rows).toLocaleString("en")} rows, ${size}`;
}
