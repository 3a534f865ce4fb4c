// What the failed statement's own text tells: its objects, as PostgreSQL's grammar reads it.
import type { AlterTableCmd, Constraint, IndexElem, Node, RangeVar } from "@pgsql/types";
import { strings, typeText } from "../../../lint/names.ts";
import { parseSql } from "../../../sql/parse.ts";
import type { Facts } from "./entry.ts";
import { known, quoteIfNeeded, tablePath } from "./facts.ts";

/** A statement, read. */
export interface ReadStatement {
  /** The parse tree's tag: `AlterTableStmt`. */
  readonly kind: string;
  readonly node: Node;
  readonly sql: string;
}

/** The statement of `text` that holds the offset `at` (UTF-16 units); undefined where the text cannot be read. */
export async function readStatement(text: string, at = 0): Promise<ReadStatement | undefined> {
  try {
    const all = await parseSql(text, "statement");
    const found = all.findLast(({ offset }) => offset <= at) ?? all[0];
    return found && { kind: found.kind, node: found.node, sql: found.sql };
  } catch {
    return undefined;
  }
}

/** All bodies of nodes tagged `tag` in the tree, outermost first. */
export function findNodes<T>(tree: unknown, tag: string): T[] {
  if (typeof tree !== "object" || tree === null) return [];
  if (Array.isArray(tree)) return tree.flatMap((one) => findNodes<T>(one, tag));
  return Object.entries(tree).flatMap(([key, value]) => [
    ...(key === tag ? [value as T] : []),
    ...findNodes<T>(value, tag),
  ]);
}

/** Keys under which the grammar holds a relation without a tag of its own. */
const RELATIONS = ["relation", "view", "sequence", "table", "pktable", "rel", "into", "RangeVar"];

/** The relations that the statement names, in the order of the text. */
export function relationsOf(node: Node): RangeVar[] {
  const found = RELATIONS.flatMap((key) => findNodes<RangeVar>(node, key));
  const plain = found.filter((one) => typeof one.relname === "string");
  return [...new Map(plain.map((one) => [one.location ?? -1, one])).values()];
}

/** `schema.name` of a relation, quoted where it must be. */
export function pathOf(relation: RangeVar | undefined): string | undefined {
  return tablePath(relation?.schemaname, relation?.relname);
}

/** The table that the statement is about. */
export function tableOf({ node, kind }: ReadStatement): RangeVar | undefined {
  const body = (node as Readonly<Record<string, { readonly relation?: RangeVar } | undefined>>)[
    kind
  ];
  return body?.relation;
}

/** The parts of an ALTER TABLE. */
export function commandsOf({ node }: ReadStatement): readonly AlterTableCmd[] {
  return findNodes<AlterTableCmd>(node, "AlterTableCmd");
}

/** The constraints that the statement makes. */
export function constraintsOf({ node }: ReadStatement): readonly Constraint[] {
  return findNodes<Constraint>(node, "Constraint");
}

/** The name made of a list of String nodes, quoted where it must be. */
export function nameOf(nodes: readonly Node[] | undefined): string {
  return strings(nodes).map(quoteIfNeeded).join(".");
}

/** Facts `table`, and `column` and its new `type` where the statement is about one column. */
export function statementFacts(statement: ReadStatement): Facts {
  const table = known("table", pathOf(tableOf(statement)));
  const indexed = findNodes<IndexElem>(statement.node, "IndexElem");
  if (indexed.length === 1) return { ...table, ...known("column", quoted(indexed[0]?.name)) };
  const changes = commandsOf(statement).filter(({ subtype }) => subtype === "AT_AlterColumnType");
  const [change] = changes;
  if (!change || changes.length > 1) return table;
  return { ...table, ...known("column", quoted(change.name)), type: typeOf(change) };
}

function quoted(name: string | undefined): string | undefined {
  return name === undefined ? undefined : quoteIfNeeded(name);
}

/** A column's new type with its length or precision. */
function typeOf({ def }: AlterTableCmd): string {
  const type = def && "ColumnDef" in def ? def.ColumnDef.typeName : undefined;
  const modifiers = (type?.typmods ?? []).flatMap((node) =>
    "A_Const" in node && node.A_Const.ival ? String(node.A_Const.ival.ival ?? 0) : [],
  );
  return `${typeText(type)}${modifiers.length > 0 ? `(${modifiers.join(",")})` : ""}`;
}
