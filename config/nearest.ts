// The known name that a mistyped one was probably meant to be.

/** Edits beyond this share of the longer name are another word, not a slip. */
const MAX_SHARE = 0.5;

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

/** Insertions, deletions and replacements that turn `a` into `b` (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, charA] of Array.from(a).entries()) {
    const next = [i + 1];
    for (const [j, charB] of Array.from(b).entries()) {
      const replaced = (row[j] ?? 0) + (charA === charB ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
