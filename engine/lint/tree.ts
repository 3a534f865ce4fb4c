// Ways through a parse tree that several rules take.
import type { AlterTableStmt, Constraint, CreateStmt, DefElem, Node, RangeVar } from "@pgsql/types";
import { constraintsOf } from "./columns.ts";
import { relationName, strings, typeText } from "./names.ts";
import type { AlterPart, ColumnPart } from "./rules/rule.ts";

/** The parts of an ALTER TABLE; none for views, indexes, types and their like. */
export function alterParts(statement: AlterTableStmt): readonly AlterPart[] {
  if (statement.objtype !== "OBJECT_TABLE") return [];
  const table = relationName(statement.relation);
  return (statement.cmds ?? []).flatMap((node) => {
    if (!("AlterTableCmd" in node)) return [];
    const command = node.AlterTableCmd;
    const { def, name = "" } = command;
    return {
      table,
      relation: statement.relation,
      command,
      name,
      column: def && "ColumnDef" in def ? def.ColumnDef : undefined,
      constraint: def && "Constraint" in def ? def.Constraint : undefined,
    };
  });
}

/** The columns that a statement defines. */
export function columnParts(node: Node): readonly ColumnPart[] {
  if ("CreateStmt" in node) return createdColumns(node.CreateStmt);
  if (!("AlterTableStmt" in node)) return [];
  return alterParts(node.AlterTableStmt).flatMap(({ table, command, column }) =>
    command.subtype === "AT_AddColumn" && column
      ? { ...describe(table, column), isAdded: true }
      : [],
  );
}

function createdColumns({ relation, tableElts }: CreateStmt): readonly ColumnPart[] {
  const table = relationName(relation);
  return (tableElts ?? []).flatMap((node) =>
    "ColumnDef" in node ? { ...describe(table, node.ColumnDef), isAdded: false } : [],
  );
}

function describe(table: string, column: ColumnPart["column"]): Omit<ColumnPart, "isAdded"> {
  return {
    table,
    name: column.colname ?? "?",
    type: typeText(column.typeName),
    column,
    constraints: constraintsOf(column),
  };
}

/** The constraints that CREATE TABLE lists beside its columns. */
export function tableConstraints({ tableElts, constraints }: CreateStmt): readonly Constraint[] {
  return [...(tableElts ?? []), ...(constraints ?? [])].flatMap((node) =>
    "Constraint" in node ? node.Constraint : [],
  );
}

/** The columns of a foreign key, a unique constraint or a primary key. */
export function constraintColumns({ fk_attrs: foreign, keys }: Constraint): readonly string[] {
  return strings(foreign ?? keys);
}

/** The options of a statement by name. */
export function optionsOf(nodes: readonly Node[] | undefined): ReadonlyMap<string, DefElem> {
  return new Map(
    (nodes ?? []).flatMap((node) =>
      "DefElem" in node ? [[node.DefElem.defname ?? "", node.DefElem] as const] : [],
    ),
  );
}

/** The text of an option: a word, a number, or nothing where it stands alone. */
export function optionText(element: DefElem | undefined): string {
  const arg = element?.arg;
  if (!arg) return "";
  if ("String" in arg) return arg.String.sval ?? "";
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  if ("Boolean" in arg) return String(arg.Boolean.boolval ?? false);
  if ("TypeName" in arg) return typeText(arg.TypeName);
  if ("List" in arg) return strings(arg.List.items).join(" ");
  return "";
}

/** Calls `visit` with each object of a tree and its key, from the outside in; iterative, so that depth costs no stack. */
export function walk(tree: unknown, visit: (key: string, body: object) => void): void {
  // Two stacks in step, without an object for each node: rules walk every tree.
  const keys = [""];
  const values: unknown[] = [tree];
  while (values.length > 0) {
    const key = keys.pop() ?? "";
    const value = values.pop();
    if (typeof value !== "object" || value === null) continue;
    visit(key, value);
    const members = value as Readonly<Record<string, unknown>>;
    const names = Object.keys(members);
    for (let at = names.length - 1; at >= 0; at--) {
      const name = names[at] ?? "";
      const member = members[name];
      if (typeof member !== "object") continue;
      keys.push(name);
      values.push(member);
    }
  }
}

/** All bodies of nodes with that tag in a tree. */
export function findAll(tree: unknown, tag: string): readonly Readonly<Record<string, unknown>>[] {
  const found: Readonly<Record<string, unknown>>[] = [];
  walk(tree, (kind, body) => {
    if (kind === tag) found.push(body as Readonly<Record<string, unknown>>);
  });
  return found;
}

/** The bare names of all relations in a tree. */
export function relationsIn(tree: unknown): readonly string[] {
  return rangeVars(tree).map(({ relname = "" }) => relname);
}

/** The names of all relations in a tree, with schemas where they are written. */
export function relationNames(tree: unknown): readonly string[] {
  return rangeVars(tree).map(relationName);
}

function rangeVars(tree: unknown): readonly RangeVar[] {
  const found: RangeVar[] = [];
  // A RangeVar lies under different keys, so it is known by its field.
  walk(tree, (_, body) => {
    if ("relname" in body) found.push(body as RangeVar);
  });
  return found;
}

/** The columns that an expression names. */
export function columnsIn(tree: unknown): readonly string[] {
  return findAll(tree, "ColumnRef").flatMap((body) => strings(body.fields as Node[]).slice(-1));
}

/** The value of a constant as text, undefined for anything else. */
export function constantText(node: Node | undefined): string | undefined {
  if (!node || !("A_Const" in node)) return undefined;
  const { sval, ival, fval, boolval } = node.A_Const;
  if (sval) return sval.sval ?? "";
  if (ival) return String(ival.ival ?? 0);
  if (fval) return fval.fval ?? "";
  return boolval ? String(boolval.boolval ?? false) : undefined;
}

/** A name as SQL has it: quoted where it must be. */
export function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `schema.table` likewise. */
export function quoteTable(table: string): string {
  return table.split(".").map(quoteName).join(".");
}
