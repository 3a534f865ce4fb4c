// The parse trees of files that are looked at twice, kept in between.
import type { ParsedStatement } from "../sql/parse.ts";

/** Characters of the texts whose trees are kept: a tree takes about 80 bytes for each. */
const MOST_LENGTH = 1024 * 1024;

/** For the one who has files analysed and then lints them. What is too much to keep is parsed again. */
export class ParsedTrees {
  readonly #known = new Map<string, readonly ParsedStatement[]>();
  #length = 0;

  /** Keeps the statements of `text`, while there is room. */
  keep(text: string, statements: readonly ParsedStatement[]): void {
    if (this.#length + text.length > MOST_LENGTH) return;
    this.#length += text.length;
    this.#known.set(text, statements);
  }

  /** Gives the statements of `text` away: they are needed once. */
  take(text: string): readonly ParsedStatement[] | undefined {
    const statements = this.#known.get(text);
    this.#known.delete(text);
    return statements;
  }
}
