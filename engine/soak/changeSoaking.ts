// Gives soaking objects back, or drops them for good: each file in one transaction with the ledger, under the lease.
import { DatabaseError } from "pg";
import { withConnection } from "../drivers/postgres/connect.ts";
import { isConnectionLost } from "../drivers/postgres/diagnose.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { isLockstepError, type LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { readLedger } from "../ledger/ledger.ts";
import { eventSql } from "../ledger/record.ts";
import { ensureNoneActive } from "../ledger/releases.ts";
import { ensureLedger } from "../ledger/schema.ts";
import type { LockRequest } from "../locks/request.ts";
import { isRetryable, retryLocks } from "../run/retryLocks.ts";
import { recordSchema } from "../run/schemaRecord.ts";
import { explainingServer } from "../run/serverError.ts";
import { beginSql } from "../run/sessionSql.ts";
import { survivingCuts } from "../run/survivingCuts.ts";
import { ensureNotAborted, withWorkSession, type Run } from "../run/workSession.ts";
import { pathParts } from "./pathParts.ts";
import { planEnd, planUndo, type SoakChoice } from "./planUndo.ts";
import { namesOf, readReads, type SoakingFile, type SoakingObject } from "./readSoaking.ts";
import { endFailed, notAsked, undoFailed } from "./soakErrors.ts";

/** What a change of soaking objects is given. */
export interface ChangeOptions {
  readonly target: DatabaseTarget;
  readonly choice: SoakChoice;
  /** The files that somebody was shown and said yes to; no other is touched but what is due. Undefined where nobody was asked. */
  readonly asked?: readonly string[] | undefined;
  readonly leaseWaitMs: number;
  readonly lockBudgetMs: number;
  readonly lockCancelIdleMs?: number | undefined;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Gives back what the chosen files took away. Each of them is then pending again, and waits for a new approval.
 * @param by who says so, for the ledger.
 * @returns the files, the last applied first.
 * @throws LockstepError CONFIG, MIGRATION_ORDER as `planUndo`; UNSAFE_MIGRATION where a name is taken or rows do not fit any more, with
 * nothing of that file changed; PLAN_CHANGED where another file than the asked ones would come back; RELEASE_ACTIVE, LOCK_TIMEOUT,
 * LEASE_NOT_OBTAINED.
 */
export async function giveBack(
  options: ChangeOptions,
  by: string,
): Promise<readonly SoakingFile[]> {
  return change(options, {
    doing: "undo",
    plan: planUndo,
    apply: async (run, file) => {
      await inOneTransaction(run, file, { sql: giveBackSql(file, by), fail: undoFailed });
      run.report("info", `${file.file} given back: ${namesOf(file).join(", ")}`);
    },
  });
}

/**
 * Drops the chosen files' objects for good.
 * @returns the files, in their order.
 * @throws LockstepError CONFIG as `planEnd`; UNSAFE_MIGRATION where something depends on an object by now, with nothing of that file dropped;
 * PLAN_CHANGED where another file than the asked ones would go; RELEASE_ACTIVE, LOCK_TIMEOUT, LEASE_NOT_OBTAINED.
 */
export async function endSoaks(options: ChangeOptions): Promise<readonly SoakingFile[]> {
  return change(options, {
    doing: "soak end",
    plan: planEnd,
    apply: async (run, file) => {
      await tellReads(run, file);
      await inOneTransaction(run, file, { sql: endSql(file), fail: endFailed });
      run.report("info", `${file.file}: dropped for good: ${namesOf(file).join(", ")}`);
    },
  });
}

interface Change {
  readonly doing: string;
  readonly plan: typeof planUndo;
  readonly apply: (run: Run, file: SoakingFile) => Promise<void>;
}

async function change(options: ChangeOptions, { doing, plan, apply }: Change) {
  const { target, choice, report, signal, leaseWaitMs: waitMs } = options;
  return explainingServer(target, async () => {
    const found = await withConnection(
      target,
      { applicationName: `lockstep:${doing}` },
      async (client) => plan(await readLedger(client), choice),
    );
    if (found.length === 0) return [];
    return withLease(target, { doing, waitMs, report, signal }, async (lease) => {
      const context = { lease, report, signal: AbortSignal.any([signal, lease.lost]) };
      return withWorkSession(target, context, async (session) => {
        const { lockBudgetMs, lockCancelIdleMs } = options;
        const run: Run = { session, ...context, release: null, lockBudgetMs, lockCancelIdleMs };
        await ensureLedger(session.client);
        const ledger = await readLedger(session.client);
        ensureNoneActive(ledger.releases);
        const files = plan(ledger, choice);
        ensureAsked(files, options);
        for (const file of files) {
          ensureNotAborted(run.signal);
          await apply(run, file);
        }
        await recordSchema(run);
        return files;
      });
    });
  });
}

/** While the lease was waited for, its holder may have put more aside, or given something back. */
function ensureAsked(files: readonly SoakingFile[], { asked }: ChangeOptions): void {
  const others = files.filter(({ file, isDue }) => !isDue && asked?.includes(file) === false);
  if (others.length > 0) throw notAsked(others);
}

function giveBackSql(file: SoakingFile, by: string): string {
  const { number, objects } = file;
  const back = objects
    .toReversed()
    .map(({ id }) => `SELECT lockstep.soak_give_back(${id.toString()});`);
  // The backfills before it can be asked again, since their columns are back.
  const open = `UPDATE lockstep.backfill b SET settled = false WHERE NOT EXISTS (SELECT FROM lockstep.migration m WHERE m.stage = 'contract' AND m.number > b.number);`;
  const event = eventSql("undo", { file: file.file, objects: namesOf(file), by });
  return `${back.join(" ")} DELETE FROM lockstep.migration WHERE number = ${number.toString()}; SELECT lockstep.relink(); ${open} ${event}`;
}

function endSql(file: SoakingFile): string {
  const ends = file.objects.map(({ id }) => `SELECT lockstep.soak_end(${id.toString()});`);
  const data = { file: file.file, objects: namesOf(file), early: !file.isDue };
  return `${ends.join(" ")} ${eventSql("soakEnded", data)}`;
}

interface Work {
  readonly sql: string;
  readonly fail: (error: DatabaseError, file: SoakingFile) => LockstepError;
}

async function inOneTransaction(run: Run, file: SoakingFile, { sql, fail }: Work): Promise<void> {
  const migration = {
    number: file.file.split("_")[0] ?? "",
    name: file.file.split("_").slice(1).join("_"),
    path: file.file,
  };
  const statements = [{ locks: locksOf(file), keepsSession: true, opaque: false }];
  await survivingCuts(run, file.file, async (again) => {
    if (again && !(await isSoaking(run, file))) return;
    await retryLocks(run, { migration, statements }, async (ask) => {
      try {
        await run.session.send(
          `${beginSql(run.lease.token, ask)}SET LOCAL search_path = pg_catalog; ${sql} COMMIT;`,
        );
      } catch (error) {
        ensureNotAborted(run.signal, error);
        if (isRetryable(error) || isConnectionLost(error) || isLockstepError(error)) throw error;
        await run.session.reset();
        throw error instanceof DatabaseError ? fail(error, file) : error;
      }
    });
  });
}

async function isSoaking(run: Run, { objects }: SoakingFile): Promise<boolean> {
  const ids = objects.map(({ id }) => id.toString());
  const found = await run.session.client.query(
    "SELECT FROM lockstep.soak WHERE id = ANY ($1::bigint[])",
    [ids],
  );
  return found.rowCount !== 0;
}

/** Tables are locked as they stand now; foreign keys that are made again lock the table they refer to as well, which no prediction knows. */
function locksOf({ objects }: SoakingFile): readonly LockRequest[] {
  return objects.flatMap(({ kind, relation, kept, name }) => {
    if (relation !== null) return lockOf(pathParts(relation));
    return kind === "table" ? lockOf([kept, pathParts(name).at(-1) ?? ""]) : [];
  });
}

function lockOf([schema, name]: readonly string[]): readonly LockRequest[] {
  return schema !== undefined && name !== undefined
    ? [{ schema, name, mode: "ACCESS EXCLUSIVE", reach: "none" }]
    : [];
}

/** A figure and no refusal: backups read a table, too. */
async function tellReads(run: Run, { objects }: SoakingFile): Promise<void> {
  for (const object of objects.filter(({ kind }) => kind === "table")) {
    const reads = (await readReads(run.session.client, object)) - object.reads;
    if (reads > 0) run.report("warn", readLine(object, reads));
  }
}

function readLine({ name, kept }: SoakingObject, reads: number): string {
  return `${name} was read ${String(reads)} times since it was put aside (as ${kept}); a backup reads it as well`;
}
