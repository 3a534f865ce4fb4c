// Indexes that only look built: what an interrupted CREATE INDEX or REINDEX CONCURRENTLY leaves behind.
import { setTimeout as delay } from "node:timers/promises";
import type { Statement } from "../sources/migration.ts";
import { dropInvalidSql } from "./fileSql.ts";
import { subjectOf, type IndexOf } from "./subject.ts";
import { ensureNotAborted, type Run } from "./workSession.ts";

/** Time between two looks at an index that another session builds, ms. */
const BUILD_POLL_MS = 250;

/**
 * Drops the INVALID indexes that an interrupted run of `statement` left: those that REINDEX made beside the old ones, or
 * the one of the same name, which IF NOT EXISTS would take for the real one though no query ever uses it.
 */
export async function clearInvalidIndexes(run: Run, statement: Statement): Promise<void> {
  if (statement.kind !== "IndexStmt" && statement.kind !== "ReindexStmt") return;
  const subject = await subjectOf(statement);
  if (subject.kind === "createIndex") {
    const { state, path } = await builtIndex(run, subject.index);
    if (state === "invalid") await dropInvalid(run, path);
  }
  if (subject.kind === "reindex" && subject.target !== undefined) {
    for (const path of await reindexLeftovers(run, subject.target)) await dropInvalid(run, path);
  }
}

async function dropInvalid(run: Run, path: string): Promise<void> {
  run.report(
    "warn",
    `index ${path} is INVALID, left by an interrupted build: dropping it before it is built again`,
  );
  await run.session.send(dropInvalidSql(path));
}

interface BuiltIndex {
  readonly state: "valid" | "invalid" | "missing";
  /** Quoted, with its schema; empty when it is missing. */
  readonly path: string;
}

/**
 * Whether somebody works on the indexes of the table `i.indrelid`. Whose index a build is for is hidden from plain roles; that it
 * holds this lock on the table is not.
 */
const IS_BEING_BUILT = `(
  EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid AND p.pid <> pg_backend_pid())
  OR EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'relation' AND l.relation = i.indrelid
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid()))`;

/** How the index stands, once nobody builds it any more. */
export async function builtIndex(run: Run, index: IndexOf): Promise<BuiltIndex> {
  for (;;) {
    // An index on a partitioned table's parent only is INVALID by design.
    const found = await run.session.client.query<{
      valid: boolean;
      building: boolean;
      path: string;
    }>(
      `SELECT i.indisvalid OR c.relkind = 'I' AS valid, format('%I.%I', n.nspname, c.relname) AS path,
         ${IS_BEING_BUILT} AS building
       FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE i.indrelid = to_regclass($1) AND c.relname = $2`,
      [index.table, index.name],
    );
    const row = found.rows[0];
    if (!row) return { state: "missing", path: "" };
    if (row.valid || !row.building)
      return { state: row.valid ? "valid" : "invalid", path: row.path };
    await waitForBuild(run, row.path);
  }
}

/** What REINDEX CONCURRENTLY of `target`, a table or an index, has left: its new indexes, or the old ones. */
async function reindexLeftovers(run: Run, target: string): Promise<readonly string[]> {
  for (;;) {
    const found = await run.session.client.query<{ path: string; building: boolean }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS path, ${IS_BEING_BUILT} AS building
       FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relname ~ '_cc(new|old)[0-9]*$'
         AND (i.indrelid = to_regclass($1) OR i.indrelid = (SELECT o.indrelid FROM pg_index o
           WHERE o.indexrelid = to_regclass($1)))
       ORDER BY 1`,
      [target],
    );
    const busy = found.rows.find((row) => row.building);
    if (!busy) return found.rows.map(({ path }) => path);
    await waitForBuild(run, busy.path);
  }
}

async function waitForBuild(run: Run, path: string): Promise<void> {
  run.report("progress", `index ${path} is being built by another session; waiting`);
  await delay(BUILD_POLL_MS);
  ensureNotAborted(run.signal);
}
