// What only a person can know: whether a statement took effect in whose middle a run ended.
import type { Client } from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { eventSql } from "../ledger/record.ts";
import { hasLedger } from "../ledger/schema.ts";
import { fileId } from "../sources/fileId.ts";
import { findByNumber } from "../sources/findNumber.ts";
import type { Migration, Statement } from "../sources/migration.ts";
import { ledgerTransaction } from "./sessionSql.ts";
import { subjectOf } from "./subject.ts";

/** What a person says. */
export interface ResolveOptions {
  readonly target: DatabaseTarget;
  readonly migrations: readonly Migration[];
  /** The file's number. */
  readonly number: string;
  readonly outcome: "applied" | "rolledBack";
  /** How it was found out, for `lockstep history`. */
  readonly reason: string;
  readonly leaseWaitMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** What was resolved. */
export interface Resolved {
  readonly file: string;
  /** The statement in words. */
  readonly statement: string;
}

/**
 * Writes down whether the one statement of the file that was begun and not ended took effect; the next run goes on behind or
 * with it. Only where the catalogue cannot tell: what it can, the next run finds out by itself.
 * @throws LockstepError CONFIG where there is nothing to resolve, LEASE_NOT_OBTAINED.
 */
export async function resolveStatement(options: ResolveOptions): Promise<Resolved> {
  const { target, report, signal, leaseWaitMs: waitMs } = options;
  const file = findByNumber(options.migrations, options.number);
  if (!file) throw nothingToResolve(options.number, "no file has this number");
  const client = await connect(target, { applicationName: "lockstep:resolve" });
  try {
    if (!(await hasLedger(client))) throw nothingToResolve(fileId(file), "there is no ledger");
    return await withLease(target, { doing: "resolve", waitMs, report, signal }, async (lease) => {
      const { position, statement } = await findUnknown(client, file);
      const key = `number = ${file.order.toString()} AND position = ${String(position)}`;
      const change =
        options.outcome === "applied"
          ? `UPDATE lockstep.statement SET state = 'done', at = clock_timestamp() WHERE ${key};`
          : `DELETE FROM lockstep.statement WHERE ${key};`;
      const { outcome, reason } = options;
      const event = eventSql("resolved", { file: fileId(file), position, outcome, reason });
      await client.query(ledgerTransaction(lease.token, `${change} ${event}`));
      return { file: fileId(file), statement: statement.summary };
    });
  } finally {
    await close(client);
  }
}

/** The statement that is begun, not ended, and beyond the catalogue's knowledge. */
async function findUnknown(
  client: Client,
  file: Migration,
): Promise<{ readonly position: number; readonly statement: Statement }> {
  const found = await client.query<{ position: number }>(
    "SELECT position FROM lockstep.statement WHERE number = $1 AND state = 'started'",
    [file.order.toString()],
  );
  const position = found.rows[0]?.position;
  if (position === undefined)
    throw nothingToResolve(fileId(file), "no statement of it is left open");
  // A down file's statements share the journal, below zero.
  const statement = position < 0 ? file.downStatements[-1 - position] : file.statements[position];
  if (!statement)
    throw nothingToResolve(fileId(file), "the open statement is no longer in the file");
  const { kind } = await subjectOf(statement);
  if (kind === "unknown") return { position, statement };
  throw nothingToResolve(
    fileId(file),
    `${statement.summary}: the catalogue tells how it ended, or it may be repeated`,
  );
}

function nothingToResolve(what: string, seen: string): LockstepError {
  return new LockstepError("CONFIG", `Nothing is to be resolved for ${what}`, {
    seen,
    next: "lockstep resume: it finds out by itself, and asks for a person where it cannot",
  });
}
