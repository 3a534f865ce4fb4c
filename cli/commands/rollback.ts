// `lockstep rollback`: takes back everything behind a named point.
import type { CommandRun } from "../context.ts";
import { runDown, type DownCommandOptions } from "./down.ts";

/** What `lockstep rollback` takes. */
export interface RollbackOptions extends Omit<DownCommandOptions, "to" | "point"> {
  readonly name: string;
}

/** As `down` does it, to a mark or a verified release. */
export const runRollback: CommandRun<RollbackOptions> = ({ name, ...options }, context) =>
  runDown({ ...options, point: name }, context);
