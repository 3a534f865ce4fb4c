// Down and verify scripts as they may be sent: a transaction of their own would end the runner's.
import { LockstepError } from "../errors/lockstepError.ts";
import { blankOut, unwrapTransaction } from "../lint/transactionControl.ts";
import type { SqlFile } from "../sources/migration.ts";
import { formatWhere, snippet } from "../sql/locate.ts";

/** Only a script with one of these words can hold transaction control; the others need no parser. */
const MAY_CONTROL = /\b(begin|start|commit|end|abort|rollback|prepare)\b/i;

/**
 * `script` with its own outermost BEGIN and COMMIT blanked, so that offsets stay.
 * @throws LockstepError UNSAFE_MIGRATION for an inner one.
 */
export async function unwrapScript(script: SqlFile): Promise<SqlFile> {
  if (!MAY_CONTROL.test(script.sql)) return script;
  const { parseSql } = await import("../sql/parse.ts");
  const { stripped, faults } = unwrapTransaction(await parseSql(script.sql, script.path));
  const fault = faults[0];
  if (fault) {
    const { offset } = fault.statement;
    throw new LockstepError("UNSAFE_MIGRATION", fault.message, {
      where: formatWhere(script.path, script.sql, offset),
      seen: snippet(script.sql, offset),
      next: "take it out: the script runs in the runner's own transaction",
    });
  }
  return { path: script.path, sql: blankOut(script.sql, stripped) };
}
