// Which backups stay, completed from what a stack says.
import type { KeepSettings } from "../engine/backup/list.ts";

/** How many where the stack does not say. */
const DEFAULT_COUNT = 5;
/** As many as there can be: where only an age is written, no number is meant. */
const ANY_COUNT = 10_000;

/** What is written, with its defaults. */
export function completeKeep(written: {
  readonly count?: number | undefined;
  readonly days?: number | undefined;
  readonly contractDays?: number | undefined;
}): KeepSettings {
  const { count, days, contractDays } = written;
  const after = contractDays === undefined ? {} : { contractDays };
  if (days === undefined) return { count: count ?? DEFAULT_COUNT, ...after };
  return { count: count ?? ANY_COUNT, days, ...after };
}
