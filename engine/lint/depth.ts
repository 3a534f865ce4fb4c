// Statements that parse, but are nested too deeply for the functions that look through their trees.
import type { ParsedStatement } from "../sql/parse.ts";
import { isStackOverflow, tooDeepError } from "../sql/syntaxError.ts";

/** A file's text with its statements. */
export interface ParsedText {
  readonly path: string;
  readonly sql: string;
  readonly statements: readonly ParsedStatement[];
}

/**
 * What `look` makes of the statements.
 * @throws LockstepError SQL_SYNTAX at the statement that is nested most deeply, where the stack did not suffice; what `look` throws.
 */
export function withDepthGuard<T>({ path, sql, statements }: ParsedText, look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    const depths = statements.map(({ node }) => depthOf(node));
    const most = depths.reduce((one, other) => Math.max(one, other), 0);
    throw tooDeepError(sql, path, statements[depths.indexOf(most)]?.offset ?? 0);
  }
}

/** Levels of a tree, counted without recursion. */
function depthOf(tree: unknown): number {
  let level: unknown[] = [tree];
  let depth = 0;
  for (; level.length > 0; depth++) {
    level = level.flatMap((item) =>
      typeof item === "object" && item !== null ? (Object.values(item) as unknown[]) : [],
    );
  }
  return depth;
}
