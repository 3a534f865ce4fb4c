// An expand file that touches what a lower contract file, still pending, is going to remove (ENGINE.md rule 6).
import { LockstepError } from "../errors/lockstepError.ts";
import type { LockRequest } from "../locks/request.ts";
import type { Migration, Statement } from "../sources/migration.ts";

/**
 * Refuses `taken` expand files that come after a pending contract file in number, run before it, and name what it removes: in
 * file order the database would end in another schema than in this one. A column counts as named where a statement on
 * its table has the word; what a view or a function names is not seen.
 * @throws LockstepError MIGRATION_ORDER
 */
export function ensureNoContractConflict(
  taken: readonly Migration[],
  open: readonly Migration[],
): void {
  for (const contract of open.filter((file) => file.stage === "contract")) {
    // Taken in file order it runs first.
    if (taken.includes(contract)) continue;
    const removed = contract.statements.flatMap(({ locks }) => locks.filter(isRemoval));
    for (const file of taken) {
      if (file.stage !== "expand" || file.order < contract.order) continue;
      const object = removed.find((one) => file.statements.some((by) => touches(by, one)));
      if (object) throw conflict(file, contract, object);
    }
  }
}

function isRemoval({ reach, mode }: LockRequest): boolean {
  return reach === "dropTable" || reach === "dropColumn" ? mode === "ACCESS EXCLUSIVE" : false;
}

function touches({ locks, sql }: Statement, removed: LockRequest): boolean {
  const isOnIt = locks.some(
    ({ name, schema = "public" }) =>
      name === removed.name && schema === (removed.schema ?? "public"),
  );
  if (!isOnIt || removed.detail === undefined) return isOnIt;
  return sql
    .toLowerCase()
    .split(/[^\p{L}\p{N}_$]+/u)
    .includes(removed.detail.toLowerCase());
}

function conflict(file: Migration, contract: Migration, object: LockRequest): LockstepError {
  const name = [object.schema, object.name, object.detail].filter(Boolean).join(".");
  return new LockstepError(
    "MIGRATION_ORDER",
    "An expand file touches what a contract file before it is going to remove",
    {
      where: file.path,
      seen: `${name}, which ${contract.path} removes and which waits`,
      likely:
        "in the order of the files that object is gone by then; in this release it is not yet",
      next: `let ${contract.number} run first (approve it, and release), or number the new file's change so that it does not need ${name}`,
    },
  );
}
