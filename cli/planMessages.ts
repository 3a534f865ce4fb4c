// The messages of the run that `lockstep plan` foresees, and the digest of the release's plan.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Client } from "pg";
import { hasEventTriggers } from "../engine/drivers/postgres/eventTriggers.ts";
import { isLockstepError, LockstepError } from "../engine/errors/lockstepError.ts";
import type { LedgerState } from "../engine/ledger/ledger.ts";
import { digestRelease } from "../engine/plan/planDigest.ts";
import { planText } from "../engine/plan/planText.ts";
import { planReleaseFiles } from "../engine/plan/releaseFiles.ts";
import { planSql, type SqlPlan } from "../engine/plan/sqlPlan.ts";
import type { Foresight, ForesightRequest } from "./foresee.ts";

/** What is sent, as far as it can be foreseen. */
export interface ForeseenMessages {
  /** Missing where a file cannot be run as it is. */
  readonly plan?: SqlPlan;
  /** Of the release's plan; missing where the ledger was not seen, or the release is refused. */
  readonly digest?: string;
  /** Why there is no plan. */
  readonly fault?: LockstepError;
}

/** By the files alone, or with what the database says. */
export async function foreseeMessages(
  request: ForesightRequest,
  foresight: Foresight,
  seen?: { readonly client: Client; readonly ledger: LedgerState },
): Promise<ForeseenMessages> {
  const { migrations } = request;
  const { pending, initial } = foresight;
  try {
    const eventTriggers = seen !== undefined && (await hasEventTriggers(seen.client));
    const hasLedger = seen?.ledger.exists ?? true;
    const plan = await planSql({ pending, migrations, initial, eventTriggers, hasLedger });
    if (!seen) return { plan };
    const digest = await digestOf(request, seen.ledger);
    return { plan, ...(digest !== undefined && { digest }) };
  } catch (error) {
    if (isLockstepError(error)) return { fault: error };
    throw error;
  }
}

/** What `up` would check: a run by hand may take less, or in another order. */
async function digestOf(
  request: ForesightRequest,
  ledger: LedgerState,
): Promise<string | undefined> {
  try {
    return await digestRelease(planReleaseFiles(ledger, request), request.migrations);
  } catch (error) {
    if (isLockstepError(error)) return undefined;
    throw error;
  }
}

/**
 * Writes the plan as SQL, for its owner alone.
 * @throws LockstepError CONFIG where the file cannot be written.
 */
export async function writePlan(
  file: string,
  { plan, digest }: ForeseenMessages,
  where: { readonly cwd: string; readonly database: string },
): Promise<void> {
  if (!plan) return;
  try {
    const text = planText(plan, { database: where.database, digest });
    await writeFile(resolve(where.cwd, file), text, { mode: 0o600 });
  } catch (cause) {
    throw new LockstepError("CONFIG", "The plan cannot be written", {
      where: file,
      seen: cause instanceof Error ? cause.message : String(cause),
      next: "name a file in a folder that is there: lockstep plan --sql FILE",
      cause,
    });
  }
}
