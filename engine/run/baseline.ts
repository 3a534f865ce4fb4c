// Baseline: a database that was made before lockstep says which files it already holds.
import { connect, close } from "../drivers/postgres/connect.ts";
import { ensureNotPooled } from "../drivers/postgres/pooler.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Report } from "../events.ts";
import { withLease } from "../lease/lease.ts";
import { readLedger } from "../ledger/ledger.ts";
import { ensureMayChangeSchema } from "../ledger/privileges.ts";
import { recordEvent } from "../ledger/record.ts";
import { ensureNoneActive } from "../ledger/releases.ts";
import { ensureLedger } from "../ledger/schema.ts";
import { upToTarget } from "../plan/planRun.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { beginSql, ledgerRowSql } from "./sessionSql.ts";

/** It locks only the ledger. */
const ASK = { lockTimeoutMs: 5_000, lockSql: [] };

/** What a baseline is given. */
export interface BaselineOptions {
  readonly target: DatabaseTarget;
  readonly migrations: readonly Migration[];
  /** The last file that the database already holds. */
  readonly through: string;
  readonly leaseWaitMs: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/**
 * Records the files through `through` as applied, without running them.
 * @throws LockstepError MIGRATION_ORDER when the ledger already holds a history.
 * @returns their names.
 */
export async function baseline(options: BaselineOptions): Promise<readonly string[]> {
  const { target, through, report, signal, leaseWaitMs: waitMs } = options;
  // Repeatable files may run again, so the next run sees to it that they are as they should be.
  const files = upToTarget(options.migrations, through).filter((file) => !file.repeatable);
  const client = await connect(target, { applicationName: "lockstep:baseline" });
  try {
    await ensureNotPooled(client, target, "A baseline");
    await ensureMayChangeSchema(client, target.display);
    await ensureLedger(client);
    return await withLease(target, { doing: "baseline", waitMs, report, signal }, async (lease) => {
      const { applied, releases } = await readLedger(client);
      ensureNoneActive(releases);
      if (applied.length > 0) {
        throw new LockstepError("MIGRATION_ORDER", "This database has a history already", {
          where: target.display,
          seen: `${String(applied.length)} files, the last ${applied.at(-1)?.label ?? ""}`,
          next: "lockstep status shows it; a baseline is only for a database without one",
        });
      }
      const rows = files.map((migration) =>
        ledgerRowSql({ migration, release: null, state: "applied" }),
      );
      await client.query(
        `${beginSql(lease.token, ASK)}${rows.join(" ")} UPDATE lockstep.migration SET baseline = true; COMMIT;`,
      );
      await recordEvent(client, { release: null, kind: "baseline", data: { through } });
      return files.map(fileId);
    });
  } finally {
    await close(client);
  }
}
