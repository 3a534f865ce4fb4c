// The known name that a mistyped one was probably meant to be.

/** Edits beyond this share of the longer name are another word, not a slip. */
const MAX_SHARE = 0.4;

/** The one of `known` that is fewest edits from `name`, where few are enough; case does not count. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({
      candidate,
      share:
        editDistance(name.toLowerCase(), candidate.toLowerCase()) /
        Math.max(name.length, candidate.length, 1),
    }))
    .toSorted((a, b) => a.share - b.share);
  const best = ranked[0];
  return best !== undefined && best.share <= MAX_SHARE ? best.candidate : undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swaps ? at(i - 2, j - 2) + 1 : Infinity;
      row.push(Math.min(replaced, at(i - 1, j) + 1, at(i, j - 1) + 1, swapped));
    }
  }
  return at(a.length, b.length);
}
