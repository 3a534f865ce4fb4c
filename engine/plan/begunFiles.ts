// Files that a release has applied before it was interrupted: they are part of what it still does.
import type { LedgerState, ReleaseState } from "../ledger/ledger.ts";
import type { Migration } from "../sources/migration.ts";

const OPEN: readonly ReleaseState[] = ["active", "failed"];

/** The files among `migrations` that a release applied which has not come to its end. */
export function begunFiles(
  { applied, releases }: Pick<LedgerState, "applied" | "releases">,
  migrations: readonly Migration[],
): readonly Migration[] {
  const open = new Set(
    releases.filter(({ state }) => OPEN.includes(state)).map(({ digest }) => digest),
  );
  const orders = new Set(
    applied.filter(({ release }) => release !== null && open.has(release)).map((row) => row.number),
  );
  return migrations.filter((file) => orders.has(file.order));
}
