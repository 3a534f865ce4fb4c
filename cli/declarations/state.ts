// The commands that only look.
import type { Command } from "commander";
import type { StatusOptions } from "../commands/status.ts";
import { declare, type CallHandler } from "./declare.ts";
import { folderOption } from "./sharedOptions.ts";

/** Adds them to `program`. */
export function declareState(program: Command, handle: CallHandler): void {
  declare<StatusOptions>(
    program,
    {
      name: "status",
      summary: "Shows how each file stands, the active release and who holds the lease",
      example: "lockstep status --json",
      exits: { 1: "the database cannot be read" },
      options: [folderOption()],
      load: async () => (await import("../commands/status.ts")).runStatus,
    },
    handle,
  );
}
