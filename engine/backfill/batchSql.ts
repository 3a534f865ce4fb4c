// A backfill's one statement, cut so that a key range can be put into it.
import { LockstepError } from "../errors/lockstepError.ts";
import { loadTokens } from "../sql/tokens.ts";

/** `head` WHERE `condition` `tail`: the parts of an UPDATE or DELETE. */
export interface BatchStatement {
  readonly head: string;
  /** Without WHERE; `true` where the statement has none. */
  readonly condition: string;
  /** RETURNING and what follows it; often empty. */
  readonly tail: string;
}

/**
 * Cuts `sql` at its own WHERE and RETURNING: those outside of all parentheses.
 * @throws LockstepError MIGRATION_FILES for a statement that is no UPDATE or DELETE.
 */
export async function cutStatement(sql: string, path: string): Promise<BatchStatement> {
  const tokens = (await loadTokens(sql)).filter((token) => token.depth === 0);
  const first = tokens[0]?.word;
  if (first !== "update" && first !== "delete") {
    throw new LockstepError("MIGRATION_FILES", "A backfill is one UPDATE or DELETE", {
      where: path,
      seen: sql.slice(0, 60),
      next: "write it as UPDATE table SET ... WHERE ...; lockstep adds the key range",
    });
  }
  const where = tokens.find((token) => token.word === "where");
  const returning = tokens.find((token) => token.word === "returning");
  const end = returning?.start ?? sql.length;
  return {
    head: sql.slice(0, where?.start ?? end),
    condition: where ? sql.slice(where.end, end) : "true",
    tail: sql.slice(end),
  };
}

/** One batch's statement: keys above $1 (all when null), up to and including $2. */
export function batchSql(statement: BatchStatement, column: string, first: boolean): string {
  const range = first ? `${column} <= $1` : `${column} <= $1 AND ${column} > $2`;
  // A comment at the end of the condition must not swallow the parenthesis.
  return `${statement.head} WHERE ${range} AND (${statement.condition}\n) ${statement.tail}`;
}
