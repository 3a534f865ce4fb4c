// `lockstep new`: the files of the next migration, ready to be filled.
import {
  listMigrationFiles,
  planNewMigration,
  writeNewMigration,
} from "../../engine/sources/scaffold.ts";
import type { CommandRun } from "../context.ts";
import type { FolderOptions } from "../declarations/sharedOptions.ts";

/** What `lockstep new` takes. */
export interface NewOptions extends FolderOptions {
  readonly name: string;
}

/** Writes an up and a down file with the next number; overwrites nothing. */
export const runNew: CommandRun<NewOptions> = async ({ name, migrations: dir }) => {
  const plan = planNewMigration(await listMigrationFiles(dir), name);
  const files = await writeNewMigration(dir, plan);
  return {
    json: { number: plan.number, name: plan.name, files },
    lines: [...files.map((file) => `wrote ${file}`), "fill them, then: lockstep lint"],
  };
};
