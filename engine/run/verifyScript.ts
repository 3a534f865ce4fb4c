// Verify scripts: one that raises, or returns rows, says that a change did not do what it should.
import type { QueryResult } from "pg";
import { DatabaseError } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";

/** How many of the returned rows an error shows. */
const MOST_ROWS = 3;

type Rows = readonly Readonly<Record<string, unknown>>[];

/** The rows of the first statement that returned any; undefined when none did (DO and SET return none). */
export function rowsThatFail(
  results: readonly QueryResult<Record<string, unknown>>[],
): Rows | undefined {
  return results.find((result) => result.rows.length > 0)?.rows;
}

/** The error of a verify script at `path`; `found` is the rows it returned or what it raised. */
export function verificationFailed(
  path: string,
  found: Rows | unknown,
  state: string,
): LockstepError {
  const rows = Array.isArray(found) ? (found as Rows) : undefined;
  const raised =
    found instanceof DatabaseError
      ? `${found.message} (SQLSTATE ${found.code ?? "?"})`
      : String(found);
  return new LockstepError(
    "VERIFICATION_FAILED",
    "A verify script says that the change is not as it should be",
    {
      where: path,
      seen: rows === undefined ? raised : describeRows(rows),
      next: `mend the migration or the script, then run the same command again; ${state}`,
      ...(found instanceof DatabaseError && found.code ? { sqlstate: found.code } : {}),
      cause: rows === undefined ? found : undefined,
    },
  );
}

function describeRows(rows: Rows): string {
  const shown = rows.slice(0, MOST_ROWS).map((row) => JSON.stringify(row).slice(0, 160));
  return [
    `it returned ${String(rows.length)} row${rows.length === 1 ? "" : "s"}; none were expected`,
    ...shown,
  ].join("\n");
}
