// One error, at most one screen, for any number of faults in a migrations folder.
import path from "node:path";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Fault } from "./folderFaults.ts";

/** Faults shown in full; the rest is counted by kind so that the error fits one screen. */
const SHOWN = 10;

/** The error for `faults` (at least one) of the folder `dir`; `hint` is one more way out. */
export function foldersError(dir: string, faults: readonly Fault[], hint?: string): LockstepError {
  const [only, ...others] = faults;
  if (only && others.length === 0) {
    return new LockstepError("MIGRATION_FILES", `${only.file} ${only.text}`, {
      where: path.join(dir, only.file),
      ...(hint === undefined ? {} : { next: hint }),
    });
  }
  const shown = faults.slice(0, SHOWN).map((fault) => `${fault.file} ${fault.text}`);
  const rest = faults.slice(SHOWN);
  if (rest.length > 0) shown.push(`and ${rest.length} more: ${countByKind(rest)}`);
  return new LockstepError("MIGRATION_FILES", `${faults.length} faults in the migrations folder`, {
    where: dir,
    seen: shown.join("\n"),
    next: ["mend them and run the command again; nothing was applied", hint ?? ""]
      .join("\n")
      .trim(),
  });
}

function countByKind(faults: readonly Fault[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} x ${kind}`).join(", ");
}
