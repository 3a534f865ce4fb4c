// What the statements of a release change, and how much work that is, told from the files alone.
import type { Node } from "@pgsql/types";
import { withDepthGuard } from "../lint/depth.ts";
import { objectName, relationName } from "../lint/names.ts";
import { relevantTo } from "../lint/relevant.ts";
import { LINT_RULES } from "../lint/rules/index.ts";
import { runRules, tabulate, type RawHit } from "../lint/runRules.ts";
import { applyStatement } from "../lint/schema/applyStatement.ts";
import { columnOf, createSchema, tableOf, type Schema } from "../lint/schema/schema.ts";
import { unwrapTransaction } from "../lint/transactionControl.ts";
import { alterParts, relationNames } from "../lint/tree.ts";
import type { LockRequest } from "../locks/request.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { loadParser, type ParsedStatement, type SqlParser } from "../sql/parse.ts";
import { buildsConcurrently, changeKinds, type ChangeKind } from "./changeKind.ts";

/**
 * What a statement does to the rows of tables that were there before:
 * `catalogue` nothing, `rows` writes some of them, `scan` reads all, `build` builds an index over all, `rewrite` writes
 * all anew with their indexes.
 */
export type Work = "catalogue" | "rows" | "scan" | "build" | "rewrite";

/** One statement as a change. */
export interface Change {
  readonly statement: Statement;
  readonly kinds: readonly ChangeKind[];
  /** Everything that it touches is made by this release: nothing runs against it. */
  readonly isNew: boolean;
  readonly work: Work;
  /** It commits batch by batch, so it locks no row for long. */
  readonly isBatched: boolean;
  /** The table on which the work is done, as the file names it; undefined for catalogue work. */
  readonly table: string | undefined;
  readonly locks: readonly LockRequest[];
}

/** A file's statements as changes, in its order. */
export interface FileChanges {
  readonly migration: Migration;
  readonly changes: readonly Change[];
}

/** What to look at. */
export interface ChangesRequest {
  /** All files, in their order: those below tell of the schema. */
  readonly migrations: readonly Migration[];
  /** The files to look at. */
  readonly pending: readonly Migration[];
  /** Files of the same release that are applied already: what they made is the release's own still. */
  readonly begun?: readonly Migration[];
  /**
   * Whether the pending files are one release. Where nobody knows what is applied each is one of its own, but for the
   * columns that files since the last contract file add.
   * @default true
   */
  readonly together?: boolean;
}

/** What costs what, by the lint rule that finds it; config and comments change nothing about it. */
const COSTS: Readonly<Record<string, Work>> = {
  "cluster-rewrites": "rewrite",
  "constrained-domain-column": "rewrite",
  "refresh-not-concurrent": "rewrite",
  "sequence-column-rewrites": "rewrite",
  "set-access-method-rewrites": "rewrite",
  "set-logged-rewrites": "rewrite",
  "set-tablespace-rewrites": "rewrite",
  "stored-generated-rewrites": "rewrite",
  "type-change-rewrites": "rewrite",
  "vacuum-full": "rewrite",
  "volatile-default-rewrites": "rewrite",
  "collation-change-rebuilds": "build",
  "exclusion-constraint-locks": "build",
  "index-not-concurrent": "build",
  "primary-key-builds-index": "build",
  "reindex-not-concurrent": "build",
  "unique-constraint-builds-index": "build",
  "attach-scans-partition": "scan",
  "check-not-valid": "scan",
  "default-partition-scanned": "scan",
  "domain-constraint-scans": "scan",
  "foreign-key-not-valid": "scan",
  "primary-key-on-nullable": "scan",
  "set-not-null-scans": "scan",
};

/** The rules that tell costs; a test holds that all of them are there. */
export const COST_RULES = Object.keys(COSTS);

const WORKS: readonly Work[] = ["catalogue", "rows", "scan", "build", "rewrite"];

/** The changes of the pending files, in the order of the files. */
export async function readChanges(request: ChangesRequest): Promise<readonly FileChanges[]> {
  const { migrations, pending, begun = [], together = true } = request;
  if (pending.length === 0) return [];
  const parser = await loadParser();
  const own = new Set([...pending, ...begun]);
  const parsed = new Map([...own].map((file) => [file, parse(parser, file)]));
  const relevant = relevantTo([...parsed.values()].flat());
  const schema = createSchema();
  const found: FileChanges[] = [];
  // What was there before the first of the files has release 0.
  let ownSince = 1;
  let isContract = false;
  for (const migration of migrations) {
    const statements = parsed.get(migration);
    if (!statements) {
      if (relevant(migration.sql)) follow(schema, parse(parser, migration));
      continue;
    }
    if (!together || schema.release === 0) schema.release += 1;
    if (!together && isContract && migration.stage === "expand") ownSince = schema.release;
    isContract = migration.stage === "contract";
    const look = () => changesOf({ migration, schema, ownSince }, statements);
    const changes = withDepthGuard({ ...migration, statements }, look);
    if (pending.includes(migration)) found.push({ migration, changes });
  }
  return found;
}

function parse(parser: SqlParser, file: Migration): readonly ParsedStatement[] {
  if (file.foreign?.code !== undefined) return [];
  return unwrapTransaction(parser.parse(file.sql, file.path)).statements;
}

function follow(schema: Schema, statements: readonly ParsedStatement[]): void {
  for (const { node, sql } of statements) applyStatement(schema, node, sql);
}

const TABLE = tabulate(LINT_RULES.filter(({ id }) => id in COSTS));

interface FileJob {
  readonly migration: Migration;
  readonly schema: Schema;
  /** Columns of this release and later ones are the release's own. */
  readonly ownSince: number;
}

function changesOf(job: FileJob, statements: readonly ParsedStatement[]): readonly Change[] {
  const { migration, schema } = job;
  return statements.flatMap((parsed, index) => {
    const statement = migration.statements[index];
    // Each by itself, with the schema as it is before it; running the rules also takes the schema on.
    const change = statement && describeChange(parsed.node, { ...job, statement });
    const hits = runRules({ migration, statements: [parsed], server: {} }, TABLE, schema);
    return change ? { ...change, ...workOf(parsed.node, change, hits) } : [];
  });
}

type Described = Omit<Change, "work" | "table">;

function describeChange(node: Node, facts: FileJob & { readonly statement: Statement }): Described {
  const { statement, migration, schema, ownSince } = facts;
  const names = [...relationNames(node), ...droppedTables(node)];
  const isOwn = (name: string) => tableOf(schema, name)?.release === schema.release;
  const kinds = changeKinds(node, {
    statement,
    migration,
    isOwnColumn: (table, column) =>
      "RangeVar" in table &&
      (columnOf(schema, relationName(table.RangeVar), column)?.release ?? 0) >= ownSince,
  });
  const isNew = names.length > 0 && names.every(isOwn);
  const isBatched = migration.backfill !== undefined;
  return { statement, kinds, isNew, isBatched, locks: statement.locks };
}

function droppedTables(node: Node): readonly string[] {
  const isTable = "DropStmt" in node && node.DropStmt.removeType === "OBJECT_TABLE";
  return isTable ? (node.DropStmt.objects ?? []).map(objectName) : [];
}

/** What the rules say is done under a lock; else what is done while everybody goes on. */
function workOf(
  node: Node,
  { isNew, locks, kinds }: Described,
  hits: readonly RawHit[],
): Pick<Change, "work" | "table"> {
  const none = { work: "catalogue", table: undefined } as const;
  if (isNew) return none;
  const costly = hits
    .map(({ rule, hit }) => ({ work: COSTS[rule.id] ?? "catalogue", table: hit.lock?.table }))
    .toSorted((a, b) => WORKS.indexOf(b.work) - WORKS.indexOf(a.work));
  const first = locks[0];
  const locked = first && (first.schema ? `${first.schema}.${first.name}` : first.name);
  if (costly[0]) return { work: costly[0].work, table: costly[0].table ?? locked };
  if (buildsConcurrently(node)) return { work: "build", table: locked };
  if (validates(node) || "VacuumStmt" in node) return { work: "scan", table: locked };
  const writes: readonly ChangeKind[] = ["data", "fills", "overwrites"];
  const isWriting = kinds.some((kind) => writes.includes(kind)) && !("TruncateStmt" in node);
  return isWriting ? { work: "rows", table: locked } : none;
}

function validates(node: Node): boolean {
  if (!("AlterTableStmt" in node)) return false;
  return alterParts(node.AlterTableStmt).some(
    ({ command }) => command.subtype === "AT_ValidateConstraint",
  );
}
