// What is wrong with a folder of migrations as a whole: its numbers and its pairs.
import { isTimestamp, type FileName } from "./fileNames.ts";

/** Kinds of faults, for summing up. */
export type FaultKind =
  | "name"
  | "duplicate"
  | "gap"
  | "missing down file"
  | "missing up file"
  | "unreadable"
  | "encoding"
  | "empty"
  | "section"
  | "unsupported"
  | "placeholder";

/** One fault of a folder, told in one line. */
export interface Fault {
  readonly kind: FaultKind;
  /** The file's name. */
  readonly file: string;
  /** What is wrong and what to do. */
  readonly text: string;
}

/** A file of the folder whose name has one of the accepted forms. */
export interface NamedFile extends FileName {
  readonly fileName: string;
}

/** The files of one number. */
export interface FileGroup {
  readonly up: NamedFile;
  readonly down: NamedFile | undefined;
  readonly verify: NamedFile | undefined;
}

/** Files by number in ascending order, and all faults of numbering and pairing. */
export function groupFiles(files: readonly NamedFile[]): {
  readonly groups: readonly FileGroup[];
  readonly faults: readonly Fault[];
} {
  const byOrder = new Map<bigint, NamedFile[]>();
  for (const file of files) {
    const same = byOrder.get(file.order);
    if (same) same.push(file);
    else byOrder.set(file.order, [file]);
  }
  const ordered = [...byOrder.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const groups: FileGroup[] = [];
  const faults: Fault[] = [];
  for (const [, same] of ordered) {
    const outcome = pairFiles(same);
    faults.push(...outcome.faults);
    if (outcome.group) groups.push(outcome.group);
  }
  return { groups, faults: [...faults, ...findGaps(ordered.map(([, same]) => same[0]))] };
}

function pairFiles(same: readonly NamedFile[]): { group?: FileGroup; faults: Fault[] } {
  const faults: Fault[] = [];
  const only = (role: NamedFile["role"]): NamedFile | undefined => {
    const [first, ...others] = same.filter((file) => file.role === role);
    for (const other of others) faults.push(duplicate(other, first));
    return first;
  };
  const up = only("up");
  const down = only("down");
  const verify = only("verify");
  for (const companion of [down, verify]) {
    if (companion && companion.name !== up?.name) faults.push(orphan(companion, up));
  }
  if (!up) return { faults };
  if (!down) faults.push(missingDown(up));
  return { group: { up, down, verify }, faults };
}

function duplicate(file: NamedFile, first: NamedFile | undefined): Fault {
  const text = `has the same number as ${first?.fileName ?? "another file"}; give one of them another`;
  return { kind: "duplicate", file: file.fileName, text };
}

function orphan(file: NamedFile, up: NamedFile | undefined): Fault {
  const text = up
    ? `does not go with ${up.fileName}: the names differ; rename one of them`
    : `has no up file; add ${rename(file, "up")} or remove it`;
  return { kind: "missing up file", file: file.fileName, text };
}

function missingDown(up: NamedFile): Fault {
  const text = `has no down file; add ${rename(up, "down")} (a comment that says why it cannot be undone will do)`;
  return { kind: "missing down file", file: up.fileName, text };
}

function rename(file: NamedFile, role: string): string {
  return file.fileName.replace(/(up|down|verify)\.sql$/, `${role}.sql`);
}

/** Short numbers must run 1, 2, 3 ... (or from 0); timestamps may have gaps. */
function findGaps(firsts: readonly (NamedFile | undefined)[]): Fault[] {
  const faults: Fault[] = [];
  let previous: NamedFile | undefined;
  for (const file of firsts) {
    if (!file || isTimestamp(file.number)) continue;
    const fault = previous ? gapAfter(previous, file) : startFault(file);
    if (fault) faults.push(fault);
    previous = file;
  }
  return faults;
}

function startFault(file: NamedFile): Fault | undefined {
  if (file.order <= 1n) return undefined;
  const text = `is the first, but its number is not 0 or 1; add what is missing or renumber`;
  return { kind: "gap", file: file.fileName, text };
}

function gapAfter(previous: NamedFile, file: NamedFile): Fault | undefined {
  const expected = previous.order + 1n;
  if (file.order === expected) return undefined;
  const missing = expected.toString().padStart(file.number.length, "0");
  const text = `follows ${previous.fileName}, so ${missing} is missing; add it or renumber`;
  return { kind: "gap", file: file.fileName, text };
}
