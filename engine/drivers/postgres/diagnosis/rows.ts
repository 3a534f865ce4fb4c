// Rows that a constraint, a type or an expression does not let through.
import type { Entry } from "./entry.ts";

/** SQLSTATE classes 22 and 23. The queries show which rows; lockstep itself prints no row's values. */
export const ROWS: readonly Entry[] = [
  {
    id: "written-null",
    codes: ["23502"],
    when: { routine: /^Exec|^ReportNotNull/ },
    likely: [
      "a row that the file writes has no {column}",
      "a row that the file writes lacks a value",
    ],
    next: "give the column a value or a DEFAULT in the file",
  },
  {
    id: "null-rows",
    codes: ["23502"],
    ask: "rows",
    likely: [
      "existing rows of {table} hold NULL in {column}",
      "existing rows hold NULL where the change forbids it",
    ],
    next: [
      "fill those rows in an expand file first; how many there are:\n{offending}",
      "fill those rows in an expand file first",
    ],
  },
  {
    id: "written-duplicate",
    codes: ["23505"],
    when: { routine: /^_bt_check_unique|check_exclusion/ },
    likely: [
      "a row that the file writes is there already, by {constraint} on {table}",
      "a row that the file writes is there already",
    ],
    next: "use ON CONFLICT DO NOTHING or DO UPDATE, or leave out the rows that are there",
  },
  {
    id: "duplicate-rows",
    codes: ["23505"],
    ask: "rows",
    likely: ["existing rows of {table} hold duplicates", "existing rows hold duplicates"],
    next: [
      "settle them in an expand file first; this finds them:\n{offending}",
      "find them with GROUP BY ... HAVING count(*) > 1 and settle them first",
    ],
  },
  {
    id: "written-orphan",
    codes: ["23503"],
    when: { known: "written" },
    ask: "rows",
    likely:
      "a row that the file writes points to none, or one that it deletes is still pointed to ({constraint} on {table})",
    next: "write the rows that are pointed to before those that point, and delete them behind",
  },
  {
    id: "orphan-rows",
    codes: ["23503"],
    ask: "rows",
    likely: [
      "rows of {table} point to rows that are not there",
      "existing rows point to rows that are not there",
    ],
    next: [
      "settle those rows first, or add the key NOT VALID and validate it later; how many there are:\n{offending}",
      "settle those rows first, or add the key NOT VALID and validate it later",
    ],
  },
  {
    id: "no-partition",
    codes: ["23514"],
    when: { routine: /^ExecFindPartition|^check_default_partition/ },
    likely: ["no partition of {table} takes the row", "no partition takes the row"],
    next: "create the partition for it, or a DEFAULT one, before",
  },
  {
    id: "written-check",
    codes: ["23514"],
    when: { routine: /^ExecConstraints|^ExecEval|^domain_check/ },
    likely: [
      "a row that the file writes does not satisfy {constraint}",
      "a row that the file writes does not satisfy a check",
    ],
    next: "correct the values in the file",
  },
  {
    id: "check-rows",
    codes: ["23514"],
    ask: "rows",
    likely: [
      "existing rows of {table} do not satisfy {constraint}",
      "existing rows do not satisfy the check",
    ],
    next: [
      "settle those rows first, or add the check NOT VALID and validate it later; how many there are:\n{offending}",
      "settle those rows first, or add the check NOT VALID and validate it later",
    ],
  },
  {
    id: "excluded-rows",
    codes: ["23P01"],
    likely: ["rows of {table} exclude each other by {constraint}", "rows exclude each other"],
    next: "settle one of each pair first; the message's columns say by what they meet",
  },
  {
    id: "still-referenced",
    codes: ["23001"],
    likely: "other rows still point to what is deleted",
    next: "delete or redirect those rows before",
  },
  {
    id: "values-do-not-fit",
    codes: ["22P02", "22003", "22001", "22007", "22008"],
    ask: "rows",
    likely: [
      "rows of {table} hold values in {column} that {type} cannot take",
      "a value does not fit the type it is to become",
    ],
    next: [
      "settle those rows in an expand file first; how many there are:\n{offending}",
      "find the values that do not fit and settle them first, or choose a type that takes them",
    ],
  },
  {
    id: "division-by-zero",
    codes: ["22012"],
    likely: "an expression of the file divides by a value that is 0 in some row",
    next: "write the divisor as nullif(x, 0), or leave such rows out",
  },
  {
    id: "encoding",
    codes: ["22021", "22P05"],
    likely:
      "a text holds bytes that the database's encoding has no character for: a file or a column in another encoding, or a zero byte",
    next: "save the file as UTF-8; for stored bytes say their encoding: convert_from(bytes, 'LATIN1')",
  },
  {
    id: "bad-argument",
    codes: ["22023", "22004", "22P01", "2200G"],
    likely: "a function, setting or type was given a value that it does not take",
    next: "mend the value that the message names",
  },
];
