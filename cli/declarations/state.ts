// The commands that look at the database and change nothing.
import { Argument, Option, type Command } from "commander";
import type { DriftOptions } from "../commands/drift.ts";
import type { HistoryOptions } from "../commands/history.ts";
import type { PlanOptions } from "../commands/plan.ts";
import type { ReportOptions } from "../commands/report.ts";
import type { StatusOptions } from "../commands/status.ts";
import type { WatchCommandOptions } from "../commands/watch.ts";
import { parseDurationOption, parseIntervalOption, parseLinkOption } from "../optionValues.ts";
import { declare, type CallHandler, type Declaration } from "./declare.ts";
import {
  folderOptions,
  leaseWaitOption,
  limitOption,
  stackOption,
  stageOption,
  targetOption,
} from "./sharedOptions.ts";

const UNREADABLE = "the database cannot be read";

const plan: Declaration<PlanOptions> = {
  name: "plan",
  summary: "Shows what migrate would do, without doing it; also without a database",
  example: "lockstep plan --sql plan.sql",
  exits: { 3: "migrate would refuse it" },
  options: [
    ...folderOptions(),
    stageOption(),
    targetOption(),
    new Option(
      "--sql [file]",
      "show each file's SQL; with a path, write all that will be sent there, lockstep's own included",
    ),
  ],
  load: async () => (await import("../commands/plan.ts")).runPlan,
};

const status: Declaration<StatusOptions> = {
  name: "status",
  summary: "Shows how each file stands, the active release and who holds the lease",
  example: "lockstep status --json",
  exits: { 0: "done, whatever the state is", 1: UNREADABLE },
  options: [...folderOptions()],
  load: async () => (await import("../commands/status.ts")).runStatus,
};

const drift: Declaration<DriftOptions> = {
  name: "drift",
  summary: "Shows what was changed in the schema since the last run, not by lockstep",
  example: 'lockstep drift --accept --reason "the index was made by hand in the outage"',
  exits: { 1: `there is drift, or ${UNREADABLE}`, 4: "another runner held the lease for too long" },
  options: [
    stackOption("whose settings of drift count").default("dev"),
    new Option("--accept", "take the schema as it is; needs --reason"),
    new Option("--reason <text>", "why, for lockstep history"),
    leaseWaitOption(),
  ],
  cleanly: true,
  load: async () => (await import("../commands/drift.ts")).runDrift,
};

const history: Declaration<HistoryOptions> = {
  name: "history",
  summary: "Shows what happened to the database, the newest first",
  example: "lockstep history --limit 50",
  exits: { 1: UNREADABLE, 3: "with --verify: it is not what lockstep wrote" },
  options: [
    limitOption(),
    new Option("--verify", "check that nobody changed it, and print its head"),
    new Option("--head <link>", "the same, with a head that was noted before").argParser(
      parseLinkOption,
    ),
  ],
  load: async () => (await import("../commands/history.ts")).runHistory,
};

const report: Declaration<ReportOptions> = {
  name: "report",
  summary: "Writes a page about one release: what happened, the error rate, the SQL, who approved",
  example: "lockstep report 1.2 --output release-1.2.html",
  exits: { 1: UNREADABLE },
  args: [new Argument("<release>", "its label, or the start of its digest")],
  options: [
    ...folderOptions(),
    new Option("--output <file>", "where to write it (default: release-LABEL-DIGEST.html)"),
  ],
  load: async () => (await import("../commands/report.ts")).runReport,
};

const watch: Declaration<WatchCommandOptions> = {
  name: "watch",
  summary:
    "Shows sessions, who waits for whose locks, long transactions, index builds and backfills, live",
  example: "lockstep watch --interval 2s",
  exits: { 0: "ended by q or Ctrl-C", 1: UNREADABLE },
  options: [
    new Option("--interval <duration>", "time between the starts of two looks")
      .argParser(parseIntervalOption)
      .default(1_000, "1s"),
    new Option("--long-after <duration>", "from when on an open transaction counts as long")
      .argParser(parseDurationOption)
      .default(5_000, "5s"),
    new Option("--once", "look once"),
    new Option("--queries", "show queries with the values in them, which may be secrets"),
  ],
  cleanly: true,
  jsonLines: true,
  load: async () => (await import("../commands/watch.ts")).runWatch,
};

/** Adds them to `program`. */
export function declareState(program: Command, handle: CallHandler): void {
  declare(program, plan, handle);
  declare(program, status, handle);
  declare(program, drift, handle);
  declare(program, history, handle);
  declare(program, report, handle);
  declare(program, watch, handle);
}
