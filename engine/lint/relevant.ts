// Which of the files that are applied already must be read to know the schema that others meet.
import type { Node } from "@pgsql/types";
import type { ParsedStatement } from "../sql/parse.ts";
import { strings } from "./names.ts";
import { findAll, relationsIn } from "./tree.ts";

/** More names than this are looked for in no text: then every file is read. */
const MANY = 2_000;

/**
 * A test for the text of a file: whether it mentions any relation that `statements` name. With a long history that spares
 * the parsing of nearly all of it.
 */
export function relevantTo(statements: readonly ParsedStatement[]): (sql: string) => boolean {
  const names = [...new Set(statements.flatMap(({ node }) => namesIn(node)))];
  if (names.length > MANY) return () => true;
  return (sql) => {
    const text = sql.toLowerCase();
    return names.some((name) => text.includes(name));
  };
}

function namesIn(node: Node): string[] {
  const dropped = findAll(node, "DropStmt").flatMap(({ objects }) =>
    findAll(objects, "List").flatMap(({ items }) => strings(items as Node[])),
  );
  return [...relationsIn(node), ...dropped.flatMap(withStems)].map((name) => name.toLowerCase());
}

/** `t_a_key` may be an index that PostgreSQL named after table t: its text then holds only the beginning. */
function withStems(name: string): string[] {
  const words = name.split("_");
  return words.map((_, index) => words.slice(0, index + 1).join("_"));
}
