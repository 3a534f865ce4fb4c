// What a policy is made of: a pure check of one resource's inputs, and where it holds.
import type { Environment } from "../config/environment.ts";

/** JSON of unknown shape. */
export type Json = Readonly<Record<string, unknown>>;

/** A resource as a policy sees it: its type token, and its inputs after the plugin's own check. */
export interface Checked {
  readonly type: string;
  readonly props: Json;
}

/** What else decides. */
export interface Surroundings {
  readonly environment: Environment;
}

/** Says what is wrong with a resource, one sentence each; nothing where all is well. */
export type Check = (resource: Checked, surroundings: Surroundings) => readonly string[];

/** A policy. */
export interface Rule {
  /** Its public name: in output and in a policy config. */
  readonly name: string;
  readonly description: string;
  /** Where it holds unless a policy config says otherwise. */
  readonly environments: readonly Environment[];
  /** A new check for a run: one that must see several resources remembers them. */
  readonly start: () => Check;
}

/** The Step resource's type token. */
export const STEP = "lockstep:index:Step";

/** The Admission resource's type token. */
export const ADMISSION = "lockstep:index:Admission";

/** `value` where it is a JSON object, else an empty one. */
export function json(value: unknown): Json {
  const isJson = typeof value === "object" && value !== null && !Array.isArray(value);
  return isJson ? (value as Json) : {};
}

/** The objects of a list; none where it is no list. */
export function list(value: unknown): readonly Json[] {
  const members: readonly unknown[] = Array.isArray(value) ? value : [];
  return members.map(json);
}
