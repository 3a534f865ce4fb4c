// Each statement by itself on the scratch server: which locks it really takes, what it writes anew, how long it takes.
import type { Client } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LOCK_MODES, strongest, type LockMode } from "../locks/modes.ts";
import { resolveLocks } from "../locks/resolve.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { formatWhere } from "../sql/locate.ts";
import type { RehearsalFinding, TracedLock, TracedStatement } from "./result.ts";

/** Weaker modes hold up nobody's reads or writes, so no claim is made of them. */
const WEAKEST_COMPARED: LockMode = "SHARE UPDATE EXCLUSIVE";

/** What was traced. */
export interface Trace {
  readonly statements: readonly TracedStatement[];
  readonly findings: readonly RehearsalFinding[];
}

/** Runs `files` in `target`, a copy of the start, statement by statement. Throws pg's errors where the server is gone. */
export async function traceFiles(
  target: DatabaseTarget,
  files: readonly Migration[],
  signal: AbortSignal,
): Promise<Trace> {
  const statements: TracedStatement[] = [];
  const findings: RehearsalFinding[] = [];
  for (const file of files) {
    signal.throwIfAborted();
    // A session for each file: what one sets must not reach the next.
    const failed = await withConnection(
      target,
      { applicationName: "lockstep:rehearse" },
      (client) => traceFile({ client, file, statements, findings }),
    );
    if (failed === undefined) continue;
    findings.push({
      rule: "not-traced",
      severity: "warning",
      where: file.path,
      message: `${fileId(file)} runs as a file, but not statement by statement: nothing from here on was traced`,
      details: [failed],
    });
    break;
  }
  return { statements, findings };
}

interface FileTrace {
  readonly client: Client;
  readonly file: Migration;
  readonly statements: TracedStatement[];
  readonly findings: RehearsalFinding[];
}

/** @returns what the server said, where it refused a statement. */
async function traceFile(trace: FileTrace): Promise<string | undefined> {
  const { client, file } = trace;
  // Batches with placeholders, which change rows only.
  if (file.backfill) return undefined;
  try {
    if (file.transactional) await client.query("BEGIN");
    const before = await readRelations(client);
    for (const statement of file.statements) await traceStatement(trace, statement, before);
    if (file.transactional) await client.query("COMMIT");
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.message;
  }
}

async function traceStatement(
  { client, file, statements, findings }: FileTrace,
  statement: Statement,
  before: ReadonlyMap<number, Relation>,
): Promise<void> {
  const isInTransaction = file.transactional;
  const claimed = isInTransaction ? await resolveLocks(client, statement.locks) : [];
  const held = isInTransaction ? await readLocks(client, before) : new Map<number, LockMode>();
  const files = await readRelations(client);
  const started = performance.now();
  await client.query(statement.sql);
  const durationMs = Math.round((performance.now() - started) * 10) / 10;
  const where = formatWhere(file.path, file.sql, statement.offset);
  const taken = isInTransaction ? await readLocks(client, before) : undefined;
  const locks = taken && newLocks(held, taken, before);
  const rewrites = rewritten(files, await readRelations(client));
  statements.push({ does: statement.summary, where, durationMs, locks, rewrites });
  if (taken && !statement.opaque)
    findings.push(...compareLocks(where, { claimed, held, taken, before }));
  if (rewrites.length > 0) {
    findings.push({
      rule: "rewrites-table",
      severity: "warning",
      where,
      message: `${statement.summary}: writes ${rewrites.join(", ")} anew, which takes as long as there are rows`,
      details: [],
    });
  }
}

interface Relation {
  readonly name: string;
  readonly kind: string;
  readonly file: string;
}

/** Tables, materialized views and indexes with the file that each is in; the server's own and the ledger's aside. */
async function readRelations(client: Client): Promise<ReadonlyMap<number, Relation>> {
  const found = await client.query<Relation & { readonly oid: string }>(
    `SELECT c.oid::int8 AS oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind, c.relfilenode::text AS file
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'i', 'I') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'lockstep')`,
  );
  return new Map(found.rows.map(({ oid, ...relation }) => [Number(oid), relation]));
}

/** The strongest lock on each relation of `before` that this session holds. */
async function readLocks(
  client: Client,
  before: ReadonlyMap<number, Relation>,
): Promise<ReadonlyMap<number, LockMode>> {
  const found = await client.query<{ relation: string; mode: string }>(
    `SELECT relation::int8 AS relation, mode FROM pg_catalog.pg_locks
     WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation' AND granted`,
  );
  const locks = new Map<number, LockMode>();
  for (const row of found.rows) {
    const [oid, mode] = [Number(row.relation), fromPgLocks(row.mode)];
    if (mode && before.has(oid)) locks.set(oid, strongest(locks.get(oid) ?? mode, mode));
  }
  return locks;
}

/** `AccessExclusiveLock` as `ACCESS EXCLUSIVE`. */
function fromPgLocks(text: string): LockMode | undefined {
  const mode = text
    .replace(/Lock$/, "")
    .replace(/(?<=.)[A-Z]/g, " $&")
    .toUpperCase();
  return LOCK_MODES.find((one) => one === mode);
}

function newLocks(
  held: ReadonlyMap<number, LockMode>,
  taken: ReadonlyMap<number, LockMode>,
  before: ReadonlyMap<number, Relation>,
): readonly TracedLock[] {
  return [...taken]
    .filter(([oid, mode]) => held.get(oid) !== mode)
    .map(([oid, mode]) => ({ relation: before.get(oid)?.name ?? "", mode }))
    .toSorted((a, b) => (a.relation < b.relation ? -1 : 1));
}

/** What is in another file than before, and was there before. */
function rewritten(
  before: ReadonlyMap<number, Relation>,
  after: ReadonlyMap<number, Relation>,
): readonly string[] {
  return [...after].flatMap(([oid, { name, file }]) => {
    const was = before.get(oid);
    return was && was.file !== file && was.file !== "0" ? [name] : [];
  });
}

/** The analysis' claim beside what was seen. Indexes follow their table, and are no claim's business. */
function compareLocks(
  where: string,
  {
    claimed,
    held,
    taken,
    before,
  }: {
    readonly claimed: readonly { readonly oid: number; readonly mode: LockMode }[];
    readonly held: ReadonlyMap<number, LockMode>;
    readonly taken: ReadonlyMap<number, LockMode>;
    readonly before: ReadonlyMap<number, Relation>;
  },
): readonly RehearsalFinding[] {
  const claims = new Map(claimed.map(({ oid, mode }) => [oid, mode]));
  const details = [...before].flatMap(([oid, { name, kind }]) => {
    if (kind === "i" || kind === "I") return [];
    const [claim, now, was] = [claims.get(oid), taken.get(oid), held.get(oid)];
    const isMore = now !== undefined && now !== was && isStronger(now, claim ?? "ROW EXCLUSIVE");
    if (isMore) return [`${name}: takes ${now}, foreseen ${claim ?? "nothing"}`];
    if (claim && isStronger(claim, now ?? "ROW EXCLUSIVE"))
      return [`${name}: takes ${now ?? "no lock"}, foreseen ${claim}`];
    return [];
  });
  if (details.length === 0) return [];
  const message = "takes other locks than its text told; lockstep waits for what it foresees";
  return [{ rule: "locks-differ", severity: "warning", where, message, details }];
}

function isStronger(a: LockMode, b: LockMode): boolean {
  return a !== b && strongest(a, b) === a && strongest(a, WEAKEST_COMPARED) === a;
}
