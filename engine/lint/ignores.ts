// Reads `-- lockstep: ignore RULE REASON`, by which a file answers a finding, and takes away what it answers.
import type { Comment, ParsedStatement } from "../sql/parse.ts";
import { createLocator } from "./locator.ts";

/** One such comment. */
export interface Ignore {
  readonly rule: string;
  readonly reason: string;
  /** Offset (UTF-16 units) of the comment in its file. */
  readonly offset: number;
  readonly length: number;
  /** The statement that it answers for; `file` for all of them, undefined where none is left. */
  readonly covers: ParsedStatement | "file" | undefined;
}

const FORM = /^--\s*lockstep\s*:\s*(ignore|ignore-file)(?:\s+(\S+))?(?:\s+(.*?))?\s*$/i;

/** Whether a directive's text is one of these comments, and so no business of the other directives. */
export function isIgnore(body: string): boolean {
  return /^ignore(-file)?(\s|$)/i.test(body);
}

/**
 * The comments of a file. One behind a statement on the same line is that statement's, any other the next one's, or that of the
 * one that it stands in.
 */
export function readIgnores(
  text: string,
  comments: readonly Comment[],
  statements: readonly ParsedStatement[],
): readonly Ignore[] {
  const locator = createLocator(text);
  const lineOf = (offset: number) => locator.place(offset).line;
  // Both come in the order of the text, so one walk over each is enough.
  let at = 0;
  return comments.flatMap(({ text: comment, offset }): Ignore[] => {
    const [, kind, rule = "", reason = ""] = FORM.exec(comment) ?? [];
    if (kind === undefined) return [];
    for (let one = statements[at]; one && endOf(one) <= offset; one = statements[at]) at += 1;
    const before = statements[at - 1];
    const next = statements[at];
    const isBehind = before && lineOf(endOf(before)) === lineOf(offset);
    const covers = kind.toLowerCase() === "ignore" ? (isBehind ? before : next) : "file";
    return [{ rule, reason, offset, length: comment.length, covers }];
  });
}

function endOf({ offset, sql }: ParsedStatement): number {
  return offset + sql.length;
}
