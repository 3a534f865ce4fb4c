// Which files an undo gives back, or an end drops for good: pure, so that what is asked about is what is done.
import { LockstepError } from "../errors/lockstepError.ts";
import { rowId, type LedgerState } from "../ledger/ledger.ts";
import { findByNumber } from "../sources/findNumber.ts";
import { pathParts } from "./pathParts.ts";
import { soakingFiles, type SoakingFile } from "./readSoaking.ts";

/** What somebody asked for. */
export interface SoakChoice {
  /** A file's number or name, or an object as it was called: `05`, `customers.phone`. */
  readonly name?: string | undefined;
  readonly all?: boolean | undefined;
}

/**
 * The files to give back, the last applied first: the named one and those that were applied after it, so that the next run finds
 * the files in their order; the last one where none is named.
 * @throws LockstepError CONFIG where nothing of that name soaks, MIGRATION_ORDER where a later contract file cannot be taken back.
 */
export function planUndo(ledger: LedgerState, { name, all }: SoakChoice): readonly SoakingFile[] {
  const files = soakingFiles(ledger.soaking);
  if (files.length === 0 && name === undefined) return [];
  const first = all ? files[0] : name === undefined ? files.at(-1) : named(files, name);
  const number = first?.number ?? 0n;
  const chosen = files.filter((file) => file.number >= number);
  const later = ledger.applied.filter(
    (row) =>
      row.stage === "contract" &&
      row.number > number &&
      !chosen.some((file) => file.number === row.number),
  );
  if (later.length > 0) throw stuck(first?.file ?? "", later.map(rowId));
  return chosen.toReversed();
}

/**
 * The files to drop for good, in their order: the named one, or those whose time is over.
 * @throws LockstepError CONFIG where nothing of that name soaks.
 */
export function planEnd(ledger: LedgerState, { name, all }: SoakChoice): readonly SoakingFile[] {
  const files = soakingFiles(ledger.soaking);
  if (name !== undefined) return [named(files, name)];
  return all ? files : files.filter(({ isDue }) => isDue);
}

function named(files: readonly SoakingFile[], name: string): SoakingFile {
  const byNumber = findByNumber(
    files.map((file) => ({ number: file.file.split("_")[0] ?? "", order: file.number, file })),
    name,
  );
  const found =
    byNumber?.file ??
    files.find(({ file }) => file === name) ??
    files.find(({ objects }) => objects.some((object) => isNamed(object.name, name)));
  if (found) return found;
  throw new LockstepError("CONFIG", "Nothing of that name soaks", {
    seen: name,
    next:
      files.length === 0
        ? "nothing soaks here: lockstep status; a dropped object is in the backup before contract (lockstep backups)"
        : `use one of: ${files.map(({ file }) => file).join(", ")}`,
  });
}

/** `public` may be left out, and so may quotes, which a shell takes away. */
function isNamed(object: string, name: string): boolean {
  const written = [name, `public.${name}`];
  return written.includes(object) || written.includes(pathParts(object).join("."));
}

function stuck(file: string, later: readonly string[]): LockstepError {
  return new LockstepError("MIGRATION_ORDER", `${file} cannot be given back by itself`, {
    seen: `applied after it, and dropped for good: ${later.join(", ")}`,
    likely: "the files would then be pending in another order than every other database ran them",
    next: "write a new migration that makes the object again and fills it from the one that soaks; lockstep status names it",
  });
}
