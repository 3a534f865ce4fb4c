// The command for development that writes migrations from a wanted schema.
import { Option, type Command } from "commander";
import type { SyncOptions } from "../commands/sync.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import { folderOptions } from "./sharedOptions.ts";

const sync: Declaration<SyncOptions> = {
  name: "sync",
  summary: "Writes the migrations that a wanted schema takes, and proves them on a scratch server",
  example: "lockstep sync --schema schema.sql --auto",
  exits: {
    1: "with --check: the schemas differ; else the draft is not whole, or failed",
    3: "a run would refuse the folder's files",
  },
  options: [
    ...folderOptions(),
    new Option(
      "--schema <file>",
      "the wanted schema: a file of SQL, a schema.prisma, an alembic.ini (default: the stack's lockstep:sync.schema)",
    ),
    new Option("--check", "say what differs, and write nothing"),
    new Option(
      "--auto",
      "write the files without asking; what may be a rename goes and comes",
    ).conflicts("check"),
    new Option(
      "--recreate",
      "drop the database and make it anew from the files; asks twice",
    ).conflicts(["check", "auto"]),
    new Option("--name <words>", "what the files are called by, such as customer_phone"),
    new Option(
      "--from-files",
      "compare with the schema that the files make, whatever database is named",
    ).conflicts("recreate"),
    new Option("--backup", "take a backup first, without asking"),
  ],
  cleanly: true,
  load: async () => (await import("../commands/sync.ts")).runSync,
};

/** Adds it to `program`. */
export function declareSync(program: Command, handle: CallHandler): void {
  declare(program, sync, handle);
}
