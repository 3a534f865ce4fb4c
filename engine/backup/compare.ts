// What a restored database lacks, has too much of, or has otherwise, against what its backup says it holds.
import type { BackupTable } from "./manifest.ts";

/** A table whose row count differs. */
export interface RowDifference {
  readonly name: string;
  readonly expected: number;
  readonly actual: number;
}

/** How a restored database differs. */
export interface Comparison {
  /** Tables or columns that differ, in words. */
  readonly structure: string[];
  readonly rows: RowDifference[];
  /** Tables with as many rows as expected, which do not hold the same values. */
  readonly values: string[];
  /** Tables and rows that were compared and agree. */
  readonly tables: number;
  readonly rowsInAll: number;
  /** Tables whose rows were counted only, without a look at the values. */
  readonly countedOnly: number;
}

/**
 * Compares tables, columns, exact row counts and, where both sides have them, checksums; rows are left out where the backup holds
 * none.
 */
export function compareContents(
  expected: readonly BackupTable[],
  actual: readonly BackupTable[],
): Comparison {
  const structure: string[] = [];
  const rows: RowDifference[] = [];
  const values: string[] = [];
  let [rowsInAll, countedOnly] = [0, 0];
  const found = new Map(actual.map((table) => [table.name, table]));
  for (const table of expected) {
    const other = found.get(table.name);
    found.delete(table.name);
    if (other === undefined) {
      structure.push(`${table.name}: missing`);
      continue;
    }
    const difference = compareColumns(table.columns, other.columns);
    if (difference !== undefined) structure.push(`${table.name}: ${difference}`);
    if (table.rows === null) continue;
    const actualRows = other.rows ?? 0;
    if (actualRows !== table.rows) {
      rows.push({ name: table.name, expected: table.rows, actual: actualRows });
    } else {
      rowsInAll += table.rows;
      const isChecked = table.checksum !== undefined && other.checksum !== undefined;
      if (!isChecked) countedOnly += 1;
      else if (table.checksum !== other.checksum) values.push(table.name);
    }
  }
  for (const name of found.keys()) structure.push(`${name}: not in the backup`);
  const tables = expected.length - structure.length - rows.length - values.length;
  return { structure, rows, values, tables, rowsInAll, countedOnly };
}

/** All differences, a line each. */
export function describeDifferences({ structure, rows, values }: Comparison): string[] {
  return [
    ...structure,
    ...rows.map(({ name, expected, actual }) => `${name}: ${actual} rows instead of ${expected}`),
    ...values.map((name) => `${name}: as many rows, but not the same values`),
  ];
}

function compareColumns(
  expected: readonly string[],
  actual: readonly string[],
): string | undefined {
  if (expected.join("\n") === actual.join("\n")) return undefined;
  const missing = expected.filter((column) => !actual.includes(column));
  const extra = actual.filter((column) => !expected.includes(column));
  if (missing.length + extra.length === 0) return "its columns are in another order";
  return [
    ...missing.map((column) => `lacks column ${column}`),
    ...extra.map((column) => `has column ${column} too much`),
  ].join(", ");
}
