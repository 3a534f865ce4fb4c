// Options that several commands take, each stated once.
import { Option } from "commander";
import { LEFTOVERS, type Leftovers } from "../../engine/lease/leftoversChoice.ts";
import type { SoakPolicy } from "../../engine/soak/soakPolicy.ts";
import { FORMATS, type FormatName } from "../../engine/sources/migration.ts";
import {
  parseCountOption,
  parseDurationOption,
  parseNumberOption,
  parsePlaceholderOption,
  parseStackOption,
  STAGE_CHOICES,
} from "../optionValues.ts";

/** Where the files are. */
export interface FolderOptions {
  /** Whose config file says what no option does. */
  readonly stack: string;
  readonly migrations: string;
  /** Told by the folder itself where it is missing. */
  readonly format?: FormatName;
  /** The stack's file, where it said any of this. */
  readonly fromStack?: string;
  /** Values of placeholders. */
  readonly set?: Readonly<Record<string, string>>;
  /** Which contract files soak, as the stack says. */
  readonly soak?: SoakPolicy;
}

/** How long a run waits, ms; as the stack says, else the engine's defaults, where one is missing. */
export interface LimitOptions {
  readonly leaseWait?: number;
  readonly lockBudget?: number;
}

/** What becomes of what a killed runner left running. */
export interface LeftoversOption {
  /** Ended where it is missing. */
  readonly leftovers?: Leftovers;
}

/** How long a run waits for a database that is not up yet. */
export interface WaitOptions {
  readonly waitAttempts: number;
  /** ms */
  readonly waitInterval: number;
}

/** `--migrations DIR` */
export const folderOption = () =>
  new Option(
    "--migrations <dir>",
    "folder of the migrations (default: the stack's lockstep:migrations, else migrations)",
  );

/** `--migrations DIR`, `--format FORMAT`, `--set NAME=VALUE`, `--stack NAME` */
export const folderOptions = (
  stack = stackOption("the stack whose config counts").default("dev"),
) => [
  stack,
  folderOption(),
  new Option(
    "--format <format>",
    "the tool whose files they are (default: told by the files)",
  ).choices(FORMATS),
  new Option("--set <name=value>", "a placeholder's value; may be given several times").argParser(
    parsePlaceholderOption,
  ),
];

/** `--stack NAME` */
export const stackOption = (description: string) =>
  new Option("--stack <name>", description).argParser(parseStackOption);

/** `--stage STAGE` */
export const stageOption = () =>
  new Option("--stage <stage>", "which files to take; all: in file order")
    .choices(STAGE_CHOICES)
    .default("all");

/** `--target NN` */
export const targetOption = () =>
  new Option("--target <number>", "the last file to take (default: the last there is)").argParser(
    parseNumberOption,
  );

const LEASE_WAIT = [
  "--lease-wait <duration>",
  "how long to wait for another runner to end",
] as const;

// The default is the engine's DEFAULT_LEASE_WAIT_MS, that of --wait-… is DEFAULT_WAIT; they are written again here because --help
// must not load the database's driver. A test compares them.
/** `--lease-wait DURATION` */
export const leaseWaitOption = () =>
  new Option(...LEASE_WAIT).argParser(parseDurationOption).default(60_000, "60s");

/** `--lease-wait`, `--lock-budget`: of commands that ask the stack's config where they are missing. */
export const limitOptions = () => [
  new Option(
    LEASE_WAIT[0],
    `${LEASE_WAIT[1]} (default: the stack's lockstep:lease.wait, else 60s)`,
  ).argParser(parseDurationOption),
  new Option(
    "--lock-budget <duration>",
    "how long to go on asking for a table's locks (default: the stack's lockstep:lock.budget, else 10m)",
  ).argParser(parseDurationOption),
];

/** `--leftovers CHOICE` */
export const leftoversOption = () =>
  new Option(
    "--leftovers <choice>",
    "what a killed runner left running in the server: end it, or adopt it (wait for it, and count it)",
  ).choices(LEFTOVERS);

/** What backfills keep to; as the stack says, else the engine's defaults, where one is missing. */
export interface BackfillOptions {
  /** ms */
  readonly backfillTarget?: number;
  /** ms */
  readonly maxReplicaLag?: number;
  readonly maxActive?: number;
}

/** `--backfill-target`, `--max-replica-lag`, `--max-active` */
export const backfillOptions = () => [
  new Option(
    "--backfill-target <duration>",
    "how long a backfill's batch should take, where its file does not say (default: 200ms)",
  ).argParser(parseDurationOption),
  new Option(
    "--max-replica-lag <duration>",
    "a backfill pauses while a standby replays later than this (default: 5s)",
  ).argParser(parseDurationOption),
  new Option(
    "--max-active <count>",
    "it pauses while more sessions are at work (default: a quarter of max_connections)",
  ).argParser(parseCountOption),
];

/** `--wait-attempts`, `--wait-interval` */
export const waitOptions = () => [
  new Option("--wait-attempts <count>", "tries to reach a database that is not up yet")
    .argParser(parseCountOption)
    .default(30),
  new Option("--wait-interval <duration>", "time between the starts of two tries")
    .argParser(parseDurationOption)
    .default(2_000, "2s"),
];

/** `--yes` */
export const yesOption = () => new Option("--yes", "don't ask; needed where there is no terminal");

/** `--limit COUNT` */
export const limitOption = () =>
  new Option("--limit <count>", "events at most, the newest first")
    .argParser(parseCountOption)
    .default(20);
