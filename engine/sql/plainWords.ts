// The words of SQL that is plain enough to read without PostgreSQL's scanner, which takes 0.1 ms for a small file and 0.7 ms for one of 1 KiB.

/** A character of operators; one that goes on with another of them is read as far as they go. */
const SIGN = "[-~!@#^&|`?+*/%<>=]";
/** What ends no word and no number. */
const JOINS = "A-Za-z0-9_$\\u0080-\\uffff";

/**
 * Blanks and comments that hold no other, then what a word may be: names, numbers without exponent, strings and quoted names without a
 * prefix, dollar strings without a `$` within, short operators, and marks that no other character joins. Whatever
 * the scanner could read otherwise is left out, and with it the text. What may come again within one of them may do so less than 10,000
 * times: V8 keeps a place to go back to for each.
 */
const PLAIN = new RegExp(
  [
    String.raw`[ \t\n\r\f\v]+|--[^\n\r]*|\/\*[^*/]*(?:(?:\*(?!\/)|\/(?!\*))[^*/]*){0,9999}\*\/`,
    "(" +
      [
        String.raw`[A-Za-z_][A-Za-z0-9_]*(?![${JOINS}'"&])`,
        String.raw`[0-9]+(?:\.[0-9]+)?(?![${JOINS}.])`,
        String.raw`'[^']*(?:''[^']*){0,9999}'(?!')`,
        String.raw`"[^"]+(?:""[^"]*){0,9999}"(?!")`,
        String.raw`\$(?<tag>[A-Za-z_][A-Za-z0-9_]*)?\$[^$]*\$\k<tag>\$`,
        // The scanner gives a + or - at the end of an operator back.
        String.raw`(?!${SIGN}{0,2}\/\*)(?:${SIGN}{0,2}[~!@#^&|\x60?*/%<>=]|[-+])(?!${SIGN})`,
        String.raw`\.(?=[A-Za-z_"])|::(?=[A-Za-z_])|[,()[\];]`,
      ].join("|") +
      ")",
  ].join("|"),
  "y",
);

/**
 * The tokens of `text` as the scanner gives them, without comments.
 * @returns undefined where only the scanner can tell.
 */
export function plainWords(text: string): readonly string[] | undefined {
  const words: string[] = [];
  PLAIN.lastIndex = 0;
  while (PLAIN.lastIndex < text.length) {
    const found = PLAIN.exec(text);
    if (!found) return undefined;
    const [, word] = found;
    if (word === undefined) continue;
    // Two strings on two lines are one.
    if (word.startsWith("'") && words.at(-1)?.startsWith("'")) return undefined;
    words.push(word);
  }
  return words;
}
