// What the catalogue is asked about a statement that may or may not have taken effect.
import pg from "pg";
import type { Statement } from "../sources/migration.ts";
import { parseSql } from "../sql/parse.ts";

/** An index by its bare name and its table's quoted one. */
export interface IndexOf {
  readonly name: string;
  readonly table: string;
}

/** What the catalogue is asked about a statement. */
export type Subject =
  | { readonly kind: "createIndex"; readonly index: IndexOf }
  | { readonly kind: "dropIndex"; readonly index: string }
  | { readonly kind: "addValue"; readonly type: string; readonly value: string }
  | { readonly kind: "detach"; readonly parent: string; readonly partition: string }
  /** Of an index or of all indexes of a table; `target` is undefined for whole schemas and databases. */
  | { readonly kind: "reindex"; readonly target: string | undefined }
  | { readonly kind: "repeatable" }
  | { readonly kind: "unknown" };

interface Named {
  readonly schemaname?: string;
  readonly relname?: string;
}
interface Text {
  readonly String?: { readonly sval?: string };
}
interface Tree {
  readonly IndexStmt?: { readonly idxname?: string; readonly relation?: Named };
  readonly DropStmt?: {
    readonly removeType?: string;
    readonly objects?: readonly { readonly List?: { readonly items?: readonly Text[] } }[];
  };
  readonly AlterTableStmt?: {
    readonly relation?: Named;
    readonly cmds?: readonly {
      readonly AlterTableCmd?: {
        readonly subtype?: string;
        readonly def?: { readonly PartitionCmd?: { readonly name?: Named } };
      };
    }[];
  };
  readonly ReindexStmt?: { readonly relation?: Named };
  readonly AlterEnumStmt?: {
    readonly typeName?: readonly Text[];
    readonly newVal?: string;
    readonly oldVal?: string;
  };
}

/** Reads the statement's subject from its text. */
export async function subjectOf(statement: Statement): Promise<Subject> {
  const [parsed] = await parseSql(statement.sql, "statement");
  const tree = parsed?.node as Tree | undefined;
  if (tree?.IndexStmt?.idxname && tree.IndexStmt.relation) {
    const index = { name: tree.IndexStmt.idxname, table: pathOf(tree.IndexStmt.relation) };
    return { kind: "createIndex", index };
  }
  const dropped = tree?.DropStmt?.objects ?? [];
  if (tree?.DropStmt?.removeType === "OBJECT_INDEX" && dropped.length === 1) {
    return { kind: "dropIndex", index: qualified(dropped[0]?.List?.items ?? []) };
  }
  if (tree?.AlterEnumStmt?.newVal && !tree.AlterEnumStmt.oldVal) {
    return {
      kind: "addValue",
      type: qualified(tree.AlterEnumStmt.typeName ?? []),
      value: tree.AlterEnumStmt.newVal,
    };
  }
  const command = tree?.AlterTableStmt?.cmds?.[0]?.AlterTableCmd;
  const partition = command?.def?.PartitionCmd?.name;
  if (command?.subtype === "AT_DetachPartition" && tree?.AlterTableStmt?.relation && partition) {
    const parent = pathOf(tree.AlterTableStmt.relation);
    return { kind: "detach", parent, partition: pathOf(partition) };
  }
  if (tree?.ReindexStmt) {
    const { relation } = tree.ReindexStmt;
    return { kind: "reindex", target: relation && pathOf(relation) };
  }
  const repeatable = ["VacuumStmt", "ClusterStmt", "CheckPointStmt"];
  return { kind: repeatable.includes(statement.kind) ? "repeatable" : "unknown" };
}

function pathOf({ schemaname, relname = "" }: Named): string {
  const parts = schemaname === undefined ? [relname] : [schemaname, relname];
  return parts.map((part) => pg.escapeIdentifier(part)).join(".");
}

function qualified(parts: readonly Text[]): string {
  return parts.map((part) => pg.escapeIdentifier(part.String?.sval ?? "")).join(".");
}
