// The form of a plan's messages: what will be sent, and how often.
import { RECORD_EVENT } from "../ledger/record.ts";
import { placeholder } from "../sql/placeholder.ts";

/** One message to the server, as it will be sent but for its placeholders. */
export interface PlannedMessage {
  /** What it is for, in words. */
  readonly what: string;
  /** One statement or many, with `<name>` where only run time knows. */
  readonly sql: string;
  /** What `$1`, `$2` … stand for; missing for a text that is sent without parameters. */
  readonly parameters?: readonly string[];
  /** When it is sent, where it may be left out: `where fewer rows are left`. */
  readonly perhaps?: string;
}

/** Messages that are sent one after the other. */
export interface MessageGroup {
  readonly what: string;
  /** Once, once or not at all, or any number of times, none included. */
  readonly times: "once" | "perhaps" | "many";
  readonly messages: readonly PlannedMessage[];
}

/** What only run time knows, by the name that a plan shows. */
export const AT_RUN_TIME = {
  token: placeholder("lease token"),
  lockTimeout: placeholder("lock timeout"),
  /** Empty, or LOCK TABLE commands. */
  locks: placeholder("table locks"),
  /** The release's digest as a literal; NULL for a run by hand. */
  release: placeholder("release"),
  settings: placeholder("session settings"),
  position: placeholder("backfill position"),
  rowsDone: placeholder("backfill rows"),
  range: placeholder("backfill key range"),
  batchRows: placeholder("batch rows"),
  batchOffset: placeholder("batch rows less one"),
  batchLimit: placeholder("batch limit"),
  invalidIndex: placeholder("invalid index"),
  initialThrough: placeholder("last file"),
  schema: placeholder("schema"),
  backend: placeholder("backend pid"),
  leaseTtl: placeholder("lease life"),
  leaseLockTimeout: placeholder("lease lock timeout"),
} as const;

/** How a transaction of a plan asks for its locks. */
export const PLANNED_ASK = {
  lockTimeoutMs: AT_RUN_TIME.lockTimeout,
  lockSql: AT_RUN_TIME.locks,
} as const;

/** A group that is sent once. */
export function once(what: string, messages: readonly PlannedMessage[]): MessageGroup {
  return { what, times: "once", messages };
}

/** An event of the ledger. */
export function eventMessage(kind: string): PlannedMessage {
  const parameters = ["<release>", kind, "<facts>"];
  return { what: "an event of the ledger", sql: RECORD_EVENT, parameters };
}

/** What follows whatever takes locks. */
export const LOCK_WAIT: PlannedMessage = {
  ...eventMessage("lockWait"),
  perhaps: "where its locks were waited for",
};
