// Applies files to a database as `lockstep migrate` does.
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent, type Report } from "../../../../engine/events.ts";
import { migrate } from "../../../../engine/run/migrate.ts";
import type { DriftPolicy } from "../../../../engine/schema/drift.ts";
import type { Migration } from "../../../../engine/sources/migration.ts";

/** Applies all of `migrations`; on an empty database in file order, without approval. */
export async function applyAll(
  url: string,
  migrations: readonly Migration[],
  { report = silent, drift }: { readonly report?: Report; readonly drift?: DriftPolicy } = {},
): Promise<void> {
  await migrate({
    target: parseUrl(url, "test"),
    ...{ migrations, stage: "all", through: undefined, stack: "dev", approval: undefined },
    release: undefined,
    limits: {
      wait: { attempts: 1, intervalMs: 0 },
      ...{ leaseWaitMs: 10_000, lockBudgetMs: 10_000, backupMaxAgeMs: 0, allowedApplications: [] },
      drift,
    },
    report,
    signal: new AbortController().signal,
  });
}
