// Objects that are there already, that are missing, that others depend on, or that are of another kind.
import type { Entry } from "./entry.ts";

const BASELINE =
  "where the file was applied by hand and the ledger is still empty, record it with `lockstep baseline --through NN`";

/** SQLSTATE classes 42, 2B and 3F: definitions that do not fit what is there. */
export const OBJECTS: readonly Entry[] = [
  {
    id: "duplicate-relation",
    codes: ["42P07"],
    ask: "elsewhere",
    likely: [
      "{existing} is there already: it was made by hand or by another tool",
      "the object is there already: it was made by hand or by another tool",
    ],
    next: `compare it with what the file makes; then drop it or use IF NOT EXISTS; ${BASELINE}`,
  },
  {
    id: "duplicate-column",
    codes: ["42701"],
    ask: "statement",
    likely: [
      "{table} has the column already: it was added by hand or by another tool",
      "the column is there already: it was added by hand or by another tool",
    ],
    next: `compare it with what the file adds; then use ADD COLUMN IF NOT EXISTS or drop it; ${BASELINE}`,
  },
  {
    id: "duplicate-object",
    codes: ["42710", "42723", "42P06", "42P04"],
    likely: "an object of this name is there already: it was made by hand or by another tool",
    next: `compare it with what the file makes; then drop it, or use IF NOT EXISTS or OR REPLACE where the statement has it; ${BASELINE}`,
  },
  {
    id: "second-primary-key",
    codes: ["42P16"],
    when: { routine: /primary_key/i },
    ask: "statement",
    likely: ["{table} has a primary key already", "the table has a primary key already"],
    next: "take its present key away in the same file first (DROP CONSTRAINT), or leave this one out",
  },
  {
    id: "missing-relation",
    codes: ["42P01"],
    ask: "elsewhere",
    likely: [
      "it is in a schema that the search_path ({searchPath}) does not have: {elsewhere}",
      "a table or view that the statement names does not exist in the search_path",
    ],
    next: [
      "write it as {elsewhere}",
      "check the name and its schema, and that the file that creates it comes before",
    ],
  },
  {
    id: "missing-column",
    codes: ["42703"],
    likely: "a column that the statement names does not exist",
    next: "check the name, and that the file that adds it comes before",
  },
  {
    id: "missing-schema",
    codes: ["3F000"],
    likely: "a schema that the statement names does not exist",
    next: "check the name, and that a file that creates it (CREATE SCHEMA) comes before",
  },
  {
    id: "missing-function",
    codes: ["42883"],
    ask: "elsewhere",
    likely: [
      "it is in a schema that the search_path ({searchPath}) does not have: {elsewhere}",
      "it belongs to the extension {extension}, which this database has not",
      "no function or operator of this name takes arguments of these types",
    ],
    next: [
      "write it as {elsewhere}",
      "put this before it, in an expand file:\nCREATE EXTENSION IF NOT EXISTS {extension};",
      "check the name and cast the arguments, and that the file that creates it comes before",
    ],
  },
  {
    id: "missing-tablespace",
    codes: ["42704"],
    when: { routine: /tablespace/ },
    likely:
      "this server has no tablespace of that name: one belongs to a whole server, not to a database",
    next: "as a superuser, with a folder of the server's user: CREATE TABLESPACE ... LOCATION '/...'; or leave TABLESPACE out",
  },
  {
    id: "missing-role",
    codes: ["42704"],
    when: { routine: /get_role|rolespec/i },
    likely:
      "this server has no role of that name: roles belong to a whole server, and no database's copy has them",
    next: "as an administrator: CREATE ROLE with the name from the message; then run the same command again",
  },
  {
    id: "missing-setting",
    codes: ["42704"],
    when: { routine: /^(set_config|assignable_custom|find_option|GetConfigOption|ShowGUC)/ },
    likely: [
      "PostgreSQL {version} has no setting of that name",
      "the server has no setting of that name",
    ],
    next: "check the name against the server's version; an extension's settings have its name and a dot before them",
  },
  {
    id: "missing-object",
    codes: ["42704"],
    ask: "elsewhere",
    likely: [
      "it is in a schema that the search_path ({searchPath}) does not have: {elsewhere}",
      "it belongs to the extension {extension}, which this database has not",
      "a type, constraint or other object that the statement names does not exist",
    ],
    next: [
      "write it as {elsewhere}",
      "put this before it, in an expand file:\nCREATE EXTENSION IF NOT EXISTS {extension};",
      "check the name and its schema, and that the file that creates it comes before",
    ],
  },
  {
    id: "dependent-objects",
    codes: ["2BP01"],
    ask: "dependants",
    likely: "other objects depend on what is dropped",
    next: [
      "drop the listed objects first, in a file of their own (CASCADE would hide what is lost), and make anew what is still wanted:\n{drops}",
      "drop the listed objects first, in a file of their own; CASCADE would hide what is lost",
    ],
  },
  {
    id: "view-on-column",
    codes: ["0A000"],
    // The first since PostgreSQL 17, the second before.
    when: { routine: /^(RememberAllDependentForRebuilding|ATExecAlterColumnType)/ },
    ask: "dependants",
    likely: "a view, rule, trigger or policy uses the column whose type changes",
    next: [
      "drop what uses the column before, in the same file, and make it anew behind:\n{drops}",
      "drop what uses the column before, in the same file, and make it anew behind",
    ],
  },
  {
    id: "wrong-kind",
    codes: ["42809"],
    likely:
      "the object is of another kind than the statement is for (a view is no table, a partition no index)",
    next: "use the statement of its kind: ALTER VIEW, ALTER INDEX, ALTER MATERIALIZED VIEW",
  },
  {
    id: "no-automatic-cast",
    codes: ["42804"],
    ask: "statement",
    likely: "PostgreSQL does not turn the one type into the other by itself",
    next: [
      "say how: ALTER COLUMN {column} TYPE {type} USING {column}::{type}; the table is rewritten under an exclusive lock, so a new column with a backfill is the safer way",
      "say how, with a cast or USING",
    ],
  },
  {
    id: "no-unique-key",
    codes: ["42830"],
    likely: "a foreign key must point to a primary key or to columns with a UNIQUE constraint",
    next: "make the referenced columns unique before, or correct which they are",
  },
  {
    id: "not-immutable",
    codes: ["42P17"],
    when: { words: /IMMUTABLE/ },
    likely:
      "an index's or generated column's expression may only depend on the row: now(), a time zone or a lookup may not be in it",
    next: "use an immutable expression, for example (created_at AT TIME ZONE 'UTC'), or a partial index with a fixed date",
  },
  {
    id: "invalid-definition",
    codes: ["42P16", "42P17", "42P10", "42611", "428C9"],
    likely: "the definition contradicts itself or what is there",
    next: "mend the file as the message says",
  },
  {
    id: "collation-mismatch",
    codes: ["42P21", "42P22"],
    likely:
      "two texts of different collations are compared or joined, and nothing says which of them counts",
    next: 'say it at the expression: ... COLLATE "C", or the collation of the column',
  },
  {
    id: "syntax",
    codes: ["42601"],
    likely: [
      "the SQL is not what the grammar of PostgreSQL {version} allows; the file was read by that of 18, which knows more",
      "the SQL is not what PostgreSQL's grammar allows",
    ],
    next: "mend the file: write it for the oldest server that it will meet",
    ask: "settings",
  },
];
