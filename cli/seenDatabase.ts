// A look at the database where it is named and answers; else the reason why there was none.
import type { Client } from "pg";
import { withConnection } from "../engine/drivers/postgres/connect.ts";
import { parseTarget } from "../engine/drivers/postgres/target.ts";
import { isLockstepError } from "../engine/errors/lockstepError.ts";
import { readLedger, type LedgerState } from "../engine/ledger/ledger.ts";

/** What a look gave, or why the database was not seen. */
export type Look<T> =
  | { readonly unseen: string }
  | { readonly found: T; readonly display: string; readonly applied: number };

const VARIABLES = ["DIRECT_URL", "DATABASE_URL", "DB_HOST", "DB_NAME", "DB_USER"] as const;

/** Whether the environment names a database, well-formed or not. */
export function namesDatabase(env: Readonly<Record<string, string | undefined>>): boolean {
  return VARIABLES.some((name) => env[name]);
}

/**
 * Calls `look` with a connection and the ledger.
 * @throws LockstepError CONFIG for a database that is named wrongly: that is no database away.
 */
export async function lookAtDatabase<T>(
  env: Readonly<Record<string, string | undefined>>,
  look: (client: Client, ledger: LedgerState) => Promise<T>,
): Promise<Look<T>> {
  if (!namesDatabase(env)) {
    return { unseen: "neither DATABASE_URL nor DB_HOST, DB_NAME, DB_USER is set" };
  }
  const target = parseTarget(env);
  try {
    return await withConnection(target, { applicationName: "lockstep:plan" }, async (client) => {
      const ledger = await readLedger(client);
      const found = await look(client, ledger);
      return { found, display: target.display, applied: ledger.applied.length };
    });
  } catch (error) {
    if (!isLockstepError(error) || error.code !== "CONNECTION") throw error;
    return { unseen: `${error.message} (${target.display})` };
  }
}
