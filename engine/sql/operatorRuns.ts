// Refuses texts that PostgreSQL's scanner would take minutes for: it reads a row of operator characters anew from each place in it.
import { LockstepError } from "../errors/lockstepError.ts";
import { formatWhere, snippet } from "./locate.ts";

/** Characters of operators, as PostgreSQL's scanner has them. Shorter rows of them are read in no time; comments are ruled off with longer ones. */
const RUNS = /[~!@#^&|`?+\-*/%<>=]{64,}/g;

/**
 * Characters that the scanner may read in vain. Measured with libpg-query 18: 800 million take about 5 s, so this is well below one;
 * a file of 1,000 lines with 200 characters `+-+-` each has 40 million.
 */
const MOST_STEPS = 60_000_000;

/**
 * Measured before the guard: 20,000 times `/*` took 7 s, 40,000 four times as long.
 * @throws LockstepError `SQL_SYNTAX` at the row that costs most.
 */
export function ensureScannable(text: string, path: string): void {
  const costs = [...text.matchAll(RUNS)].map(({ 0: run, index }) => ({
    index,
    steps: stepsOf(run),
  }));
  if (costs.reduce((sum, { steps }) => sum + steps, 0) <= MOST_STEPS) return;
  const most = costs.reduce((one, other) => (other.steps > one.steps ? other : one));
  throw new LockstepError("SQL_SYNTAX", "Too many operator characters in a row to be read", {
    where: formatWhere(path, text, most.index),
    seen: snippet(text, most.index),
    likely: "comments begun within comments, or a picture made of + and -",
    next: "take it out, or put a blank between every few of the characters",
  });
}

/** Places at which the scanner begins anew, times what it then reads. An operator ends at `--`; within a comment that means nothing. */
function stepsOf(run: string): number {
  const dashes = run.indexOf("--");
  const signs = (dashes < 0 ? run : run.slice(0, dashes)).match(/[+-]/g)?.length ?? 0;
  const comments = run.match(/\/\*/g)?.length ?? 0;
  return (signs + comments) * run.length;
}
