// The words of a statement with their depth in parentheses, by PostgreSQL's own scanner.
import { byteOffsets } from "./parse.ts";

/** One token; comments are left out. */
export interface SqlToken {
  /** Lower case where it is a bare word; as written otherwise. */
  readonly word: string;
  /** Offset (UTF-16 units) of its first character. */
  readonly start: number;
  /** Offset behind its last character. */
  readonly end: number;
  /** Open parentheses around it; 0 outside of all. */
  readonly depth: number;
}

/** The tokens of `sql`, which must parse. */
export async function loadTokens(sql: string): Promise<readonly SqlToken[]> {
  const library = await import("libpg-query");
  await library.loadModule();
  const toOffset = byteOffsets(sql);
  let depth = 0;
  const tokens: SqlToken[] = [];
  for (const token of library.scanSync(sql).tokens) {
    if (/COMMENT$/.test(token.tokenName)) continue;
    if (token.text === ")") depth -= 1;
    const isWord = token.keywordKind !== 0;
    tokens.push({
      word: isWord ? token.text.toLowerCase() : token.text,
      start: toOffset(token.start),
      end: toOffset(token.end),
      depth,
    });
    if (token.text === "(") depth += 1;
  }
  return tokens;
}
