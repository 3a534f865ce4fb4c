// What a rehearsal found out, as data: the command, the preview and the cache all keep this.
import type { LockMode } from "../locks/modes.ts";

/** What a rehearsal may have to say. Ids are stable. */
export type RehearsalRule =
  /** Errors: a release with one of these is not to be run. */
  | "up-fails"
  | "down-fails"
  | "up-after-down-fails"
  | "down-restores-not"
  | "up-after-down-differs"
  | "orders-differ"
  /** Warnings. */
  | "no-way-back"
  | "step-restores-not"
  | "column-order"
  | "data-not-restored"
  | "start-differs"
  | "not-traced"
  | "locks-differ"
  | "rewrites-table"
  | "left-out"
  | "own-transaction";

/** One thing to say. */
export interface RehearsalFinding {
  readonly rule: RehearsalRule;
  readonly severity: "error" | "warning";
  /** `file:line:column`, or a file's path, or empty. */
  readonly where: string;
  readonly message: string;
  /** More lines: differences of schemas, what the server said. */
  readonly details: readonly string[];
}

/** A lock that a statement really took, on a relation that was there before its file. */
export interface TracedLock {
  /** `public.customers` */
  readonly relation: string;
  readonly mode: LockMode;
}

/** What one statement did on the scratch server. */
export interface TracedStatement {
  /** In words: `drops column customers.phone`. */
  readonly does: string;
  /** `file:line:column` */
  readonly where: string;
  /** On a schema without data, so this is no forecast. */
  readonly durationMs: number;
  /** Undefined for what runs outside of a transaction: its locks are gone when it has ended. */
  readonly locks: readonly TracedLock[] | undefined;
  /** Tables whose rows it would write anew, and indexes that it would build anew. */
  readonly rewrites: readonly string[];
}

/** Where the schema came from that the files were run on. */
export type StartKind =
  /** An empty database. */
  | "empty"
  /** Files that are applied already, run before. */
  | "files"
  /** The target's own schema, by pg_dump. */
  | "dump";

/** How a rehearsal ended. */
export interface RehearsalResult {
  readonly verdict: "passed" | "failed";
  /** sha256, hex, of all that it depends on. */
  readonly digest: string;
  /** ISO 8601. */
  readonly at: string;
  readonly durationMs: number;
  /** `18.4` */
  readonly serverVersion: string;
  readonly start: StartKind;
  /** In the order in which `up` runs them: `03_add_contact_phone`. */
  readonly files: readonly string[];
  /** Whether that is the order of an empty database. */
  readonly initial: boolean;
  readonly findings: readonly RehearsalFinding[];
  readonly statements: readonly TracedStatement[];
}

/** A verdict in one line: `passed (7 files on PostgreSQL 18.4, 2 warnings)`. */
export function describeVerdict(result: RehearsalResult): string {
  const count = (severity: RehearsalFinding["severity"]) =>
    result.findings.filter((finding) => finding.severity === severity).length;
  const plural = (n: number, word: string) => `${String(n)} ${word}${n === 1 ? "" : "s"}`;
  const parts = [
    `${plural(result.files.length, "file")} on PostgreSQL ${result.serverVersion}`,
    ...(count("error") > 0 ? [plural(count("error"), "error")] : []),
    ...(count("warning") > 0 ? [plural(count("warning"), "warning")] : []),
  ];
  return `${result.verdict} (${parts.join(", ")})`;
}
