// The commands that change the database.
import type { Command } from "commander";
import type { MigrateCommandOptions } from "../commands/migrate.ts";
import { declare, type CallHandler } from "./declare.ts";
import {
  folderOption,
  limitOptions,
  stackOption,
  stageOption,
  targetOption,
  waitOptions,
} from "./sharedOptions.ts";

/** Adds them to `program`. */
export function declareRuns(program: Command, handle: CallHandler): void {
  declare<MigrateCommandOptions>(
    program,
    {
      name: "migrate",
      summary: "Applies the pending migrations, each exactly once",
      example: "lockstep migrate --stage expand --target 05",
      exits: {
        1: "failed; the message says what was and was not applied",
        3: "refused: unsafe, not approved, edited or out of order",
        4: "another runner held the lease for too long",
      },
      options: [
        folderOption(),
        stageOption(),
        targetOption(),
        stackOption("whose approval counts").default("dev"),
        ...limitOptions(),
        ...waitOptions(),
      ],
      cleanly: true,
      load: async () => (await import("../commands/migrate.ts")).runMigrate,
    },
    handle,
  );
}
