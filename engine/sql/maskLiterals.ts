// A statement for people, in one line and without the values in it, which may be secrets.

/** One token of PostgreSQL's lexical rules; an open one, as a cut text ends with, goes on to the end. */
const TOKEN = new RegExp(
  [
    String.raw`(?<blank>\s+|--[^\r\n]*)`,
    String.raw`(?<comment>/\*)`,
    String.raw`(?<escaped>[eE]'(?:[^'\\]|\\[^]|'')*(?:'|\\?$))`,
    String.raw`(?<plain>(?:[uU]&|[nNbBxX])?'(?:[^']|'')*(?:'|$))`,
    String.raw`(?<name>(?:[uU]&)?"(?:[^"]|"")*(?:"|$)|[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*)`,
    String.raw`(?<parameter>\$\d+)`,
    String.raw`(?<dollar>\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)`,
    String.raw`(?<number>(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?\w*)`,
    String.raw`(?<other>[^])`,
  ].join("|"),
  "y",
);

/** What stands for a value. */
const MASK = "?";
const MORE = "…";

/**
 * `sql` in one line of at most `length` characters, each literal replaced by `?`, comments left out. It does not have to
 * parse, or to be whole. Where a session without standard_conforming_strings would end a string elsewhere than
 * others do, the text is cut, so that no part of the string shows.
 */
export function maskLiterals(sql: string, length: number): string {
  let masked = "";
  for (let at = 0; at < sql.length;) {
    if (masked.length > length * 2) break;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(sql);
    if (!token) break;
    const { blank, comment, escaped, plain, dollar, number } = token.groups ?? {};
    at = TOKEN.lastIndex;
    if (blank !== undefined) masked += " ";
    else if (comment !== undefined) {
      at = endOfComment(sql, token.index);
      masked += " ";
    } else if (escaped !== undefined || number !== undefined) masked += MASK;
    else if (dollar !== undefined) {
      const end = sql.indexOf(dollar, at);
      at = end < 0 ? sql.length : end + dollar.length;
      masked += MASK;
    } else if (plain !== undefined) {
      masked += MASK;
      if (plain.includes("\\'")) return clip(`${masked}${MORE}`, length);
    } else masked += token[0];
  }
  return clip(masked, length);
}

/** Block comments nest; an open one goes on to the end. */
function endOfComment(sql: string, start: number): number {
  const edges = /\/\*|\*\//g;
  edges.lastIndex = start;
  let depth = 0;
  for (let edge = edges.exec(sql); edge; edge = edges.exec(sql)) {
    depth += edge[0] === "/*" ? 1 : -1;
    if (depth === 0) return edges.lastIndex;
  }
  return sql.length;
}

function clip(text: string, length: number): string {
  const characters = [...text.replace(/\s+/g, " ").trim()];
  if (characters.length <= length) return characters.join("");
  return `${characters.slice(0, length - 1).join("")}${MORE}`;
}
