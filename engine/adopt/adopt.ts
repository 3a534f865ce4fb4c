// Adoption: what another tool's table says becomes the ledger's, and on the way back the other way round.
import type { Client } from "pg";
import { close, connect } from "../drivers/postgres/connect.ts";
import { ensureNotPooled } from "../drivers/postgres/pooler.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { readLedger, type LedgerState } from "../ledger/ledger.ts";
import { ensureMayChangeSchema } from "../ledger/privileges.ts";
import { eventSql } from "../ledger/record.ts";
import { ensureNoneActive } from "../ledger/releases.ts";
import { ensureLedger } from "../ledger/schema.ts";
import { ensureChain } from "../plan/planRun.ts";
import { ledgerRowSql, ledgerTransaction } from "../run/sessionSql.ts";
import type { Migration } from "../sources/migration.ts";
import { planAdopt, planBack, type AdoptPlan } from "./planAdopt.ts";
import { HISTORIES } from "./registry.ts";
import { findTable, type FoundTable } from "./tables.ts";
import type { ToolName, ToolReading } from "./toolHistory.ts";

/** What an adoption is given. */
export interface AdoptOptions {
  readonly target: DatabaseTarget;
  readonly format: ToolName;
  /** The folder, as it was read. */
  readonly dir: string;
  readonly migrations: readonly Migration[];
  /** The tool's table where it is not the usual one: `name` or `schema.name`. */
  readonly table: string | undefined;
  /** From the ledger into the tool's table. */
  readonly back: boolean;
  readonly leaseWaitMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Shows the plan and asks; nothing is written unless it says yes. */
  readonly confirm: (plan: AdoptPlan) => Promise<boolean>;
}

/**
 * Reads the tool's table and the ledger, asks, and writes what one of them lacks.
 * @returns the plan, and whether it was written.
 * @throws LockstepError NEEDS_BASELINE where there is nothing to adopt, MIGRATION_ORDER for what must be put
 * right first or cannot be said in the tool's table, RELEASE_ACTIVE, HISTORY_BROKEN, PRIVILEGE.
 */
export async function adopt(
  options: AdoptOptions,
): Promise<{ readonly plan: AdoptPlan; readonly written: boolean }> {
  const { target, report, signal, leaseWaitMs: waitMs } = options;
  const client = await connect(target, { applicationName: "lockstep:adopt" });
  try {
    const plan = await look(options, client);
    const isNothing = plan.added.length === 0 && plan.removed.length === 0;
    if (isNothing || !(await options.confirm(plan))) return { plan, written: false };
    await ensureNotPooled(client, target, "An adoption");
    await ensureMayChangeSchema(client, target.display);
    await ensureLedger(client);
    await withLease(target, { doing: "adopt", waitMs, report, signal }, async (lease) => {
      // What was shown is what is written: whoever changed something meanwhile is asked again.
      const now = await look(options, client);
      if (idsOf(now) !== idsOf(plan)) throw changedMeanwhile(options);
      ensureNoneActive((await readLedger(client)).releases);
      const sql = options.back
        ? await backSql(options, { client, plan: now })
        : now.added.map((migration) => adoptedRowSql(migration)).join(" ");
      const { format, back } = options;
      const facts = { format, table: now.table, files: now.added.length, ...(back && { back }) };
      const event = eventSql("adopted", facts);
      await client.query(ledgerTransaction(lease.token, `${sql} ${event}`));
    });
    return { plan, written: true };
  } finally {
    await close(client);
  }
}

async function look(options: AdoptOptions, client: Client): Promise<AdoptPlan> {
  const ledger = await readLedger(client);
  ensureChain(ledger);
  const found = await findTable(client, options.format, options.table);
  const { migrations, format } = options;
  if (options.back) {
    const isOnePoint = HISTORIES[format].isOnePoint;
    return planBack(ledger, migrations, {
      ...(await read(options, client, found)),
      ...found,
      format,
      isOnePoint,
    });
  }
  if (!found.exists) throw nothingToAdopt(options, found, ledger);
  return planAdopt(ledger, migrations, {
    ...(await read(options, client, found)),
    ...found,
    format,
  });
}

async function read(
  options: AdoptOptions,
  client: Client,
  found: FoundTable,
): Promise<ToolReading> {
  if (!found.exists) return { applied: [], faults: [], warnings: [] };
  return HISTORIES[options.format].read(client, found.table, options.migrations);
}

function adoptedRowSql(migration: Migration): string {
  const row = ledgerRowSql({ migration, release: null, state: "applied" });
  return `${row} UPDATE lockstep.migration SET baseline = true WHERE number = ${migration.order.toString()};`;
}

async function backSql(
  options: AdoptOptions,
  { client, plan }: { readonly client: Client; readonly plan: AdoptPlan },
): Promise<string> {
  const history = HISTORIES[options.format];
  const { table, exists } = await findTable(client, options.format, options.table);
  const statements = history.write(table, {
    applied: plan.applied,
    added: plan.added,
    removed: plan.removed,
    dir: options.dir,
  });
  return [exists ? "" : history.create(table), ...statements].join(" ");
}

const idsOf = (plan: AdoptPlan) =>
  JSON.stringify([plan.added.map(({ number, checksum }) => [number, checksum]), plan.removed]);

function changedMeanwhile({ target }: AdoptOptions): LockstepError {
  return new LockstepError("MIGRATION_ORDER", "The database changed while you were asked", {
    where: target.display,
    next: "run the same command again; nothing was written",
  });
}

function nothingToAdopt(
  options: AdoptOptions,
  found: FoundTable,
  ledger: LedgerState,
): LockstepError {
  return new LockstepError("NEEDS_BASELINE", `There is no history of ${options.format} here`, {
    where: options.target.display,
    seen: `no table ${found.table}${found.other === undefined ? "" : `; ${found.other}`}`,
    likely: ledger.hasRelations
      ? "it has another name or schema, or the tables were made in another way"
      : "the database is empty",
    next: ledger.hasRelations
      ? "name it: lockstep adopt --table SCHEMA.NAME; or say which files it already holds: lockstep baseline --through NN"
      : "there is nothing to adopt: lockstep migrate applies all files",
  });
}
