// CREATE and DROP of what is no table and no part of one: types, views, functions, triggers, policies, comments.
import pg from "pg";
import { type Definition, type Definitions, partsOf } from "./definition.ts";
import { createSequence } from "./writeSequence.ts";
import { constraintText, createTable } from "./writeTable.ts";

type Writer = (one: Definition, all: Definitions) => readonly string[];

const CREATE: Readonly<Record<string, Writer>> = {
  schema: ({ name }) => [`CREATE SCHEMA ${name}`],
  extension: ({ name, parts }) => [
    `CREATE EXTENSION ${name}${parts.schema === undefined || parts.schema === "public" ? "" : ` SCHEMA ${parts.schema}`}`,
  ],
  table: createTable,
  constraint: (one) => [`ALTER TABLE ${one.of} ADD ${constraintText(one)}`],
  index: ({ parts }) => [parts.definition ?? ""],
  sequence: ({ name, parts }) => [createSequence(name, parts)],
  statistics: ({ parts }) => [parts.definition ?? ""],
  function: ({ parts }) => [asCreate(parts.definition ?? "")],
  procedure: ({ parts }) => [asCreate(parts.definition ?? "")],
  view: ({ name, parts }) => [
    `CREATE VIEW ${name}${viewOptions(parts.options)} AS\n${parts.definition ?? ""}`,
  ],
  "materialized view": ({ name, parts }) => [
    `CREATE MATERIALIZED VIEW ${name}${viewOptions(parts.options)} AS\n${parts.definition ?? ""}`,
  ],
  "composite type": ({ name }, all) => [
    `CREATE TYPE ${name} AS (${partsOf(all, name, "column").map(attribute).join(", ")})`,
  ],
  enum: ({ name, parts }) => [
    `CREATE TYPE ${name} AS ENUM (${enumValues(parts.values)
      .map((value) => pg.escapeLiteral(value))
      .join(", ")})`,
  ],
  domain: ({ name, parts }) => [createDomain(name, parts)],
  trigger: ({ of, parts }) => [
    parts.definition ?? "",
    ...(parts.enabled === undefined
      ? []
      : [`ALTER TABLE ${of} ${parts.enabled} TRIGGER ${parts.trigger ?? ""}`]),
  ],
  rule: ({ of, parts }) => [
    parts.definition ?? "",
    ...(parts.enabled === undefined
      ? []
      : [`ALTER TABLE ${of} ${parts.enabled} RULE ${parts.rule ?? ""}`]),
  ],
  policy: ({ of, parts }) => [createPolicy(of, parts)],
  comment: ({ parts }) => [commentOn(parts, pg.escapeLiteral(parts.text ?? ""))],
};

const DROP: Readonly<Record<string, (one: Definition) => string>> = {
  schema: ({ name }) => `DROP SCHEMA ${name}`,
  extension: ({ name }) => `DROP EXTENSION ${name}`,
  table: ({ name }) => `DROP TABLE ${name}`,
  constraint: ({ of, parts }) => `ALTER TABLE ${of} DROP CONSTRAINT ${parts.constraint ?? ""}`,
  index: ({ name }) => `DROP INDEX ${name}`,
  sequence: ({ name }) => `DROP SEQUENCE ${name}`,
  statistics: ({ name }) => `DROP STATISTICS ${name}`,
  function: ({ name }) => `DROP FUNCTION ${name}`,
  procedure: ({ name }) => `DROP PROCEDURE ${name}`,
  view: ({ name }) => `DROP VIEW ${name}`,
  "materialized view": ({ name }) => `DROP MATERIALIZED VIEW ${name}`,
  "composite type": ({ name }) => `DROP TYPE ${name}`,
  enum: ({ name }) => `DROP TYPE ${name}`,
  domain: ({ name }) => `DROP DOMAIN ${name}`,
  trigger: ({ of, parts }) => `DROP TRIGGER ${parts.trigger ?? ""} ON ${of}`,
  rule: ({ of, parts }) => `DROP RULE ${parts.rule ?? ""} ON ${of}`,
  policy: ({ of, parts }) => `DROP POLICY ${parts.policy ?? ""} ON ${of}`,
  comment: ({ parts }) => commentOn(parts, "NULL"),
};

/** Whether statements for objects of this kind can be written; a column is part of its table. */
export function isWritable(kind: string): boolean {
  return kind in CREATE;
}

/** The statements that make the object. */
export function create(one: Definition, all: Definitions): readonly string[] {
  return CREATE[one.kind]?.(one, all) ?? [];
}

/** The statement that drops it. */
export function drop(one: Definition): string {
  return DROP[one.kind]?.(one) ?? "";
}

/** `CREATE OR REPLACE`, as the server prints functions, for one that is not there yet. */
function asCreate(definition: string): string {
  return definition.replace(/^CREATE OR REPLACE/, "CREATE");
}

/** ` WITH (…)` of a view; nothing where it has no options. */
export function viewOptions(options: string | undefined): string {
  return options === undefined ? "" : ` WITH (${options})`;
}

function attribute({ parts }: Definition): string {
  const collation = parts.collation === undefined ? "" : ` COLLATE ${parts.collation}`;
  return `${parts.column ?? ""} ${parts.type ?? ""}${collation}`;
}

/** The values of an enum in their order. */
export function enumValues(json: string | undefined): readonly string[] {
  return json === undefined ? [] : (JSON.parse(json) as readonly string[]);
}

/** A domain's checks by their names. */
export function domainChecks(json: string | undefined): Readonly<Record<string, string>> {
  return json === undefined ? {} : (JSON.parse(json) as Readonly<Record<string, string>>);
}

function createDomain(name: string, parts: Definition["parts"]): string {
  return [
    `CREATE DOMAIN ${name} AS ${parts.type ?? ""}`,
    ...(parts.collation === undefined ? [] : [`COLLATE ${parts.collation}`]),
    ...(parts.default === undefined ? [] : [`DEFAULT ${parts.default}`]),
    ...(parts.notNull ? ["NOT NULL"] : []),
    ...Object.entries(domainChecks(parts.checks)).map(
      ([check, text]) => `CONSTRAINT ${check} ${text}`,
    ),
  ].join(" ");
}

function createPolicy(table: string, parts: Definition["parts"]): string {
  return [
    `CREATE POLICY ${parts.policy ?? ""} ON ${table}`,
    ...(parts.restrictive ? ["AS RESTRICTIVE"] : []),
    `FOR ${parts.command ?? "ALL"} TO ${parts.roles ?? "PUBLIC"}`,
    ...(parts.using === undefined ? [] : [`USING (${parts.using})`]),
    ...(parts.check === undefined ? [] : [`WITH CHECK (${parts.check})`]),
  ].join(" ");
}

/** What pg_identify_object calls things, where COMMENT ON has another word. */
const COMMENTED: Readonly<Record<string, string>> = {
  "table column": "COLUMN",
  "view column": "COLUMN",
  "materialized view column": "COLUMN",
  "composite type column": "COLUMN",
  "foreign table column": "COLUMN",
  "table constraint": "CONSTRAINT",
  "composite type": "TYPE",
  "statistics object": "STATISTICS",
};

function commentOn({ type = "", identity = "" }: Definition["parts"], text: string): string {
  const name = type === "domain constraint" ? identity.replace(" on ", " ON DOMAIN ") : identity;
  const word =
    COMMENTED[type] ?? (type === "domain constraint" ? "CONSTRAINT" : type.toUpperCase());
  return `COMMENT ON ${word} ${name} IS ${text}`;
}
