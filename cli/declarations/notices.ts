// The command about a stack's webhooks.
import type { Command } from "commander";
import type { NoticesTestOptions } from "../commands/noticesTest.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import { stackOption } from "./sharedOptions.ts";

const test: Declaration<NoticesTestOptions> = {
  name: "test",
  summary: "Sends one notice to each of a stack's webhooks",
  example: "lockstep notices test --stack prod",
  exits: { 0: "every webhook took it", 1: "one did not" },
  options: [stackOption("whose webhooks hear it").default("dev")],
  load: async () => (await import("../commands/noticesTest.ts")).runNoticesTest,
};

/** Adds it to `program` as `notices test`. */
export function declareNotices(program: Command, handle: CallHandler): void {
  const summary = "Tries a stack's webhooks (test)";
  const group = program.command("notices").summary(summary).description(`${summary}.`);
  declare(group, test, handle);
}
