// What stands in the way of a soak, of giving back and of dropping for good, with what to do.
import type { DatabaseError } from "pg";
import { LockstepError } from "../errors/lockstepError.ts";
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import type { SoakingFile } from "./readSoaking.ts";

/** What the ledger's functions raise where an object cannot be put aside. */
export const CANNOT_SOAK = "LS003";

/** A name that something else has by now. */
const TAKEN: ReadonlySet<string> = new Set(["42P07", "42701", "42710", "42723", "42P06"]);
/** Rows that do not fit the schema as it was: NULL, no parent, twice the same, a check. */
const MISFIT: ReadonlySet<string> = new Set(["23502", "23503", "23505", "23514", "23P01"]);
/** Something hangs on the object. */
const DEPENDED_ON = "2BP01";

/** A file that was to soak and cannot. Nothing of it was applied. */
export function cannotSoak(error: DatabaseError, migration: Migration): LockstepError {
  return new LockstepError("UNSAFE_MIGRATION", `${fileId(migration)} cannot soak`, {
    where: migration.path,
    seen: error.message,
    likely:
      "the stack wants what contract drops to be put aside first (lockstep:soak), and this cannot be",
    next: "apply it as written: pulumi config set --path lockstep:soak.from none; docs/soak.md says what can soak",
    cause: error,
  });
}

/** An undo that the server refused. Nothing of the file was changed. */
export function undoFailed(error: DatabaseError, file: SoakingFile): LockstepError {
  const code = error.code ?? "";
  const details = { where: file.file, seen: seenOf(error), sqlstate: code, cause: error };
  const message = `${file.file} cannot be given back as it was`;
  if (TAKEN.has(code)) {
    return new LockstepError("UNSAFE_MIGRATION", message, {
      ...details,
      likely: "something made since has the name",
      next: "rename that, then lockstep undo again",
    });
  }
  if (!MISFIT.has(code)) {
    return new LockstepError("STATEMENT_FAILED", message, {
      ...details,
      next: "mend what the server says, then lockstep undo again; lockstep status shows what soaks",
    });
  }
  return new LockstepError("UNSAFE_MIGRATION", message, {
    ...details,
    likely: "rows that were written since do not fit the schema as it was",
    next: `${mendOf(error, file)}, then lockstep undo again`,
  });
}

/** A drop for good that the server refused. Nothing of the file was dropped. */
export function endFailed(error: DatabaseError, file: SoakingFile): LockstepError {
  const isNeeded = error.code === DEPENDED_ON;
  return new LockstepError(
    isNeeded ? "UNSAFE_MIGRATION" : "STATEMENT_FAILED",
    `What ${file.file} put aside cannot be dropped`,
    {
      where: file.file,
      seen: seenOf(error),
      ...(isNeeded && { likely: "something was made since that uses it" }),
      next: isNeeded
        ? "see who needs it: drop that, or give the object back (lockstep undo)"
        : "mend what the server says, then lockstep soak end again",
      ...(error.code !== undefined && { sqlstate: error.code }),
      cause: error,
    },
  );
}

/** Files that nobody has said yes to. */
export function notAsked(files: readonly SoakingFile[]): LockstepError {
  return new LockstepError("PLAN_CHANGED", "What soaks has changed since it was shown", {
    seen: `not asked about: ${files.map(({ file }) => file).join(", ")}`,
    likely: "a release, or somebody else's undo, was at work meanwhile",
    next: "nothing was changed: see lockstep status, then run the same command again",
  });
}

/** A row's values are nobody's to see in a log. */
function seenOf({ message, detail, code }: DatabaseError): string {
  return detail !== undefined && code === DEPENDED_ON ? `${message}\n${detail}` : message;
}

function mendOf({ code, column }: DatabaseError, { objects }: SoakingFile): string {
  const soaking = objects.filter(({ kind }) => kind === "column");
  const one = soaking.find(({ name }) => name.endsWith(`.${column ?? ""}`)) ?? soaking[0];
  if (!one?.relation) return "change or remove those rows";
  if (code !== "23502") {
    const names = soaking.map(
      ({ name, kept }) => `${name.slice(name.lastIndexOf(".") + 1)} is ${kept}`,
    );
    return `change or remove those rows (meanwhile ${names.join(", ")})`;
  }
  return `fill it under the name that it has now: UPDATE ${one.relation} SET ${one.kept} = VALUE WHERE ${one.kept} IS NULL`;
}
