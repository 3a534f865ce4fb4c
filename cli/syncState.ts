// How the database stands before a sync: whether it answers, what is applied and pending, and what was changed by hand.
import { withConnection } from "../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../engine/drivers/postgres/target.ts";
import { readLedger } from "../engine/ledger/ledger.ts";
import { type Drift, findDrift } from "../engine/schema/drift.ts";
import { fileId } from "../engine/sources/fileId.ts";
import { listMigrationFiles } from "../engine/sources/scaffold.ts";
import type { CommandContext } from "./context.ts";
import type { FolderOptions } from "./declarations/sharedOptions.ts";
import { readDriftPolicy } from "./driftPolicy.ts";
import { driftLines } from "./driftView.ts";
import { loadMigrations } from "./files.ts";

/** The state in lines and as a document. */
export interface SyncState {
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

/** Reads it. Throws LockstepError CONFIG, CONNECTION. */
export async function readState(
  options: FolderOptions,
  { env, cwd }: CommandContext,
): Promise<SyncState> {
  const target = parseTarget(env);
  const policy = await readDriftPolicy(cwd, options.stack);
  const isEmpty = (await listMigrationFiles(options.migrations)).length === 0;
  const files = isEmpty && options.format === undefined ? [] : await loadMigrations(options);
  return withConnection(target, { applicationName: "lockstep:sync" }, async (client) => {
    const { rows } = await client.query<{ version: string }>(
      "SELECT split_part(current_setting('server_version'), ' ', 1) AS version",
    );
    const ledger = await readLedger(client);
    const drift: Drift = ledger.exists
      ? await findDrift(client, policy)
      : { state: "unknown", why: "nothing was applied here by lockstep" };
    const applied = new Set(ledger.applied.map(({ number }) => number));
    const pending = files.filter(({ order }) => !applied.has(order)).map(fileId);
    const version = rows[0]?.version ?? "";
    return {
      json: { database: target.display, version, applied: applied.size, pending, drift },
      lines: [
        `database  ${target.display} answers: PostgreSQL ${version}`,
        `applied   ${String(applied.size)} files`,
        `pending   ${pending.length === 0 ? "none" : `${pending.join(", ")} (the draft comes after them)`}`,
        ...driftLines(drift),
      ],
    };
  });
}
