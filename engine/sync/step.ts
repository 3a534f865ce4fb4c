// A piece of a draft: statements that belong together, and the phase of a release that they belong to.

/** The phases in the order of their files. */
export const PHASES = [
  "rename",
  "values",
  "expand",
  "index",
  "settle",
  "change",
  "unindex",
  "contract",
  "validate",
  "require",
] as const;

/**
 * What a file of the draft is for. `rename`: a name that no release can change in place. `values`: enum values, which a later transaction may use. `expand`: what is added. `index`: one
 * index built beside writers. `settle`: constraints on what was added, proven. `change`: a type that no release can change in
 * place. `unindex`: one index dropped beside writers. `contract`: what is removed, and what is demanded of new rows. `validate`:
 * old rows looked at. `require`: what only proven rows allow.
 */
export type Phase = (typeof PHASES)[number];

/** Statements without semicolons. */
export interface Step {
  /** The snapshot's key of the object that it is for; statements are put in the order of needs by it. */
  readonly key: string;
  readonly phase: Phase;
  /** For the file's name: `customers_phone`. */
  readonly about: string;
  readonly up: readonly string[];
  /** Undefined where there is no way back. */
  readonly down: readonly string[] | undefined;
  /** Keys that it needs beside what the catalogue says. */
  readonly needs?: readonly string[];
  /** Why its file is contract, where the statements alone would not say so. */
  readonly stageReason?: string;
  /** What its reader has to know or to do, said above the statements. */
  readonly note?: string;
}
