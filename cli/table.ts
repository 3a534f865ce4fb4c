// Rows in columns as wide as their widest cell.

/** Lines of a table, its last column unpadded; `indent` is put in front of each. */
export function tableLines(rows: readonly (readonly string[])[], indent = "  "): readonly string[] {
  const widths = rows.reduce<number[]>(
    (found, row) => row.map((cell, at) => Math.max(found[at] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    `${indent}${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd(),
  );
}
