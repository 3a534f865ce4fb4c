// What admission keeps of the ledger in the state, for previews that do not reach it.
import { upToTarget } from "../engine/plan/planRun.ts";
import { fileId } from "../engine/sources/fileId.ts";
import type { Migration } from "../engine/sources/migration.ts";
import type { LedgerMemory } from "./schema.ts";

/** More would make the state large; whoever has so many pending has a new database. */
const MEMORY_FILES = 500;

/** The files of then, and those that the ledger did not have. */
export function rememberLedger(
  migrations: readonly Migration[],
  { open, target }: { readonly open: readonly Migration[]; readonly target: string | undefined },
): LedgerMemory {
  const through = upToTarget(migrations, target).at(-1)?.order.toString() ?? "";
  const at = new Date().toISOString();
  return { at, through, ...(open.length <= MEMORY_FILES && { open: open.map(fileId) }) };
}
