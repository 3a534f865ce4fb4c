// The way back from a release, planned before it begins: what `up` does by itself, what a command does, and where only a backup is left.
import { fileId } from "../sources/fileId.ts";
import type { Migration } from "../sources/migration.ts";
import { hasSql } from "../sql/blank.ts";
import type { ChangeKind } from "./changeKind.ts";
import type { FileChanges } from "./changes.ts";

/** What can be done with one file once it is applied. */
export interface FileWayBack {
  readonly file: string;
  readonly stage: Migration["stage"];
  /**
   * - `down`: its down file takes it back, and nothing is lost that was there before
   * - `loses`: its down file takes the schema back, and rows or values stay changed or lost
   * - `backup`: only a restore; contract is never taken back by a down file
   * - `none`: no down file, or one of comments only
   */
  readonly way: "down" | "loses" | "backup" | "none";
}

/** The way back from a release. */
export interface WayBack {
  /** In the order in which they would be applied. */
  readonly files: readonly FileWayBack[];
  /** The file from which on only a backup, or a new migration, leads back; undefined where there is none. */
  readonly pointOfNoReturn: string | undefined;
  /** In words, in the order in which a release goes. */
  readonly steps: readonly string[];
}

/** What the release would apply, and how. */
export interface WayBackRequest {
  /** The pending files, in file order. */
  readonly changes: readonly FileChanges[];
  /** The number of the last file that is applied now; undefined where none is, or nobody knows. */
  readonly appliedThrough: string | undefined;
  readonly initial: boolean;
}

/** Plans the way back. */
export function planWayBack({ changes, appliedThrough, initial }: WayBackRequest): WayBack {
  const all = changes.map((file) => wayOfFile(file, initial));
  const isContract = ({ stage }: FileWayBack) => stage === "contract";
  const files = initial
    ? all
    : [...all.filter((one) => !isContract(one)), ...all.filter(isContract)];
  if (files.length === 0) return { files, pointOfNoReturn: undefined, steps: [] };
  const named = (way: FileWayBack["way"]) =>
    files.filter((one) => one.way === way).map(({ file }) => file);
  const [stuck, lossy, [last]] = [named("none"), named("loses"), named("backup")];
  const steps = [
    appStep(initial, files),
    ...(stuck.length === 0 ? downSteps(files, appliedThrough) : []),
    // One without a way down stops `down` before anything is undone.
    ...(stuck.length > 0
      ? [`lockstep down stops before ${stuck.join(", ")}: no down file, or only comments in it`]
      : []),
    ...(lossy.length > 0
      ? [`no down file brings back the rows that it changes or drops: ${lossy.join(", ")}`]
      : []),
    ...(initial ? [] : soakSteps(changes)),
    ...(last === undefined ? [] : [contractStep(last, changes)]),
  ];
  return { files, pointOfNoReturn: last, steps };
}

function appStep(initial: boolean, files: readonly FileWayBack[]): string {
  if (initial) return "a gate that fails stops `up`; there is no app before to go back to";
  const expand = files.some(({ stage }) => stage === "expand");
  const stays = expand ? "; the expand files stay, which that app does not notice" : "";
  return `until contract, a gate that fails has \`up\` bring the app before back by itself${stays}`;
}

function downSteps(
  files: readonly FileWayBack[],
  appliedThrough: string | undefined,
): readonly string[] {
  const { length } = files.filter(({ way }) => way === "down" || way === "loses");
  if (length === 0) return [];
  const count = `${String(length)} file${length === 1 ? "" : "s"}`;
  const command =
    appliedThrough === undefined
      ? "lockstep down, once for each"
      : `lockstep down --to ${appliedThrough}`;
  return [
    `until contract, ${count} can be taken back by hand, once the app before runs: ${command}`,
  ];
}

function soakSteps(changes: readonly FileChanges[]): readonly string[] {
  const files = changes
    .filter(({ migration }) => migration.soak)
    .map(({ migration }) => fileId(migration));
  if (files.length === 0) return [];
  return [
    `what ${files.join(", ")} drops soaks: until its time is over lockstep undo gives it back`,
  ];
}

function contractStep(file: string, changes: readonly FileChanges[]): string {
  const soaks = changes.some(({ migration }) => migration.soak && fileId(migration) === file);
  return `from ${file} on${soaks ? ", once it has soaked," : ""} only the backup before contract leads back (lockstep restore), without what was written after it`;
}

/** What changes or drops rows that were there; what fills the release's own columns goes with them. */
const LOSING: readonly ChangeKind[] = ["data", "drops", "overwrites"];

function wayOfFile({ migration, changes }: FileChanges, initial: boolean): FileWayBack {
  const { stage, down } = migration;
  const named = { file: fileId(migration), stage };
  const hasDown = down !== undefined && hasSql(down.sql);
  if (stage === "contract") return { ...named, way: "backup" };
  if (!hasDown) return { ...named, way: "none" };
  const loses = changes.some(
    ({ isNew, kinds }) => !initial && !isNew && kinds.some((kind) => LOSING.includes(kind)),
  );
  return { ...named, way: loses ? "loses" : "down" };
}
