// Names of objects, out of parse trees.
import type { Node, ObjectWithArgs, RangeVar, TypeName } from "@pgsql/types";

/** `schema.name` where a schema is given. */
function qualify(schema: string | undefined, name: string | undefined): string {
  return schema ? `${schema}.${name ?? "?"}` : (name ?? "?");
}

/** The name without the schema `public`, which a bare name means as a rule. */
export function withoutPublic(name: string): string {
  return name.replace(/^public\./, "");
}

/** The name that a text gives a table, as the parser spells it: unquoted parts in lower case, `public` left out. */
export function spelledTable(table: string): string {
  return withoutPublic(
    table.replace(
      /"((?:[^"]|"")+)"|([^".]+)/g,
      (_, quoted: string | undefined, bare: string | undefined) =>
        quoted === undefined ? (bare ?? "").toLowerCase() : quoted.replaceAll('""', '"'),
    ),
  );
}

/** The name of a relation. */
export function relationName(relation: RangeVar | undefined): string {
  return qualify(relation?.schemaname, relation?.relname);
}

/** The strings of a name's nodes, for example of `schema.function`. */
export function strings(nodes: readonly Node[] | undefined): string[] {
  return (nodes ?? []).flatMap((node) => ("String" in node ? (node.String.sval ?? "") : []));
}

/** A dotted name of one or two parts from a list of String nodes. */
export function dotted(nodes: readonly Node[] | undefined): string {
  const parts = strings(nodes);
  return parts.length > 1 ? qualify(parts.at(-2), parts.at(-1)) : (parts[0] ?? "?");
}

/** A type's name without its modifiers: `int4`, `text[]`, `app.status`. */
export function typeText(type: TypeName | undefined): string {
  const parts = strings(type?.names).filter((part) => part !== "pg_catalog");
  return withoutPublic(parts.join(".") || "?") + "[]".repeat(type?.arrayBounds?.length ?? 0);
}

/** `name(int4, text)` of a routine, `name` alone where the arguments were left out. */
function routineName(routine: ObjectWithArgs): string {
  const name = dotted(routine.objname);
  if (routine.args_unspecified) return name;
  const types = (routine.objargs ?? []).map((arg) =>
    "TypeName" in arg ? typeText(arg.TypeName) : "?",
  );
  return `${name}(${types.join(", ")})`;
}

/**
 * The name of an object as DROP, COMMENT and their like write it: a string, a list of strings, a
 * type, a routine with its arguments.
 */
export function objectName(object: Node | undefined): string {
  if (!object) return "?";
  if ("String" in object) return object.String.sval ?? "?";
  if ("List" in object) return listName(object.List.items ?? []);
  if ("TypeName" in object) return typeText(object.TypeName);
  if ("ObjectWithArgs" in object) return routineName(object.ObjectWithArgs);
  return "?";
}

function listName(items: readonly Node[]): string {
  const parts = strings(items);
  if (parts.length === 0) return items.map(objectName).join(" as ");
  return parts.join(".");
}
