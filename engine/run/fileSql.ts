// What is sent around a file's own statements, for the runner and for a plan alike.
import { strongest } from "../locks/modes.ts";
import { soakSql, TRIAL } from "../soak/soakSql.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { shown, type Placeholder } from "../sql/placeholder.ts";
import {
  appliedRowSql,
  beginSql,
  RESTORE_SESSION,
  UNLOCK_ADVISORY,
  type AskSql,
  type LedgerRow,
  type Token,
} from "./sessionSql.ts";

/** What a file's transaction is made of. */
export interface FileTransaction {
  readonly token: Token;
  readonly ask: AskSql;
  readonly row: Omit<LedgerRow, "state">;
  /** `undoSql`, where the file may have changed the session; undoing what cannot be there would cost more than a small file. */
  readonly undo: string | undefined;
  /** Whether the next file follows in the same message. */
  readonly isFollowed?: boolean;
}

/**
 * Fails where there are event triggers: the file's data may have run code that made one, which would then run in the next file's
 * session. Who applies the files one by one looks for them before each.
 */
const NO_EVENT_TRIGGER = "SELECT 1 / (count(*) = 0)::int FROM pg_catalog.pg_event_trigger;";
/** The message's last commit waits until the disk has it, and with it all before: a server that dies between loses the last files and their rows alike. */
const COMMIT_UNWAITED = "SET LOCAL synchronous_commit = off; COMMIT;";

/** What is sent before and behind a file's text so that it commits together with its ledger row. */
export function fileTransaction({ token, ask, row, undo, isFollowed = false }: FileTransaction): {
  readonly prefix: string;
  readonly ending: string;
} {
  const commit = isFollowed ? COMMIT_UNWAITED : "COMMIT;";
  const written = appliedRowSql(row);
  const aside = soakSql(row.migration);
  return {
    prefix: `${beginSql(token, ask)}${aside === "" ? "" : TRIAL}`,
    ending:
      undo === undefined
        ? `\n;${aside}SET LOCAL search_path = pg_catalog; ${written} ${commit}`
        : `\n;${aside}${RESTORE_SESSION} ${written} ${isFollowed ? `${NO_EVENT_TRIGGER} ` : ""}${commit} ${isFollowed ? alone(undo) : undo}`,
  };
}

/** In a transaction of its own: the next file's could no longer choose its isolation where it began with this. */
function alone(undo: string): string {
  return `BEGIN; ${undo} COMMIT;`;
}

/** `ending` of `fileTransaction` as a message of its own, behind a verify script. */
export function endingAlone(ending: string): string {
  return ending.slice(2);
}

/** Whether the file's statements leave the session as it was. */
export function keepsSession({ statements }: Pick<Migration, "statements">): boolean {
  return statements.every((statement) => statement.keepsSession);
}

/**
 * Undoes what the file may have left in the session. Asked for each of a thousand small files, the
 * server's answer on advisory locks would cost more than their own reset.
 */
export function undoSql({ statements, body }: Migration, resetSql: string): string {
  const mayLock = statements.some((statement) => statement.opaque) || /advisory/i.test(body);
  return `${resetSql} ${mayLock ? UNLOCK_ADVISORY : ""}`;
}

/** A file of a message of several. */
export interface BatchedFile {
  readonly migration: Migration;
  readonly ask: AskSql;
}

/** What such a message depends on beside its files. */
export interface BatchContext {
  readonly token: Token;
  readonly release: LedgerRow["release"];
  readonly resetSql: string;
}

/** Small files as one message: each commits by itself. It is for a database without event triggers. */
export function batchSql(files: readonly BatchedFile[], context: BatchContext): string {
  const { token, release, resetSql } = context;
  const texts = files.map(({ migration, ask }, index) => {
    const { prefix, ending } = fileTransaction({
      ...{ token, ask, row: { migration, release } },
      undo: keepsSession(migration) ? undefined : undoSql(migration, resetSql),
      isFollowed: index < files.length - 1,
    });
    return prefix + migration.body + ending;
  });
  return texts.join("\n");
}

/** Behind a statement in a transaction of its own: `done` writes that it is done. */
export function statementEnding(done: string): string {
  return `\n;${RESTORE_SESSION} ${done} COMMIT;`;
}

/** Writes how the statement at `position` of `migration` stands into its journal. */
export function journalSql(
  migration: Migration,
  position: number,
  state: "started" | "done",
): string {
  return `INSERT INTO lockstep.statement (number, position, state) VALUES (${migration.order.toString()}, ${String(position)}, '${state}') ON CONFLICT (number, position) DO UPDATE SET state = excluded.state, at = clock_timestamp();`;
}

/** Whether it is sent each time, without a journal: a setting holds for what follows it in the session. */
export function isSetting({ kind }: Statement): boolean {
  return kind === "VariableSetStmt";
}

/** The settings of a file that hold for `statement`: sent again before each try of it, since a miss undoes them. */
export function settingsBefore(
  statements: readonly Statement[],
  { offset }: Statement,
): readonly Statement[] {
  return statements.filter((one) => isSetting(one) && one.offset < offset);
}

/** Whether it waits outside the lock queue: what CONCURRENTLY waits for holds up nobody else. */
export function isAskedBriefly({ locks, nonTransactional }: Statement): boolean {
  const weakest = "SHARE UPDATE EXCLUSIVE";
  return nonTransactional && locks.some(({ mode }) => strongest(mode, weakest) !== weakest);
}

/** Removes the index that an interrupted build left. `path` is quoted. */
export function dropInvalidSql(path: string | Placeholder): string {
  return `DROP INDEX CONCURRENTLY IF EXISTS ${shown(path)}`;
}

/** Undoes everything in the session, behind a file or after a failure. */
export function resetSession(resetSql: string): string {
  return `${resetSql} ${UNLOCK_ADVISORY}`;
}

/** Ends an open transaction, and undoes everything in the session. */
export function rollBackSql(resetSql: string): string {
  return `ROLLBACK; ${resetSession(resetSql)}`;
}

/** Writes that a first set-up has begun. `value` is a literal. */
export function enterInitialSql(value: string | Placeholder): string {
  return `INSERT INTO lockstep.setting (key, value) VALUES ('initial', ${shown(value)}) ON CONFLICT (key) DO UPDATE SET value = excluded.value;`;
}

/** Writes that the first set-up is complete. */
export const LEAVE_INITIAL = "DELETE FROM lockstep.setting WHERE key = 'initial';";
