// How many columns a text takes in a terminal, and cutting it to a width.

/** `text` as cells: tabs as two spaces, control characters as a dot. */
export function toCells(text: string): string[] {
  return [...text.replaceAll("\t", "  ")].map((char) => (isControl(char) ? "\u00b7" : char));
}

function isControl(char: string): boolean {
  return /\p{Cc}/u.test(char);
}

/** `cells` without those at the start that do not fit into `width`; … stands for them. */
export function clipStart(cells: readonly string[], width: number): string[] {
  return clipEnd(cells.toReversed(), width).reverse();
}

/** `cells` without those at the end that do not fit into `width`; … stands for them. */
export function clipEnd(cells: readonly string[], width: number): string[] {
  if (widthOf(cells) <= width) return [...cells];
  let used = 1;
  let count = 0;
  for (const cell of cells) {
    used += cellWidth(cell);
    if (used > width) break;
    count++;
  }
  return [...cells.slice(0, count), "\u2026"];
}

/** Columns that `cells` take. */
export function widthOf(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cellWidth(cell), 0);
}

const ZERO_WIDTH = /\p{Mn}|\p{Me}|\p{Cf}/u;
/** Scripts and symbols that terminals print two columns wide (the W and F classes of UAX 11, roughly). */
const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;

function cellWidth(cell: string): number {
  if (cell < "\u0300") return 1;
  if (ZERO_WIDTH.test(cell)) return 0;
  return WIDE.test(cell) ? 2 : 1;
}
