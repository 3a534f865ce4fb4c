// The commands of the switch that keeps users away from the app.
import { Option, type Command } from "commander";
import type { MaintenanceOffOptions, MaintenanceOnOptions } from "../commands/maintenance.ts";
import { parsePeriodOption } from "../optionValues.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";

const on: Declaration<MaintenanceOnOptions> = {
  name: "on",
  summary: "Asks the app to answer 503 until it is told otherwise",
  example: 'lockstep maintenance on --for 30m --reason "the disks are replaced"',
  exits: { 1: "not switched on" },
  options: [
    new Option("--reason <text>", "why; the app's page shows it"),
    new Option(
      "--for <duration>",
      "end by itself after that (default: until somebody switches it off)",
    ).argParser(parsePeriodOption),
  ],
  cleanly: true,
  load: async () => (await import("../commands/maintenance.ts")).runMaintenanceOn,
};

const off: Declaration<MaintenanceOffOptions> = {
  name: "off",
  summary: "Lets users in again",
  example: "lockstep maintenance off",
  exits: { 1: "not switched off", 3: "a release that is at work keeps it on" },
  options: [new Option("--force", "also where a release that is at work has switched it on")],
  cleanly: true,
  load: async () => (await import("../commands/maintenance.ts")).runMaintenanceOff,
};

const status: Declaration<object> = {
  name: "status",
  summary: "Shows who switched it on, since when, why and until when",
  example: "lockstep maintenance status --json",
  exits: { 0: "done, whether it is on or off", 1: "the database cannot be read" },
  options: [],
  load: async () => (await import("../commands/maintenance.ts")).runMaintenanceStatus,
};

/** Adds them to `program` as `maintenance on`, `maintenance off` and `maintenance status`. */
export function declareMaintenance(program: Command, handle: CallHandler): void {
  const summary = "Keeps users away from the app for a time (on, off, status)";
  const group = program.command("maintenance").summary(summary).description(`${summary}.`);
  declare(group, on, handle);
  declare(group, off, handle);
  declare(group, status, handle);
}
