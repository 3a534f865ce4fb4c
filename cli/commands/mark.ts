// `lockstep mark`: names a point of the history to go back to.
import { parseTarget } from "../../engine/drivers/postgres/target.ts";
import { setMark } from "../../engine/run/points.ts";
import type { CommandRun } from "../context.ts";

/** What `lockstep mark` takes. */
export interface MarkOptions {
  readonly name: string;
}

/** Writes one event into the ledger. */
export const runMark: CommandRun<MarkOptions> = async ({ name }, context) => {
  const target = parseTarget(context.env);
  const last = await setMark(target, name);
  return {
    json: { name, behind: last ?? null },
    lines: [`${name} is set behind ${last ?? "nothing: no file is applied"}`],
  };
};
