// What became of a statement that was begun outside a transaction: the catalogue tells, or nobody can.
import pg from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { parseSql } from "../sql/parse.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import type { Run } from "./workSession.ts";

/** `done`: it took effect. `repeat`: it did not, or running it again is harmless. */
export type Outcome = "done" | "repeat";

/** An index by its bare name and its table's quoted one. */
interface IndexOf {
  readonly name: string;
  readonly table: string;
  /** The table's schema, where the statement names it. */
  readonly schema: string | undefined;
}

/** What the catalogue is asked about a statement. */
type Subject =
  | { readonly kind: "createIndex"; readonly index: IndexOf }
  | { readonly kind: "dropIndex"; readonly index: string }
  | { readonly kind: "addValue"; readonly type: string; readonly value: string }
  | { readonly kind: "repeatable" }
  | { readonly kind: "unknown" };

/**
 * Finds out what became of `statement`, whose journal says `started`.
 * @throws LockstepError UNKNOWN_OUTCOME where the catalogue cannot tell.
 */
export async function outcomeOf(
  run: Run,
  migration: Migration,
  statement: Statement,
): Promise<Outcome> {
  const subject = await subjectOf(statement);
  switch (subject.kind) {
    case "createIndex":
      return (await builtIndex(run, subject.index)) === "valid" ? "done" : "repeat";
    case "dropIndex":
      return (await isRelation(run, subject.index)) ? "repeat" : "done";
    case "addValue":
      return (await hasEnumValue(run, subject.type, subject.value)) ? "done" : "repeat";
    case "repeatable":
      return "repeat";
    case "unknown":
      throw new LockstepError(
        "UNKNOWN_OUTCOME",
        "A run ended in the middle of a statement, and nothing tells whether it took effect",
        {
          where: migration.path,
          seen: statement.summary,
          next: `look at the database; if it took effect: UPDATE lockstep.statement SET state = 'done' WHERE number = ${BigInt(migration.number).toString()} AND state = 'started'; if not: DELETE that row; then run the same command again`,
        },
      );
  }
}

/**
 * Drops the INVALID index that an earlier, interrupted CREATE INDEX CONCURRENTLY of the same name
 * left: IF NOT EXISTS would take it for the real one, and no query would ever use it.
 */
export async function clearInvalidIndex(run: Run, statement: Statement): Promise<void> {
  if (statement.kind !== "IndexStmt") return;
  const subject = await subjectOf(statement);
  if (subject.kind !== "createIndex") return;
  const { name, schema } = subject.index;
  if ((await builtIndex(run, subject.index)) !== "invalid") return;
  run.report(
    "warn",
    `index ${name} is INVALID, left by an interrupted build: dropping it before it is built again`,
  );
  const path = [schema, name].filter((part) => part !== undefined).map(pg.escapeIdentifier);
  await run.session.send(`DROP INDEX CONCURRENTLY IF EXISTS ${path.join(".")}`);
}

async function builtIndex(run: Run, index: IndexOf): Promise<"valid" | "invalid" | "missing"> {
  // An index on a partitioned table's parent only is INVALID by design, and a running build is not left over.
  const found = await run.session.client.query<{ valid: boolean }>(
    `SELECT i.indisvalid OR c.relkind = 'I'
        OR EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid) AS valid
     FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
     WHERE i.indrelid = to_regclass($1) AND c.relname = $2`,
    [index.table, index.name],
  );
  const row = found.rows[0];
  if (!row) return "missing";
  return row.valid ? "valid" : "invalid";
}

async function isRelation(run: Run, name: string): Promise<boolean> {
  const found = await run.session.client.query<{ there: boolean }>(
    "SELECT to_regclass($1) IS NOT NULL AS there",
    [name],
  );
  return found.rows[0]?.there === true;
}

async function hasEnumValue(run: Run, type: string, value: string): Promise<boolean> {
  const found = await run.session.client.query(
    "SELECT FROM pg_enum WHERE enumtypid = to_regtype($1) AND enumlabel = $2",
    [type, value],
  );
  return found.rowCount === 1;
}

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
  readonly AlterEnumStmt?: {
    readonly typeName?: readonly Text[];
    readonly newVal?: string;
    readonly oldVal?: string;
  };
}

async function subjectOf(statement: Statement): Promise<Subject> {
  const [parsed] = await parseSql(statement.sql, "statement");
  const tree = parsed?.node as Tree | undefined;
  if (tree?.IndexStmt?.idxname && tree.IndexStmt.relation) {
    const { schemaname, relname = "" } = tree.IndexStmt.relation;
    const table = [schemaname, relname].filter((part) => part !== undefined);
    return {
      kind: "createIndex",
      index: {
        name: tree.IndexStmt.idxname,
        table: table.map(pg.escapeIdentifier).join("."),
        schema: schemaname,
      },
    };
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
  const repeatable = [
    "VacuumStmt",
    "ReindexStmt",
    "ClusterStmt",
    "VariableSetStmt",
    "CheckPointStmt",
  ];
  return { kind: repeatable.includes(statement.kind) ? "repeatable" : "unknown" };
}

function qualified(parts: readonly Text[]): string {
  return parts.map((part) => pg.escapeIdentifier(part.String?.sval ?? "")).join(".");
}
