// PostgreSQL's table-level lock modes and which of them conflict.

/** A table-level lock mode, as LOCK TABLE spells it. */
export type LockMode =
  | "ACCESS SHARE"
  | "ROW SHARE"
  | "ROW EXCLUSIVE"
  | "SHARE UPDATE EXCLUSIVE"
  | "SHARE"
  | "SHARE ROW EXCLUSIVE"
  | "EXCLUSIVE"
  | "ACCESS EXCLUSIVE";

/** From the weakest to the strongest; PostgreSQL numbers them 1 to 8. */
export const LOCK_MODES: readonly LockMode[] = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
];

/** The manual's table "Conflicting Lock Modes", a row for each mode in the order above: 1 conflicts. */
const CONFLICTS = [
  "00000001",
  "00000011",
  "00001111",
  "00011111",
  "00110111",
  "00111111",
  "01111111",
  "11111111",
];

/** The modes that conflict with `mode`, as pg_locks spells them: `AccessExclusiveLock`. */
export function conflictsOf(mode: LockMode): readonly string[] {
  const row = CONFLICTS[LOCK_MODES.indexOf(mode)] ?? "";
  return LOCK_MODES.filter((_, index) => row[index] === "1").map(asInPgLocks);
}

/** `ACCESS SHARE` as `AccessShareLock`. */
export function asInPgLocks(mode: LockMode): string {
  const words = mode.split(" ").map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return `${words.join("")}Lock`;
}

/** The stronger of two modes. */
export function strongest(a: LockMode, b: LockMode): LockMode {
  return LOCK_MODES.indexOf(a) >= LOCK_MODES.indexOf(b) ? a : b;
}
