// Gives generated migrations their numbers and file names.
import { LockstepError } from "../errors/lockstepError.ts";
import type { Migration } from "../sources/migration.ts";
import { nextNumber, type ExistingFile } from "../sources/scaffold.ts";
import type { Step } from "./step.ts";

/** A migration with its number. */
export interface NumberedStep extends Step {
  readonly number: string;
  /** `03_add_contact_phone` */
  readonly id: string;
  readonly files: readonly { readonly fileName: string; readonly text: string }[];
}

/** What the numbers depend on. */
export interface NumberingRequest {
  readonly steps: readonly Step[];
  /** The file that is replaced. */
  readonly original: Migration;
  /** All files of the folder. */
  readonly existing: readonly ExistingFile[];
  readonly now: Date;
}

/**
 * The first gets the number of the original, the others the next free ones. The original's verify script goes with the last, whose end
 * is the end of the change.
 */
export function numberSteps(request: NumberingRequest): readonly NumberedStep[] {
  const { steps, original, existing, now } = request;
  const own = (file: ExistingFile) => file.order === original.order;
  const joint = /\.up\.sql$/.test(original.path) ? "." : "_";
  const names = new Set(existing.filter((file) => !own(file)).map(({ name }) => name));
  let last = existing.reduce<ExistingFile | undefined>(
    (highest, file) => (highest && highest.order >= file.order ? highest : file),
    undefined,
  );
  return steps.map((step, at) => {
    const number = at === 0 ? original.number : nextNumber(last, now);
    if (at > 0 && last) last = { ...last, number, order: BigInt(number) };
    const name = freeName(step.name, names);
    const file = (role: string, text: string) => ({
      fileName: `${number}_${name}${joint}${role}.sql`,
      text,
    });
    const isLast = at === steps.length - 1;
    return {
      ...step,
      number,
      name,
      id: `${number}_${name}`,
      files: [
        file("up", step.up),
        file("down", step.down),
        ...(isLast && original.verify ? [file("verify", original.verify.sql)] : []),
      ],
    };
  });
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name}_${count}`;
  taken.add(free);
  return free;
}

/** @throws LockstepError USAGE unless the file is lockstep's own form, with a number. */
export function ensureOwnForm({ foreign, repeatable, path }: Migration): void {
  if (!foreign && !repeatable) return;
  throw new LockstepError("USAGE", "lockstep rewrites numbered files of its own form only", {
    where: path,
    seen: foreign
      ? `a folder in ${foreign.format}'s form`
      : "a file that runs again whenever it changed",
    next: "write the steps by hand in the folder's own form: docs/rewrite.md shows them",
  });
}
