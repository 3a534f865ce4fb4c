// Which backups stay, completed from what a stack says.

/** How many where the stack does not say. */
const DEFAULT_COUNT = 5;
/** As many as there can be: where only an age is written, no number is meant. */
const ANY_COUNT = 10_000;

/** What is written, with its defaults. */
export function completeKeep(written: {
  readonly count?: number | undefined;
  readonly days?: number | undefined;
}): { readonly count: number; readonly days?: number } {
  const { count, days } = written;
  if (days === undefined) return { count: count ?? DEFAULT_COUNT };
  return { count: count ?? ANY_COUNT, days };
}
