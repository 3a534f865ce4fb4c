// The messages that apply one file, built by what builds them for the runner.
import { unwrapScript } from "../run/companion.ts";
import {
  batchSql,
  dropInvalidSql,
  endingAlone,
  fileTransaction,
  isAskedBriefly,
  isSetting,
  journalSql,
  keepsSession,
  resetSession,
  rollBackSql,
  settingsBefore,
  statementEnding,
  undoSql,
} from "../run/fileSql.ts";
import { beginSql, ledgerRowSql, ledgerTransaction, resetSql } from "../run/sessionSql.ts";
import { verifyAloneSql, verifyWithinSql } from "../run/verifyScript.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { lockTimeoutSql } from "../sql/lockTimeout.ts";
import { planBackfill, planCatchUps } from "./planBackfill.ts";
import {
  AT_RUN_TIME,
  LOCK_WAIT,
  once,
  PLANNED_ASK,
  type MessageGroup,
  type PlannedMessage,
} from "./plannedMessage.ts";

/** What a file's messages depend on beside the file. */
export interface FileContext {
  /** All files of the folder: before a contract file a backfill below it may have to catch up. */
  readonly migrations: readonly Migration[];
  /** Whether code of somebody's runs at every definition: then each file's session is undone. */
  readonly eventTriggers: boolean;
}

const { token, release } = AT_RUN_TIME;
/** The session's reset with its own settings left to run time. */
export const PLANNED_RESET = resetSql(AT_RUN_TIME.settings);

/**
 * The messages that apply `migration`, in their order. Each that takes locks is sent again, behind a rollback, where somebody was
 * in the way.
 * @throws LockstepError MIGRATION_FILES for a backfill that cannot be cut, UNSAFE_MIGRATION for a script with an inner COMMIT.
 */
export async function planFile(
  migration: Migration,
  context: FileContext,
): Promise<readonly MessageGroup[]> {
  const catchUps =
    migration.stage === "contract" ? await planCatchUps(migration, context.migrations) : [];
  return [...catchUps, ...(await planWork(migration, context))];
}

async function planWork(
  migration: Migration,
  context: FileContext,
): Promise<readonly MessageGroup[]> {
  if (migration.backfill) {
    const verify = await verifyApplied(migration);
    return [...(await planBackfill(migration)), once("end", [...verify, applied(migration)])];
  }
  return migration.transactional
    ? [await planTransactional(migration, context)]
    : [await planStatements(migration)];
}

/** The text of small files that go in one message. */
export function planBatch(batch: readonly Migration[]): string {
  const files = batch.map((migration) => ({ migration, ask: PLANNED_ASK }));
  return batchSql(files, { token, release, resetSql: PLANNED_RESET });
}

async function planTransactional(
  migration: Migration,
  { eventTriggers }: FileContext,
): Promise<MessageGroup> {
  const isUndone = eventTriggers || !keepsSession(migration);
  const undo = isUndone ? undoSql(migration, PLANNED_RESET) : undefined;
  const row = { migration, release };
  const { prefix, ending } = fileTransaction({ token, ask: PLANNED_ASK, row, undo });
  const text = prefix + migration.body;
  if (!migration.verify)
    return once("one transaction", [
      { what: "the file and its ledger row", sql: text + ending },
      LOCK_WAIT,
    ]);
  const script = await unwrapScript(migration.verify);
  return once("one transaction", [
    { what: "the file", sql: text },
    { what: "its verify script", sql: verifyWithinSql(script) },
    { what: "its ledger row", sql: endingAlone(ending) },
    LOCK_WAIT,
  ]);
}

async function planStatements(migration: Migration): Promise<MessageGroup> {
  const { statements } = migration;
  return once("statement by statement", [
    ledger("its ledger row, begun", ledgerRowSql({ migration, release, state: "running" })),
    ...statements.flatMap((statement, position) => planStatement(migration, statement, position)),
    { what: "undoes what it left in the session", sql: resetSession(PLANNED_RESET) },
    ...(await verifyApplied(migration)),
    applied(migration),
  ]);
}

function planStatement(
  migration: Migration,
  statement: Statement,
  position: number,
): readonly PlannedMessage[] {
  const what = statement.summary;
  if (isSetting(statement)) return [{ what, sql: statement.sql }];
  const done = journalSql(migration, position, "done");
  // Another tool's file may hold what only that tool knows to be impossible in a transaction.
  if (!statement.nonTransactional && migration.foreign?.outsideTransaction !== true) {
    const sql = `${beginSql(token, PLANNED_ASK)}${statement.sql}${statementEnding(done)}`;
    return [{ what: `${what}, with its journal`, sql }, LOCK_WAIT];
  }
  return [
    ledger("its journal, before", journalSql(migration, position, "started")),
    ...leftIndexes(statement),
    ...planAlone(migration, statement),
    ledger("its journal, after", done),
  ];
}

function leftIndexes({ kind }: Statement): readonly PlannedMessage[] {
  if (kind !== "IndexStmt" && kind !== "ReindexStmt") return [];
  const sql = dropInvalidSql(AT_RUN_TIME.invalidIndex);
  const perhaps = "where an interrupted build left an INVALID index";
  return [{ what: "removes what was left", sql, perhaps }];
}

function planAlone(migration: Migration, statement: Statement): readonly PlannedMessage[] {
  const itself = { what: statement.summary, sql: statement.sql };
  if (!isAskedBriefly(statement)) return [itself];
  return [
    ...settingsBefore(migration.statements, statement).map(({ summary, sql }) => ({
      what: `${summary}, again`,
      sql,
    })),
    { what: "asks briefly for its locks", sql: lockTimeoutSql(AT_RUN_TIME.lockTimeout) },
    itself,
    { what: "and no more", sql: lockTimeoutSql(0) },
    LOCK_WAIT,
  ];
}

async function verifyApplied({ verify }: Migration): Promise<readonly PlannedMessage[]> {
  if (!verify) return [];
  return [
    { what: "its verify script", sql: verifyAloneSql(await unwrapScript(verify)) },
    { what: "undoes what that left in the session", sql: rollBackSql(PLANNED_RESET) },
  ];
}

function applied(migration: Migration): PlannedMessage {
  return ledger("its ledger row", ledgerRowSql({ migration, release, state: "applied" }));
}

/** A transaction of the ledger alone. */
export function ledger(what: string, sql: string): PlannedMessage {
  return { what, sql: ledgerTransaction(token, sql) };
}
