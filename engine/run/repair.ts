// Repair: the ledger takes a file's new bytes where its statements are the same, or its own rows as they are.
import type { Client } from "pg";
import pg from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { findBrokenLink } from "../ledger/chain.ts";
import { type AppliedMigration, type LedgerState, readLedger, rowId } from "../ledger/ledger.ts";
import { eventSql } from "../ledger/record.ts";
import { ensureLedger, hasLedger } from "../ledger/schema.ts";
import { ensureChain } from "../plan/planRun.ts";
import { fileId } from "../sources/fileId.ts";
import { findByNumber } from "../sources/findNumber.ts";
import type { Migration } from "../sources/migration.ts";
import { ledgerTransaction } from "./sessionSql.ts";

/** What a repair is given. */
export interface RepairOptions {
  readonly target: DatabaseTarget;
  readonly migrations: readonly Migration[];
  /** The number of the edited file; undefined to bind the ledger's rows anew. */
  readonly number: string | undefined;
  /** Why, for `lockstep history`. */
  readonly reason: string;
  readonly leaseWaitMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Repairs one thing and records it with its reason.
 * @returns what was repaired, in words; undefined where nothing had to be.
 * @throws LockstepError CONFIG for a number that is not applied or not here, CHECKSUM_MISMATCH where
 * the statements differ, HISTORY_BROKEN where a file is to be repaired and the chain does not hold, NEEDS_BASELINE without a ledger, LEASE_NOT_OBTAINED.
 */
export async function repair(options: RepairOptions): Promise<string | undefined> {
  const { target, report, signal, leaseWaitMs: waitMs } = options;
  const client = await connect(target, { applicationName: "lockstep:repair" });
  try {
    if (!(await hasLedger(client))) {
      throw new LockstepError("NEEDS_BASELINE", "There is no ledger to repair", {
        where: target.display,
        next: "lockstep status shows what is there",
      });
    }
    await ensureLedger(client);
    return await withLease(target, { doing: "repair", waitMs, report, signal }, async (lease) => {
      const ledger = await readLedger(client);
      const work = options.number === undefined ? planChain(ledger) : planFile(options, ledger);
      if (!work) return undefined;
      await record(client, lease.token, { ...work, reason: options.reason });
      return work.said;
    });
  } finally {
    await close(client);
  }
}

/** A repair that is decided. */
interface Work {
  readonly said: string;
  /** Changes to the ledger; its rows are bound anew after them. */
  readonly sql: string;
  readonly facts: Readonly<Record<string, string>>;
}

function planChain(ledger: LedgerState): Work | undefined {
  const broken = findBrokenLink(ledger);
  if (!broken) return undefined;
  const at = broken.row ? `from ${rowId(broken.row)} on` : "at its end";
  return { said: `the ledger's rows are bound anew ${at}`, sql: "", facts: {} };
}

function planFile(options: RepairOptions, ledger: LedgerState): Work | undefined {
  // Binding the rows anew would mend a break elsewhere by the way, and say nothing of it.
  ensureChain(ledger);
  const number = options.number ?? "";
  const file = findByNumber(options.migrations, number);
  const row = ledger.applied.find((one) => one.number === file?.order);
  if (!file || !row) {
    throw new LockstepError("CONFIG", "That number is not both applied and in the folder", {
      seen: number,
      next: "lockstep status shows the files that were edited",
    });
  }
  if (row.checksum === file.checksum) return undefined;
  ensureSameStatements(row, file);
  return {
    said: `${fileId(file)} is bound to its new text`,
    sql: `UPDATE lockstep.migration SET checksum = ${pg.escapeLiteral(file.checksum)} WHERE number = ${row.number.toString()};`,
    facts: { file: fileId(file), from: row.checksum, to: file.checksum },
  };
}

function ensureSameStatements(row: AppliedMigration, file: Migration): void {
  if (row.content === file.content) return;
  throw new LockstepError("CHECKSUM_MISMATCH", "The file's statements are not those that ran", {
    where: file.path,
    seen:
      row.content === ""
        ? "an older lockstep applied it and kept no digest of its statements"
        : "more than comments and white space differs; text within quotes or a function's body counts as a statement",
    likely: "the change was meant for the database, which no longer reads that file",
    next: "undo the edit (git checkout) and put the change into a new file: lockstep new NAME",
  });
}

async function record(
  client: Client,
  token: bigint,
  work: Work & { readonly reason: string },
): Promise<void> {
  const event = eventSql("repair", { ...work.facts, reason: work.reason });
  await client.query(ledgerTransaction(token, `${work.sql} SELECT lockstep.relink(); ${event}`));
}
