// A backfill from its first journal entry to its last, and the pass that catches up before contract.
import { LockstepError } from "../errors/lockstepError.ts";
import { verifyApplied } from "../run/applyStatements.ts";
import { journalled } from "../run/journal.ts";
import { ledgerRowSql } from "../run/sessionSql.ts";
import { survivingCuts } from "../run/survivingCuts.ts";
import type { Run } from "../run/workSession.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import type { Backfill } from "./batch.ts";
import { cutStatement } from "./batchSql.ts";
import { walk } from "./walk.ts";
import { openBackfillSql, walkAgainSql } from "./walkSql.ts";

/**
 * Runs a backfill file to its end, verifies it and writes its ledger row.
 * @throws LockstepError STATEMENT_FAILED or LOCK_TIMEOUT (done batches stay), VERIFICATION_FAILED,
 * CONNECTION, INTERRUPTED, LEASE_LOST; MIGRATION_FILES for a statement that cannot be cut.
 */
export async function applyBackfill(run: Run, migration: Migration): Promise<void> {
  const backfill = await readBackfill(migration);
  const { directive } = backfill;
  const row = { migration, release: run.release };
  await survivingCuts(run, fileId(migration), () =>
    journalled(run, openBackfillSql(row, directive.remaining)),
  );
  await walk(run, backfill);
  await survivingCuts(run, fileId(migration), async () => {
    await verifyApplied(run, migration);
    await journalled(run, ledgerRowSql({ ...row, state: "applied" }));
  });
}

/**
 * Walks the table once more from its first key: what was written while old code still ran is the
 * sync trigger's and this pass's (ENGINE.md rules 19 and 20).
 * @throws LockstepError as `applyBackfill` does.
 */
export async function catchUp(run: Run, migration: Migration): Promise<void> {
  const backfill = await readBackfill(migration);
  const again = walkAgainSql(backfill.number);
  await survivingCuts(run, fileId(migration), () => journalled(run, again));
  await walk(run, backfill);
}

async function readBackfill(migration: Migration): Promise<Backfill> {
  const { backfill: directive, path, statements } = migration;
  if (!directive)
    throw new LockstepError("MIGRATION_FILES", "Not a backfill file", { where: path });
  const statement = await cutStatement(statements[0]?.sql ?? "", directive, path);
  return { migration, directive, statement, number: migration.order.toString() };
}
