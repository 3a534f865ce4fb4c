// Whatever else a server or a connection says, outside of a migration's own statements, as an error that helps.
import { DatabaseError } from "pg";
import { codeOf, isConnectionLost } from "../drivers/postgres/diagnose.ts";
import { diagnoseFully } from "../drivers/postgres/diagnosis/explain.ts";
import { detailWithoutValues, messageWithoutValues } from "../drivers/postgres/diagnosis/facts.ts";
import { diagnoseCut } from "../drivers/postgres/diagnosis/table.ts";
import type { DatabaseTarget } from "../drivers/postgres/target.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { StatementError } from "./statementError.ts";

/** Calls `work`; what it throws raw from the driver becomes a LockstepError that names `target`. */
export async function explainingServer<T>(
  target: DatabaseTarget,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw await explain(error, target);
  }
}

async function explain(error: unknown, target: DatabaseTarget): Promise<unknown> {
  if (error instanceof StatementError) {
    return error.explainedBy(await diagnoseFully(target, error.failed, error.text));
  }
  if (error instanceof LockstepError) return error;
  if (isConnectionLost(error)) {
    return new LockstepError("CONNECTION", "The connection to the database was cut", {
      where: target.display,
      seen: error instanceof Error ? error.message : String(error),
      likely: "the server restarted, or an administrator or a proxy ended the session",
      next: "run the same command again: the ledger knows what was applied",
      ...diagnoseCut(error),
      cause: error,
    });
  }
  if (!(error instanceof DatabaseError)) return error;
  const diagnosis = await diagnoseFully(target, error, undefined);
  const sqlstate = codeOf(error);
  const message = `${messageWithoutValues(error)} (SQLSTATE ${sqlstate ?? "?"})`;
  const detail = detailWithoutValues(error);
  return new LockstepError("STEP_FAILED", message, {
    where: target.display,
    ...(detail ? { seen: detail } : {}),
    ...(diagnosis ? { likely: diagnosis.likely, next: diagnosis.next } : {}),
    ...(sqlstate ? { sqlstate } : {}),
    cause: error,
  });
}
