// The risk of a release, statement by statement, with its reasons; pure, so that everybody who asks hears the same.
import { formatBytes } from "../backup/space.ts";
import type { LintFinding } from "../lint/lintMigrations.ts";
import { fileId } from "../sources/fileId.ts";
import type { ChangeKind } from "./changeKind.ts";
import type { Change, FileChanges } from "./changes.ts";
import { estimateChange, holdsOff, underLockMs, type Estimate, type Rates } from "./estimate.ts";
import { heavierFirst, highest, raised, type RiskLevel } from "./riskLevel.ts";
import type { TableFact, TableFacts } from "./tableFact.ts";

/** Why a statement has at least that level. */
export interface RiskReason {
  /** Kebab-case id; those of kinds and work are in docs/risk.md. */
  readonly because: string;
  readonly level: RiskLevel;
  /** In words. */
  readonly text: string;
}

/** The risk of one statement. */
export interface StatementRisk {
  /** In words: `drops column customers.phone`. */
  readonly does: string;
  readonly level: RiskLevel;
  /** What files alone tell; size and traffic can only raise it. */
  readonly fromFiles: RiskLevel;
  /** The heaviest first. */
  readonly reasons: readonly RiskReason[];
  readonly estimate: Estimate;
}

/** The risk of one file: its heaviest statement's. */
export interface FileRisk {
  readonly file: string;
  readonly path: string;
  readonly stage: "expand" | "contract";
  readonly level: RiskLevel;
  readonly fromFiles: RiskLevel;
  readonly statements: readonly StatementRisk[];
  /** How long it holds reads or writes off, ms; undefined where a table's size is not known. */
  readonly underLockMs: number | undefined;
}

/** The risk of all pending files: the heaviest one's. */
export interface ReleaseRisk {
  readonly level: RiskLevel;
  readonly files: readonly FileRisk[];
}

/** What is known beside the files. */
export interface RiskFacts {
  /** Tables of the database by the files' names for them; undefined where it was not seen. */
  readonly tables?: TableFacts | undefined;
  /** The database is empty: nothing runs against it. */
  readonly initial?: boolean;
  /** What a second gets through by what the stack says, for the estimates. */
  readonly rates?: Partial<Rates> | undefined;
  /** Findings of lint that nobody has answered. */
  readonly findings?: readonly LintFinding[];
}

/** The documents' table (B1), and what it leaves open, which docs/risk.md gives the reasons for. */
const KIND_RISKS: Readonly<Record<ChangeKind, Omit<RiskReason, "because">>> = {
  adds: { level: "low", text: "adds what running code does not notice" },
  neutral: { level: "low", text: "changes nothing that running code names" },
  index: { level: "medium", text: "adds, drops or rebuilds an index, and with it how queries run" },
  removes: {
    level: "medium",
    text: "takes away or forbids what running code may rely on; no data goes",
  },
  inserts: { level: "medium", text: "adds rows beside those that are there" },
  opaque: {
    level: "medium",
    text: "its text does not tell what it does; a rehearsal shows its locks",
  },
  fills: {
    level: "medium",
    text: "fills columns that this release adds, in batches: no value that was there is lost",
  },
  overwrites: {
    level: "high",
    text: "overwrites values that are there; in batches, but a value that is nowhere else is lost",
  },
  breaks: { level: "high", text: "old and new code cannot both work with it" },
  type: { level: "high", text: "changes the type of a column" },
  data: {
    level: "very high",
    text: "changes or deletes rows that are there: only a backup has them as they were",
  },
  drops: { level: "very high", text: "drops what holds data: only a backup brings it back" },
};

/** A table from here on, in bytes, raises the risk of work that holds others off: at `PER_SECOND` ten seconds and more. */
export const LARGE_BYTES = 1024 ** 3;

/** The same for work beside which everybody goes on: an hour and more of load on disk and replicas. */
const HUGE_BYTES = 200 * 1024 ** 3;

/** As many reads or writes a second fill PostgreSQL's default of 100 connections within a second of waiting. */
const BUSY_PER_S = 100;

/** A statement that takes as long is longer than an app's own timeout as a rule, ms: whoever waits behind it fails. */
const SLOW_MS = 10_000;

/** Weighs all files of a release. */
export function weighRelease(files: readonly FileChanges[], facts: RiskFacts = {}): ReleaseRisk {
  const weighed = files.map((file) => weighFile(file, facts));
  return { level: highest(weighed.map(({ level }) => level)), files: weighed };
}

function weighFile({ migration, changes }: FileChanges, facts: RiskFacts): FileRisk {
  const findings = (facts.findings ?? []).filter(({ path }) => path === migration.path);
  const statements = changes.map((change) =>
    weighStatement(change, {
      ...facts,
      findings: findings.filter((finding) => isAbout(finding, change, migration.sql)),
    }),
  );
  const { transactional, path, stage, backfill } = migration;
  return {
    ...{ file: fileId(migration), path, stage },
    level: highest(statements.map(({ level }) => level)),
    fromFiles: highest(statements.map(({ fromFiles }) => fromFiles)),
    statements,
    underLockMs: underLockMs(
      statements.map(({ estimate }) => estimate),
      { transactional: transactional && !backfill },
    ),
  };
}

/** Whether a finding lies in the statement's text; findings count UTF-8 bytes, statements UTF-16 units. */
function isAbout({ bytes }: LintFinding, { statement }: Change, sql: string): boolean {
  const start = Buffer.byteLength(sql.slice(0, statement.offset));
  const end = start + Buffer.byteLength(statement.sql);
  return bytes.start >= start && bytes.start < end;
}

/** Weighs one statement; `findings` are those about it. */
function weighStatement(change: Change, facts: RiskFacts = {}): StatementRisk {
  const { statement, table } = change;
  const fact = table === undefined ? undefined : facts.tables?.get(table);
  const estimate = estimateChange(change, fact, facts.rates);
  const isNew = facts.initial === true || change.isNew;
  const reasons = isNew ? [freshReason(facts)] : fileReasons(change, estimate, facts);
  const fromFiles = highest(reasons.map(({ level }) => level));
  const raising = isNew || !fact ? [] : raisingReasons(estimate, fact, fromFiles);
  const all = [...reasons, ...raising].toSorted(heavierFirst);
  return {
    does: statement.summary,
    level: highest(all.map(({ level }) => level)),
    fromFiles,
    reasons: all,
    estimate,
  };
}

function freshReason({ initial }: RiskFacts): RiskReason {
  return {
    because: "new",
    level: "low",
    text: initial
      ? "the database is empty: nothing runs against it"
      : "this release makes all that it touches: nothing runs against it",
  };
}

function fileReasons(
  { kinds }: Change,
  estimate: Estimate,
  { findings = [] }: RiskFacts,
): readonly RiskReason[] {
  const warnings = findings.filter(({ severity }) => severity !== "info");
  return [
    ...kinds.map((kind) => ({ because: kind, ...KIND_RISKS[kind] })),
    ...workReasons(estimate),
    ...warnings.map(({ rule, message }) => ({
      because: rule,
      level: "medium" as const,
      text: `lint: ${message}`,
    })),
  ];
}

function workReasons(estimate: Estimate): readonly RiskReason[] {
  const { work, blocks, table = "the table", mode } = estimate;
  if (!holdsOff(estimate)) return [];
  const held = `while ${mode ?? "its lock"} holds off ${blocks}`;
  switch (work) {
    case "rewrite":
      return [{ because: work, level: "high", text: `writes ${table} anew ${held}` }];
    case "build":
      return [{ because: work, level: "medium", text: `builds an index over ${table} ${held}` }];
    case "scan":
      return [{ because: work, level: "medium", text: `reads all of ${table} ${held}` }];
    case "catalogue":
    case "rows":
      return [];
  }
}

/** Size and traffic raise work that takes its time; a change of the catalogue is over before they matter. */
function raisingReasons(
  estimate: Estimate,
  fact: TableFact,
  level: RiskLevel,
): readonly RiskReason[] {
  if (estimate.work === "catalogue") return [];
  const blocks = holdsOff(estimate);
  const limit = blocks ? LARGE_BYTES : HUGE_BYTES;
  const higher = raised(level);
  const reasons: RiskReason[] = [];
  if (fact.totalBytes >= limit) {
    const text = `${fact.table} holds ${formatBytes(fact.totalBytes)} (${formatBytes(limit)} or more)`;
    reasons.push({ because: "size", level: higher, text });
  }
  if (blocks && fact.slowestMs !== undefined && fact.slowestMs >= SLOW_MS) {
    const text = `a statement on ${fact.table} takes ${String(Math.round(fact.slowestMs / 1_000))} s on average (${String(SLOW_MS / 1_000)} or more): the lock waits for it, and all others behind the lock`;
    reasons.push({ because: "slow-statements", level: higher, text });
  }
  const rate = blocks ? rateHeldOff(estimate, fact) : 0;
  if (rate >= BUSY_PER_S) {
    const text = `${fact.table} has ${String(Math.round(rate))} ${estimate.blocks === "writes" ? "writes" : "reads and writes"} a second (${String(BUSY_PER_S)} or more)`;
    reasons.push({ because: "traffic", level: higher, text });
  }
  return reasons;
}

function rateHeldOff({ blocks }: Estimate, { traffic }: TableFact): number {
  if (!traffic) return 0;
  return blocks === "writes" ? traffic.writesPerS : traffic.readsPerS + traffic.writesPerS;
}
