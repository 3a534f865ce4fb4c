// Which files can soak: those that only drop what can be put aside whole and given back, told from the parse trees.
import type {
  AlterTableStmt,
  DropStmt,
  Node,
  ObjectType,
  ObjectWithArgs,
  TypeName,
} from "@pgsql/types";
import pg from "pg";
import { relationName, strings } from "../lint/names.ts";
import type { ParsedStatement } from "../sql/parse.ts";

/** One object that a file drops. Names are quoted paths as the file has them, with a schema where that is written. */
export type SoakItem =
  /** Put aside by SET SCHEMA. `type` is the word of ALTER and DROP. */
  | {
      readonly by: "move";
      readonly type: MovedType;
      readonly catalogue: Catalogue;
      readonly name: string;
    }
  /** Put aside by RENAME; a trigger is switched off as well. `member` is the bare name. */
  | {
      readonly by: "rename";
      readonly type: "COLUMN" | "TRIGGER";
      readonly table: string;
      readonly member: string;
    }
  /** Holds no data: dropped, and made again from its definition. */
  | {
      readonly by: "definition";
      readonly type: "CONSTRAINT";
      readonly table: string;
      readonly member: string;
    }
  | { readonly by: "definition"; readonly type: "INDEX"; readonly name: string };

type Catalogue = "pg_class" | "pg_proc" | "pg_type";
type MovedType = (typeof MOVED)[keyof typeof MOVED]["type"];

/** What a contract file drops, where all of it can soak; else why not, in words. */
export type Soakable = { readonly items: readonly SoakItem[] } | { readonly why: string };

const MOVED = {
  OBJECT_TABLE: { type: "TABLE", catalogue: "pg_class" },
  OBJECT_VIEW: { type: "VIEW", catalogue: "pg_class" },
  OBJECT_MATVIEW: { type: "MATERIALIZED VIEW", catalogue: "pg_class" },
  OBJECT_SEQUENCE: { type: "SEQUENCE", catalogue: "pg_class" },
  OBJECT_FUNCTION: { type: "FUNCTION", catalogue: "pg_proc" },
  OBJECT_PROCEDURE: { type: "PROCEDURE", catalogue: "pg_proc" },
  OBJECT_TYPE: { type: "TYPE", catalogue: "pg_type" },
  OBJECT_DOMAIN: { type: "DOMAIN", catalogue: "pg_type" },
} as const satisfies { readonly [K in ObjectType]?: object };

/**
 * Whether the file soaks. It does as a whole or not at all: of one that soaked by half, nobody could take back the other
 * half, and the file could not run again.
 */
export function readSoakable(statements: readonly ParsedStatement[]): Soakable {
  const items: SoakItem[] = [];
  for (const { node, sql } of statements) {
    const found = itemsOf(node);
    if (typeof found === "string") return { why: `${found}: ${firstWords(sql)}` };
    items.push(...found);
  }
  return items.length === 0 ? { why: "it drops nothing" } : { items };
}

/** The statement's items, or why it cannot soak. */
function itemsOf(node: Node): readonly SoakItem[] | string {
  if ("DropStmt" in node) return dropped(node.DropStmt);
  if ("AlterTableStmt" in node) return altered(node.AlterTableStmt);
  return "what it does cannot be put aside";
}

function dropped({
  removeType,
  objects = [],
  behavior,
  concurrent,
}: DropStmt): readonly SoakItem[] | string {
  if (behavior === "DROP_CASCADE") return "CASCADE takes along what the file does not name";
  if (concurrent) return "it cannot run in a transaction";
  const moved =
    removeType !== undefined && removeType in MOVED
      ? MOVED[removeType as keyof typeof MOVED]
      : undefined;
  const items: SoakItem[] = [];
  for (const object of objects) {
    const item = moved ? movedItem(moved, object) : memberItem(removeType, object);
    if (!item) return "such an object cannot be put aside";
    items.push(item);
  }
  return items;
}

function movedItem(moved: (typeof MOVED)[keyof typeof MOVED], object: Node): SoakItem | undefined {
  const name = nameOf(object);
  return name === undefined ? undefined : { by: "move", ...moved, name };
}

function memberItem(type: ObjectType | undefined, object: Node): SoakItem | undefined {
  if (!("List" in object)) return undefined;
  const parts = strings(object.List.items);
  const member = parts.at(-1) ?? "";
  if (type === "OBJECT_TRIGGER")
    return { by: "rename", type: "TRIGGER", table: quoted(parts.slice(0, -1)), member };
  if (type === "OBJECT_INDEX") return { by: "definition", type: "INDEX", name: quoted(parts) };
  return undefined;
}

function altered(statement: AlterTableStmt): readonly SoakItem[] | string {
  const { relation, cmds = [], objtype } = statement;
  if (objtype !== "OBJECT_TABLE") return "what it does cannot be put aside";
  const table = quoted(
    [relation?.schemaname, relation?.relname].filter((part) => part !== undefined),
  );
  const items: SoakItem[] = [];
  for (const node of cmds) {
    if (!("AlterTableCmd" in node)) return "what it does cannot be put aside";
    const { subtype, name: member = "", behavior } = node.AlterTableCmd;
    if (behavior === "DROP_CASCADE") return "CASCADE takes along what the file does not name";
    if (subtype === "AT_DropColumn") items.push({ by: "rename", type: "COLUMN", table, member });
    else if (subtype === "AT_DropConstraint")
      items.push({ by: "definition", type: "CONSTRAINT", table, member });
    else return `what else it does to ${relationName(relation)} cannot be put aside`;
  }
  return items;
}

/** For a look-up by to_regclass, to_regproc(edure) or to_regtype. */
function nameOf(object: Node): string | undefined {
  if ("List" in object) return quoted(strings(object.List.items));
  if ("TypeName" in object) return typeName(object.TypeName);
  return "ObjectWithArgs" in object ? routineName(object.ObjectWithArgs) : undefined;
}

function routineName({
  objname,
  objargs = [],
  args_unspecified: bare,
}: ObjectWithArgs): string | undefined {
  const name = quoted(strings(objname));
  if (bare) return name;
  const types = objargs.map((arg) => ("TypeName" in arg ? typeName(arg.TypeName) : undefined));
  return types.includes(undefined) ? undefined : `${name}(${types.join(", ")})`;
}

function typeName({
  names,
  arrayBounds = [],
  pct_type: ofColumn,
  setof,
}: TypeName): string | undefined {
  if (ofColumn || setof) return undefined;
  return quoted(strings(names)) + "[]".repeat(arrayBounds.length);
}

function quoted(parts: readonly string[]): string {
  return parts.map((part) => pg.escapeIdentifier(part)).join(".");
}

function firstWords(sql: string): string {
  const line = sql.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
