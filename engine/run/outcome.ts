// What became of a statement that was begun outside a transaction: the catalogue tells, or nobody can.
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Statement } from "../sources/migration.ts";
import { parseSql } from "../sql/parse.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** Time between two looks at an index that another session builds, ms. */
const BUILD_POLL_MS = 250;

/** `done`: it took effect. `repeat`: it did not, or running it again is harmless. */
export type Outcome = "done" | "repeat";

/** An index by its bare name and its table's quoted one. */
interface IndexOf {
  readonly name: string;
  readonly table: string;
}

/** What the catalogue is asked about a statement. */
type Subject =
  | { readonly kind: "createIndex"; readonly index: IndexOf }
  | { readonly kind: "dropIndex"; readonly index: string }
  | { readonly kind: "addValue"; readonly type: string; readonly value: string }
  | { readonly kind: "detach"; readonly parent: string; readonly partition: string }
  | { readonly kind: "repeatable" }
  | { readonly kind: "unknown" };

/** A statement of a file, and where its journal is. */
export interface JournalledStatement {
  readonly order: bigint;
  readonly path: string;
  readonly position: number;
  readonly statement: Statement;
}

/**
 * Finds out what became of a statement whose journal says `started`; what still runs is waited for.
 * @throws LockstepError UNKNOWN_OUTCOME where the catalogue cannot tell, INTERRUPTED.
 */
export async function outcomeOf(run: Run, journalled: JournalledStatement): Promise<Outcome> {
  const subject = await subjectOf(journalled.statement);
  switch (subject.kind) {
    case "createIndex":
      return (await builtIndex(run, subject.index)).state === "valid" ? "done" : "repeat";
    case "dropIndex":
      return (await isRelation(run, subject.index)) ? "repeat" : "done";
    case "addValue":
      return (await hasEnumValue(run, subject.type, subject.value)) ? "done" : "repeat";
    case "detach":
      return finishDetach(run, subject);
    case "repeatable":
      return "repeat";
    case "unknown":
      throw unknownOutcome(journalled);
  }
}

function unknownOutcome({ order, path, position, statement }: JournalledStatement): LockstepError {
  const row = `WHERE number = ${order.toString()} AND position = ${String(position)}`;
  return new LockstepError(
    "UNKNOWN_OUTCOME",
    "A run ended in the middle of a statement, and nothing tells whether it took effect",
    {
      where: path,
      seen: statement.summary,
      next: `look at the database; if it took effect: UPDATE lockstep.statement SET state = 'done' ${row}; if not: DELETE FROM lockstep.statement ${row}; then run the same command again`,
    },
  );
}

/**
 * Drops the INVALID index that an earlier, interrupted CREATE INDEX CONCURRENTLY of the same name
 * left: IF NOT EXISTS would take it for the real one, and no query would ever use it.
 */
export async function clearInvalidIndex(run: Run, statement: Statement): Promise<void> {
  if (statement.kind !== "IndexStmt") return;
  const subject = await subjectOf(statement);
  if (subject.kind !== "createIndex") return;
  const { state, path } = await builtIndex(run, subject.index);
  if (state !== "invalid") return;
  run.report(
    "warn",
    `index ${path} is INVALID, left by an interrupted build: dropping it before it is built again`,
  );
  await run.session.send(`DROP INDEX CONCURRENTLY IF EXISTS ${path}`);
}

interface BuiltIndex {
  readonly state: "valid" | "invalid" | "missing";
  /** Quoted, with its schema; empty when it is missing. */
  readonly path: string;
}

/** How the index stands, once nobody builds it any more. */
async function builtIndex(run: Run, index: IndexOf): Promise<BuiltIndex> {
  for (;;) {
    // An index on a partitioned table's parent only is INVALID by design.
    const found = await run.session.client.query<{
      valid: boolean;
      building: boolean;
      path: string;
    }>(
      `SELECT i.indisvalid OR c.relkind = 'I' AS valid, format('%I.%I', n.nspname, c.relname) AS path,
         EXISTS (SELECT FROM pg_stat_progress_create_index p
                 WHERE p.index_relid = c.oid AND p.pid <> pg_backend_pid()) AS building
       FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE i.indrelid = to_regclass($1) AND c.relname = $2`,
      [index.table, index.name],
    );
    const row = found.rows[0];
    if (!row) return { state: "missing", path: "" };
    if (row.valid || !row.building)
      return { state: row.valid ? "valid" : "invalid", path: row.path };
    run.report("progress", `index ${row.path} is being built by another session; waiting`);
    await delay(BUILD_POLL_MS);
    ensureNotAborted(run.signal);
  }
}

/** Whether a partition was detached; a detach that was begun is brought to its end. */
async function finishDetach(
  run: Run,
  { parent, partition }: Extract<Subject, { kind: "detach" }>,
): Promise<Outcome> {
  const found = await run.session.client.query<{ pending: boolean }>(
    `SELECT inhdetachpending AS pending FROM pg_inherits
     WHERE inhparent = to_regclass($1) AND inhrelid = to_regclass($2)`,
    [parent, partition],
  );
  const row = found.rows[0];
  if (!row) return "done";
  if (!row.pending) return "repeat";
  await run.session.send(`ALTER TABLE ${parent} DETACH PARTITION ${partition} FINALIZE`);
  return "done";
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
  readonly AlterTableStmt?: {
    readonly relation?: Named;
    readonly cmds?: readonly {
      readonly AlterTableCmd?: {
        readonly subtype?: string;
        readonly def?: { readonly PartitionCmd?: { readonly name?: Named } };
      };
    }[];
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
  const repeatable = ["VacuumStmt", "ReindexStmt", "ClusterStmt", "CheckPointStmt"];
  return { kind: repeatable.includes(statement.kind) ? "repeatable" : "unknown" };
}

function pathOf({ schemaname, relname = "" }: Named): string {
  const parts = schemaname === undefined ? [relname] : [schemaname, relname];
  return parts.map((part) => pg.escapeIdentifier(part)).join(".");
}

function qualified(parts: readonly Text[]): string {
  return parts.map((part) => pg.escapeIdentifier(part.String?.sval ?? "")).join(".");
}
