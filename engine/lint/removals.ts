// What statements take away or change for good, as names that a server can look up.
import type { Node } from "@pgsql/types";
import pg from "pg";
import type { Migration } from "../sources/migration.ts";
import { loadParser } from "../sql/parse.ts";
import { strings } from "./names.ts";
import { alterParts } from "./tree.ts";

/** A relation, or one of its columns. */
export interface Removal {
  /** Quoted as SQL, with its schema where the file gives one. */
  readonly relation: string;
  /** Missing for the whole relation. */
  readonly column?: string;
}

/** What is dropped with DROP in a way that data or code can hang on it. */
const RELATIONS: ReadonlySet<string | undefined> = new Set([
  "OBJECT_TABLE",
  "OBJECT_VIEW",
  "OBJECT_MATVIEW",
  "OBJECT_SEQUENCE",
  "OBJECT_FOREIGN_TABLE",
]);

/**
 * The relations and columns that `files` drop, rename or give another type. Functions, triggers and types are not among them:
 * no rows hang on those.
 * @throws LockstepError SQL_SYNTAX
 */
export async function removalsOf(files: readonly Migration[]): Promise<readonly Removal[]> {
  const parser = await loadParser();
  return files
    .flatMap(({ sql, path }) => parser.parse(sql, path))
    .flatMap(({ node }) => removals(node));
}

function removals(node: Node): readonly Removal[] {
  if ("AlterTableStmt" in node) {
    return alterParts(node.AlterTableStmt).flatMap(({ relation, command, name }) =>
      command.subtype === "AT_DropColumn" || command.subtype === "AT_AlterColumnType"
        ? { relation: quote(relation?.schemaname, relation?.relname), column: name }
        : [],
    );
  }
  if ("RenameStmt" in node) {
    const { relation, renameType, subname } = node.RenameStmt;
    const whole = quote(relation?.schemaname, relation?.relname);
    if (renameType === "OBJECT_COLUMN" && subname) return [{ relation: whole, column: subname }];
    return RELATIONS.has(renameType) ? [{ relation: whole }] : [];
  }
  if (!("DropStmt" in node) || !RELATIONS.has(node.DropStmt.removeType)) return [];
  return (node.DropStmt.objects ?? []).map((object) => {
    const parts = "List" in object ? strings(object.List.items) : [];
    return { relation: quote(parts.at(-2), parts.at(-1)) };
  });
}

function quote(schema: string | undefined, name = ""): string {
  const quoted = pg.escapeIdentifier(name);
  return schema ? `${pg.escapeIdentifier(schema)}.${quoted}` : quoted;
}
