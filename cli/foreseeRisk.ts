// What weighs in a plan: its changes, and the tables that they work on where the database was seen.
import type { Client } from "pg";
import type { LedgerState } from "../engine/ledger/ledger.ts";
import { begunFiles } from "../engine/plan/begunFiles.ts";
import { readChanges, type FileChanges } from "../engine/plan/changes.ts";
import { readTableFacts, tablesOf } from "../engine/plan/readTableFacts.ts";
import type { RiskFacts } from "../engine/plan/risk.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { Foresight } from "./foresee.ts";

/** Changes, and what raises their risk. */
export interface Weights {
  readonly changes: readonly FileChanges[];
  readonly tables?: RiskFacts["tables"];
  /** The number of the last file that is applied, where it was seen. */
  readonly appliedThrough?: string | undefined;
}

/** Reads what weighs in the files that a plan shows; without a database each file is looked at by itself. */
export async function readWeights(
  migrations: readonly Migration[],
  { pending, waiting, initial }: Pick<Foresight, "pending" | "waiting" | "initial">,
  database?: { readonly client: Client; readonly ledger: LedgerState },
): Promise<Weights> {
  const shown = migrations.filter((file) => pending.includes(file) || waiting.includes(file));
  const request = { migrations, pending: shown };
  if (!database) return { changes: await readChanges({ ...request, together: false }) };
  const begun = begunFiles(database.ledger, migrations);
  const changes = await readChanges({ ...request, begun });
  if (initial) return { changes };
  const appliedThrough = database.ledger.applied.at(-1)?.label;
  return {
    changes,
    appliedThrough,
    tables: await readTableFacts(database.client, tablesOf(changes)),
  };
}
