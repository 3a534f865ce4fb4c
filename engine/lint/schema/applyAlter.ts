// Follows ALTER TABLE: columns, constraints and partitions that come, change and go.
import type { AlterTableStmt, ColumnDef, Constraint, Node } from "@pgsql/types";
import { constraintsOf, hasDefault, isNotNull, isSerial } from "../columns.ts";
import { relationName, typeText, withoutPublic } from "../names.ts";
import type { AlterPart } from "../rules/rule.ts";
import { alterParts } from "../tree.ts";
import { readConstraint } from "./constraints.ts";
import { tableOf, type ColumnFacts, type Schema, type TableFacts } from "./schema.ts";

/** Changes the table that `statement` names, where the files tell of it. */
export function applyAlter(schema: Schema, statement: AlterTableStmt): void {
  for (const part of alterParts(statement)) {
    const table = tableOf(schema, part.table) ?? unseenTable(schema, part.table);
    applyPart(schema, table, part);
  }
}

/** A table that no file made: what is told of it is kept all the same. */
function unseenTable(schema: Schema, name: string): TableFacts {
  const key = withoutPublic(name);
  const table: TableFacts = {
    name: key,
    isComplete: false,
    columns: new Map(),
    constraints: new Map(),
    hasDefaultPartition: false,
    policies: 0,
    release: -1,
  };
  schema.tables.set(key, table);
  return table;
}

function applyPart(schema: Schema, table: TableFacts, part: AlterPart): void {
  const { command, name, column, constraint } = part;
  const known = table.columns.get(name);
  switch (command.subtype) {
    case "AT_AddColumn":
      if (column && !(command.missing_ok && table.columns.has(column.colname ?? "")))
        addColumn(schema, table, column);
      return;
    case "AT_DropColumn":
      dropColumn(schema, table, name);
      return;
    case "AT_AlterColumnType":
      if (known && column) {
        known.type = typeText(column.typeName);
        known.modifiers = modifiersOf(column);
      }
      return;
    case "AT_ColumnDefault":
      if (known) known.hasDefault = !!command.def;
      return;
    case "AT_SetNotNull":
      if (known) known.notNull = true;
      return;
    case "AT_DropNotNull":
      if (known) known.notNull = false;
      return;
    case "AT_AddConstraint":
      if (constraint) noteConstraint(schema, table, { constraint });
      return;
    case "AT_ValidateConstraint": {
      const found = table.constraints.get(name);
      if (found) found.validated = true;
      return;
    }
    case "AT_DropConstraint":
      table.constraints.delete(name);
      for (const [key, index] of schema.indexes)
        if (index.constraint === name && index.table === table.name) schema.indexes.delete(key);
      return;
    case "AT_AttachPartition":
      attach(schema, table, part);
      return;
    default:
  }
}

function attach(schema: Schema, table: TableFacts, { command }: AlterPart): void {
  if (!command.def || !("PartitionCmd" in command.def)) return;
  const { name, bound } = command.def.PartitionCmd;
  const child = tableOf(schema, relationName(name));
  if (child) child.partitionOf = table.name;
  if (bound?.is_default) table.hasDefaultPartition = true;
}

/** Adds a column with the constraints behind it. */
export function addColumn(schema: Schema, table: TableFacts, column: ColumnDef): void {
  const name = column.colname ?? "?";
  const constraints = constraintsOf(column);
  const facts: ColumnFacts = {
    name,
    type: typeText(column.typeName),
    modifiers: modifiersOf(column),
    notNull: isNotNull(column),
    hasDefault: hasDefault(column),
    source: sourceOf(column, constraints),
    release: schema.release,
  };
  table.columns.set(name, facts);
  for (const constraint of constraints) noteConstraint(schema, table, { constraint, column: name });
}

function sourceOf(column: ColumnDef, constraints: readonly Constraint[]): ColumnFacts["source"] {
  if (isSerial(column)) return "serial";
  if (constraints.some(({ contype }) => contype === "CONSTR_IDENTITY")) return "identity";
  if (constraints.some(({ contype }) => contype === "CONSTR_GENERATED")) return "generated";
  return "plain";
}

/** The whole numbers behind a type: 20 for varchar(20), 10 and 2 for numeric(10, 2). */
export function modifiersOf({ typeName }: ColumnDef): readonly number[] {
  return (typeName?.typmods ?? []).flatMap((node: Node) =>
    "A_Const" in node && node.A_Const.ival ? (node.A_Const.ival.ival ?? 0) : [],
  );
}

/** Adds a constraint, and the index that comes with it; `column`: it stands behind that column. */
export function noteConstraint(
  schema: Schema,
  table: TableFacts,
  { constraint, column }: { readonly constraint: Constraint; readonly column?: string },
): void {
  if (constraint.contype === "CONSTR_NOTNULL") {
    for (const key of constraint.keys ?? []) {
      const known = "String" in key && table.columns.get(key.String.sval ?? "");
      if (known) known.notNull = true;
    }
    return;
  }
  const used = constraint.indexname ? schema.indexes.get(constraint.indexname) : undefined;
  const read = readConstraint(constraint, table.name, column);
  if (!read) return;
  const facts = { ...read, columns: used?.columns ?? read.columns };
  const name = constraint.conname ?? constraint.indexname ?? facts.name;
  table.constraints.set(name, { ...facts, name });
  const builds = ["primary", "unique", "exclusion"].includes(facts.kind);
  if (facts.kind === "primary") {
    for (const key of facts.columns) {
      const known = table.columns.get(key);
      if (known) known.notNull = true;
    }
  }
  if (!builds) return;
  if (used && constraint.indexname) schema.indexes.delete(constraint.indexname);
  schema.indexes.set(name, {
    name,
    table: table.name,
    columns: facts.columns,
    unique: facts.kind !== "exclusion",
    partial: false,
    method: facts.kind === "exclusion" ? (constraint.access_method ?? "gist") : "btree",
    constraint: name,
  });
}

function dropColumn(schema: Schema, table: TableFacts, name: string): void {
  table.columns.delete(name);
  for (const [key, { columns }] of table.constraints)
    if (columns.includes(name)) table.constraints.delete(key);
  for (const [key, index] of schema.indexes)
    if (index.table === table.name && index.columns.includes(name)) schema.indexes.delete(key);
}
