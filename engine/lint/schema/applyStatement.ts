// Follows what statements do to the schema, one after the other.
import type { CreateFunctionStmt, CreateStmt, DropStmt, IndexStmt, Node } from "@pgsql/types";
import { dotted, objectName, relationName, withoutPublic } from "../names.ts";
import { optionsOf, optionText, tableConstraints } from "../tree.ts";
import { addColumn, applyAlter, noteConstraint } from "./applyAlter.ts";
import { applyRename } from "./applyRename.ts";
import { tableOf, type RoutineFacts, type Schema, type TableFacts } from "./schema.ts";

/** Changes `schema` as the statement `node` with the text `sql` changes the database. What it doesn't know it leaves out. */
export function applyStatement(schema: Schema, node: Node, sql: string): void {
  if ("CreateStmt" in node) createTable(schema, node.CreateStmt);
  else if ("AlterTableStmt" in node) applyAlter(schema, node.AlterTableStmt);
  else if ("IndexStmt" in node) createIndex(schema, node.IndexStmt);
  else if ("DropStmt" in node) drop(schema, node.DropStmt);
  else if ("RenameStmt" in node) applyRename(schema, node.RenameStmt);
  else if ("CreateTableAsStmt" in node) {
    noteTable(schema, relationName(node.CreateTableAsStmt.into?.rel), false);
  } else if ("SelectStmt" in node && node.SelectStmt.intoClause) {
    noteTable(schema, relationName(node.SelectStmt.intoClause.rel), false);
  } else if ("ViewStmt" in node) {
    schema.views.set(withoutPublic(relationName(node.ViewStmt.view)), sql);
  } else if ("CreateFunctionStmt" in node) createRoutine(schema, node.CreateFunctionStmt);
  else if ("CreateTrigStmt" in node) {
    const { trigname = "?", relation, funcname } = node.CreateTrigStmt;
    const table = withoutPublic(relationName(relation));
    const routine = withoutPublic(dotted(funcname));
    schema.triggers.set(`${table}.${trigname}`, { name: trigname, table, routine });
  } else if ("CreatePolicyStmt" in node) {
    const table = tableOf(schema, relationName(node.CreatePolicyStmt.table));
    if (table) table.policies += 1;
  } else if ("CreateDomainStmt" in node) {
    const { domainname, constraints = [] } = node.CreateDomainStmt;
    if (constraints.length > 0) schema.strictDomains.add(withoutPublic(dotted(domainname)));
  } else if ("AlterDomainStmt" in node && /^[CO]$/.test(node.AlterDomainStmt.subtype ?? "")) {
    schema.strictDomains.add(withoutPublic(dotted(node.AlterDomainStmt.typeName)));
  }
}

function noteTable(schema: Schema, name: string, isComplete: boolean): TableFacts {
  const key = withoutPublic(name);
  const table: TableFacts = {
    name: key,
    isComplete,
    columns: new Map(),
    constraints: new Map(),
    hasDefaultPartition: false,
    policies: 0,
    release: schema.release,
  };
  schema.tables.set(key, table);
  return table;
}

function createTable(schema: Schema, statement: CreateStmt): void {
  const { relation, inhRelations = [], partspec, partbound } = statement;
  const name = relationName(relation);
  // With IF NOT EXISTS it may be the old one that stays.
  if (statement.if_not_exists && tableOf(schema, name)) return;
  const parts = partspec?.partParams ?? [];
  const key = parts.flatMap((node) =>
    "PartitionElem" in node ? (node.PartitionElem.name ?? "(...)") : [],
  );
  const [parent] = inhRelations;
  const partitionOf =
    partbound && parent && "RangeVar" in parent
      ? withoutPublic(relationName(parent.RangeVar))
      : undefined;
  const isPlain = inhRelations.length === 0 && !statement.ofTypename && !hasLike(statement);
  const table: TableFacts = {
    ...noteTable(schema, name, isPlain),
    ...(partspec && { partitionKey: key }),
    ...(partitionOf !== undefined && { partitionOf }),
  };
  schema.tables.set(table.name, table);
  const above = partitionOf === undefined ? undefined : schema.tables.get(partitionOf);
  if (above && partbound?.is_default) above.hasDefaultPartition = true;
  for (const element of statement.tableElts ?? []) {
    if ("ColumnDef" in element) addColumn(schema, table, element.ColumnDef);
  }
  for (const constraint of tableConstraints(statement))
    noteConstraint(schema, table, { constraint });
}

function hasLike({ tableElts = [] }: CreateStmt): boolean {
  return tableElts.some((element) => "TableLikeClause" in element);
}

/** The columns of an index, `(...)` for an expression. */
export function indexColumns({ indexParams = [] }: IndexStmt): readonly string[] {
  return indexParams.flatMap((node) =>
    "IndexElem" in node ? (node.IndexElem.name ?? "(...)") : [],
  );
}

function createIndex(schema: Schema, statement: IndexStmt): void {
  const { relation, idxname, whereClause, unique, accessMethod = "btree" } = statement;
  const table = withoutPublic(relationName(relation));
  const columns = indexColumns(statement);
  const name = idxname ?? [table.split(".").at(-1) ?? table, ...columns, "idx"].join("_");
  // An index lies in its table's schema.
  const key = withoutPublic(relationName({ ...relation, relname: name }));
  if (statement.if_not_exists && schema.indexes.has(key)) return;
  schema.indexes.set(key, {
    name,
    table,
    columns,
    unique: !!unique,
    partial: !!whereClause,
    method: accessMethod,
  });
}

function createRoutine(schema: Schema, statement: CreateFunctionStmt): void {
  const name = withoutPublic(dotted(statement.funcname));
  const options = optionsOf(statement.options);
  const told = optionText(options.get("volatility"));
  const volatility: RoutineFacts["volatility"] =
    told === "immutable" || told === "stable" ? told : "volatile";
  schema.routines.set(name, { name, body: optionText(options.get("as")), volatility });
}

function drop(schema: Schema, statement: DropStmt): void {
  for (const object of statement.objects ?? []) {
    const name = withoutPublic(objectName(object));
    if (statement.removeType === "OBJECT_TABLE") dropTable(schema, name);
    else if (statement.removeType === "OBJECT_INDEX") schema.indexes.delete(name);
    else if (statement.removeType === "OBJECT_TRIGGER") schema.triggers.delete(name);
    else if (statement.removeType === "OBJECT_VIEW") schema.views.delete(name);
    else if (statement.removeType === "OBJECT_POLICY") {
      const table = tableOf(schema, name.slice(0, name.lastIndexOf(".")));
      if (table) table.policies -= 1;
    } else if (/FUNCTION|PROCEDURE|ROUTINE/.test(statement.removeType ?? "")) {
      dropRoutine(schema, name.replace(/\(.*$/, ""), statement.behavior === "DROP_CASCADE");
    }
  }
}

function dropTable(schema: Schema, name: string): void {
  schema.tables.delete(name);
  for (const [key, index] of schema.indexes) if (index.table === name) schema.indexes.delete(key);
  for (const [key, trigger] of schema.triggers)
    if (trigger.table === name) schema.triggers.delete(key);
}

function dropRoutine(schema: Schema, name: string, cascades: boolean): void {
  schema.routines.delete(name);
  if (!cascades) return;
  for (const [key, trigger] of schema.triggers)
    if (trigger.routine === name) schema.triggers.delete(key);
}
