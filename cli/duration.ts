// A length of time in one short word.

/** `12 s`, `3 min`, `2 h`, `4 d`; never more exact than anybody needs. */
export function shortTime(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
