// The messages of a backfill: batch after batch, as many as the table asks for.
import { batchSql, cutStatement, keyColumns, type BatchStatement } from "../backfill/batchSql.ts";
import {
  beginBatchSql,
  lastBatchSql,
  openBackfillSql,
  positionSql,
  walkAgainSql,
  walkedSql,
  wholeBatchSql,
} from "../backfill/walkSql.ts";
import { rollBackSql } from "../run/fileSql.ts";
import { ledgerTransaction, resetSql } from "../run/sessionSql.ts";
import { fileId } from "../sources/fileId.ts";
import type { BackfillDirective, Migration } from "../sources/migration.ts";
import {
  AT_RUN_TIME,
  LOCK_WAIT,
  once,
  PLANNED_ASK,
  type MessageGroup,
  type PlannedMessage,
} from "./plannedMessage.ts";

const { token, release } = AT_RUN_TIME;

/**
 * A backfill file's messages up to the end of its walk.
 * @throws LockstepError MIGRATION_FILES for a statement that cannot be cut.
 */
export async function planBackfill(migration: Migration): Promise<readonly MessageGroup[]> {
  const { backfill: directive } = migration;
  if (!directive) return [];
  const opened = openBackfillSql({ migration, release }, directive.remaining);
  const begin = { what: "its ledger row, begun", sql: ledgerTransaction(token, opened) };
  return [once("begin", [begin]), ...(await planWalk(migration, directive))];
}

/**
 * The walks that a contract file may begin with: of each backfill below it, where its remaining query counts rows.
 * @throws LockstepError as `planBackfill` does.
 */
export async function planCatchUps(
  { order }: Migration,
  migrations: readonly Migration[],
): Promise<readonly MessageGroup[]> {
  const groups: MessageGroup[] = [];
  for (const below of migrations.filter((file) => file.backfill && file.order < order)) {
    if (!below.backfill) continue;
    const sql = ledgerTransaction(token, walkAgainSql(below.order.toString()));
    const what = `catch-up of ${fileId(below)}, where rows are left to fill`;
    groups.push({ what, times: "perhaps", messages: [{ what: "from the first key", sql }] });
    for (const group of await planWalk(below, below.backfill))
      groups.push({
        ...group,
        what: `${what}: ${group.what}`,
        times: group.times === "many" ? "many" : "perhaps",
      });
  }
  return groups;
}

async function planWalk(
  migration: Migration,
  directive: BackfillDirective,
): Promise<readonly MessageGroup[]> {
  const number = migration.order.toString();
  const statement = await cutStatement(
    migration.statements[0]?.sql ?? "",
    directive,
    migration.path,
  );
  const batch = (first: boolean): readonly PlannedMessage[] => [
    ...lookups(directive, number),
    batchOf(statement, directive, first),
    {
      what: "its position in the ledger",
      sql: positionSql(number, { position: AT_RUN_TIME.position, rows: AT_RUN_TIME.rowsDone }),
    },
    LOCK_WAIT,
  ];
  return [
    { what: "the first batch", times: "perhaps", messages: batch(true) },
    { what: "each further batch", times: "many", messages: batch(false) },
    once("the walk's end", [
      ...lookups(directive, number),
      { what: "no key is left", sql: walkedSql(number) },
      LOCK_WAIT,
      {
        what: "undoes what it left in the session",
        sql: rollBackSql(resetSql(AT_RUN_TIME.settings)),
      },
    ]),
  ];
}

function lookups(directive: BackfillDirective, number: string): readonly PlannedMessage[] {
  const lookup = {
    range: AT_RUN_TIME.range,
    offset: AT_RUN_TIME.batchOffset,
    rows: AT_RUN_TIME.batchRows,
    limitMs: AT_RUN_TIME.batchLimit,
  };
  return [
    { what: "its transaction", sql: beginBatchSql(token, PLANNED_ASK, number) },
    { what: "the key that ends it", sql: wholeBatchSql(directive, lookup) },
    {
      what: "the last key",
      sql: lastBatchSql(directive, lookup),
      perhaps: "where fewer rows than a batch are left",
    },
  ];
}

function batchOf(
  statement: BatchStatement,
  directive: BackfillDirective,
  first: boolean,
): PlannedMessage {
  const columns = keyColumns(directive.key);
  const names = (which: string) => columns.map((column) => `<backfill ${which} ${column}>`);
  return {
    what: "its rows",
    sql: batchSql(statement, first).sql,
    parameters: [...names("to"), ...(first ? [] : names("from"))],
  };
}
