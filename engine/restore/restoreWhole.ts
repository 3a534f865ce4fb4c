// Restores a whole database: into a new one beside the present, which gives its name up only when the new one is complete.
import { type Client, escapeIdentifier } from "pg";
import { compareContents, describeDifferences } from "../backup/compare.ts";
import { countTables, findTables, READER_SETTINGS } from "../backup/contents.ts";
import { readServerFacts } from "../backup/job.ts";
import { liveProgress } from "../backup/liveProgress.ts";
import type { BackupManifest } from "../backup/manifest.ts";
import { isCheckedIn } from "../backup/valueChecks.ts";
import { close, withConnection } from "../drivers/postgres/connect.ts";
import { readServerVersion } from "../drivers/postgres/serverVersion.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { type LedgerState, readLedger } from "../ledger/ledger.ts";
import { recordEvent } from "../ledger/record.ts";
import { hasLedger } from "../ledger/schema.ts";
import { type Afterwards, describeAfterwards } from "./afterwards.ts";
import { keptNote } from "./kept.ts";
import { keptName, restoringName } from "./keptName.ts";
import { loadDump } from "./load.ts";
import { createLike } from "./newDatabase.ts";
import { APPLICATION, connectBeside, hasDatabase, onDatabase } from "./server.ts";
import type { RestoreSource } from "./source.ts";
import { ensureNotInUse, swapDatabases } from "./swap.ts";

/** What to restore, and where to. */
export interface RestoreRequest {
  readonly source: RestoreSource;
  /** The database to restore; it need not exist. Its role makes the new one. */
  readonly target: DatabaseTarget;
  /** Ends who is connected to the present database when the new one takes its place. */
  readonly endSessions: boolean;
  /** Leaves owners and grants of the dump out: all is the role's own. */
  readonly noOwner: boolean;
  readonly by: string;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** What became of it. */
export interface Restored {
  readonly database: string;
  /** What the database that had the name is called now. */
  readonly kept: string | undefined;
  readonly afterwards: Afterwards;
  readonly tables: number;
  /** Undefined where the dump does not say how many there must be. */
  readonly rows: number | undefined;
  /** Settings of the database that only a superuser can give the new one. */
  readonly refused: readonly string[];
}

/**
 * Restores and swaps. Until the last moment the present database is untouched; a failure or an abort drops the new one.
 * @throws LockstepError BACKUP_FAILED (damaged, refused by the server, differs), DATABASE_IN_USE, LEASE_NOT_OBTAINED where a run
 * is under way, PRIVILEGE, CONNECTION, INTERRUPTED.
 */
export async function restoreWhole(request: RestoreRequest): Promise<Restored> {
  const { target } = request;
  const client = await connectBeside(target, [target.database]);
  try {
    const helper = await connectBeside(target, [target.database]);
    try {
      return await new Restore(request, client, helper).run();
    } finally {
      await close(helper);
    }
  } finally {
    await close(client);
  }
}

class Restore {
  readonly #request: RestoreRequest;
  readonly #client: Client;
  readonly #helper: Client;
  readonly #at = new Date();
  readonly #next: DatabaseTarget;

  constructor(request: RestoreRequest, client: Client, helper: Client) {
    this.#request = request;
    this.#client = client;
    this.#helper = helper;
    const { target } = request;
    this.#next = onDatabase(target, restoringName(target.database, this.#at));
  }

  async run(): Promise<Restored> {
    const { target, endSessions, source } = this.#request;
    const { database } = target;
    const isThere = await hasDatabase(this.#client, database);
    // Asked before the long work as well as after it.
    if (isThere && !endSessions) await ensureNotInUse(this.#client, database);
    const before = isThere ? await withConnection(target, APPLICATION, readLedger) : undefined;
    const kept = isThere ? keptName(database, this.#at) : undefined;
    try {
      const filled = await this.#underLease(before, () => this.#fill(isThere, kept));
      await swapDatabases(this.#client, this.#helper, {
        ...{ name: database, next: this.#next.database, kept, endSessions },
        note: keptNote(database, source.name, this.#at),
      });
      return { database, kept, ...filled, afterwards: describeAfterwards(before, filled.ledger) };
    } catch (error) {
      await this.#client
        .query(`DROP DATABASE IF EXISTS ${escapeIdentifier(this.#next.database)} WITH (FORCE)`)
        .catch(() => undefined);
      throw error;
    }
  }

  /** No run may begin on the present database meanwhile: what it did would be lost with it. */
  async #underLease<T>(before: LedgerState | undefined, use: () => Promise<T>): Promise<T> {
    const { target, report, signal } = this.#request;
    if (!before?.exists) return use();
    const options = { doing: "restore", waitMs: 0, report, signal };
    return withLease(target, options, async (lease) => {
      const result = await use();
      lease.lost.throwIfAborted();
      return result;
    });
  }

  async #fill(isThere: boolean, kept: string | undefined) {
    const { target, source, report, signal, by } = this.#request;
    const { database } = this.#next;
    const refused = await createLike(this.#client, database, isThere ? target.database : undefined);
    const { major } = await readServerVersion(this.#client);
    report("info", `restoring ${source.name} into a new database, ${database}`);
    const withOwners = !this.#request.noOwner && (await this.#isSuperuser());
    await loadDump({ source, into: this.#next, serverMajor: major, withOwners, report, signal });
    return withConnection(this.#next, APPLICATION, async (client) => {
      const manifest = source.kind === "backup" ? source.manifest : undefined;
      const { tables, rows } = await ensureSame(client, manifest, { report, signal });
      await client.query("RESET search_path; ANALYZE");
      const ledger = await readLedger(client);
      if (await hasLedger(client)) {
        const data = { from: source.name, at: manifest?.at ?? "", kept: kept ?? "", by };
        await recordEvent(client, { release: null, kind: "restored", data });
      }
      return { tables, rows, ledger, refused };
    });
  }

  async #isSuperuser(): Promise<boolean> {
    const { rows } = await this.#client.query<{ is: boolean }>(
      "SELECT rolsuper AS is FROM pg_roles WHERE rolname = current_user",
    );
    return rows[0]?.is === true;
  }
}

/** Counts what was restored, and holds it to the manifest where there is one. */
async function ensureSame(
  client: Client,
  manifest: BackupManifest | undefined,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<{ tables: number; rows: number | undefined }> {
  await client.query(READER_SETTINGS);
  const found = await findTables(client);
  if (manifest === undefined) return { tables: found.length, rows: undefined };
  await client.query("BEGIN");
  const { encoding } = await readServerFacts(client);
  const live = liveProgress(report);
  const actual = await countTables(client, found, {
    kind: "dump",
    // Another encoding is another text, whose values are the same all the same.
    ...(encoding === manifest.encoding && { checked: isCheckedIn(manifest.tables) }),
    signal,
    onTable: (done, total) => {
      live(`restore: ${String(done)} of ${String(total)} tables counted`);
    },
  });
  const comparison = compareContents(manifest.tables, actual);
  await client.query("COMMIT");
  const differences = describeDifferences(comparison);
  if (differences.length === 0) return { tables: comparison.tables, rows: comparison.rowsInAll };
  throw new LockstepError("BACKUP_FAILED", "What was restored is not what was backed up", {
    seen: differences.slice(0, 8).join("\n"),
    likely: "the backup is bad, or another version of PostgreSQL reads it differently",
    next: "lockstep backups   (shows older ones); the present database is as it was",
  });
}
