// The shapes of a migration: as it lies on disk, and as its SQL says it is.

import type { LockRequest } from "../locks/request.ts";
import type { Soakable } from "../soak/soakable.ts";
import type { Soak, SoakPolicy } from "../soak/soakPolicy.ts";

/** The part of a release that a file belongs to: expand adds, contract removes. */
export type Stage = "expand" | "contract";

/** A migration as it lies on disk, checked for form only. */
export interface MigrationFile {
  /** The number as written in the file's name, for example `03`; another tool's version or revision. */
  readonly number: string;
  /**
   * Its place among all files and its key in the ledger: the number's value, or what a format makes of
   * a version. Compared, and shown nowhere.
   */
  readonly order: bigint;
  /** What follows the number, without `up` and the ending: `add_contact_phone`. */
  readonly name: string;
  /** Path of the up file, as the user gave the folder. */
  readonly path: string;
  /** The up file's text. */
  readonly sql: string;
  /** sha256 of the up file's bytes, hex. */
  readonly checksum: string;
  /** The down file, where there is one. */
  readonly down: SqlFile | undefined;
  /** `NN_name_verify.sql`: raises or returns rows when the change did not do what it should. */
  readonly verify: SqlFile | undefined;
  /** Undefined in lockstep's own format. */
  readonly foreign?: ForeignFacts;
  /** Runs again whenever it changed, after the numbered expand files. */
  readonly repeatable?: boolean;
  /** sha256, hex, of the placeholders' values that were put into the text; undefined where there are none. */
  readonly substituted?: string;
}

/** The formats of folders that are read. */
export const FORMATS = [
  "lockstep",
  "golang-migrate",
  "dbmate",
  "goose",
  "flyway",
  "prisma",
  "node-pg-migrate",
  "diesel",
  "alembic",
] as const;

/** A format of folders: lockstep's own, or another tool's. */
export type FormatName = (typeof FORMATS)[number];

/** A folder of migrations as config and command line name it. */
export interface FolderSpec {
  readonly dir: string;
  /** Told by the folder itself where it is missing. */
  readonly format?: FormatName;
  /** Values for `${name}`, put in as they are; without it no text is searched for placeholders, but for Flyway's. */
  readonly placeholders?: Readonly<Record<string, string>>;
  /** Which contract files soak; none where it is missing. */
  readonly soak?: SoakPolicy;
}

/** What another tool's format says of a file. */
export interface ForeignFacts {
  readonly format: Exclude<FormatName, "lockstep">;
  /** How the tool's own table names the file. */
  readonly version: string;
  /** The tool was told to run it outside of a transaction. */
  readonly outsideTransaction: boolean;
  /** `${name}` in it is text and no placeholder. */
  readonly literal?: boolean;
  /** The language of a step that is code and no SQL: `Go`. lockstep cannot run it. */
  readonly code?: string;
}

/** A companion file of a migration. */
export interface SqlFile {
  readonly path: string;
  readonly sql: string;
}

/** One statement within a file. */
export interface Statement {
  /** The statement's text as written, without the semicolon. */
  readonly sql: string;
  /** Character offset (UTF-16 units) of its first token in the file's text. */
  readonly offset: number;
  /** What the parser calls it: `AlterTableStmt`, `IndexStmt`, ... */
  readonly kind: string;
  /** What it does to the code that runs now. */
  readonly effect: Effect;
  /** In words, for people: `drops column customers.phone`. */
  readonly summary: string;
  /** Whether PostgreSQL refuses it inside a transaction block (CONCURRENTLY, VACUUM, ...). */
  readonly nonTransactional: boolean;
  /** Whether it destroys data that no down file can bring back (DROP TABLE, DROP COLUMN, TRUNCATE, ...). */
  readonly irreversible: boolean;
  /** Whether its text doesn't say what it does (DO, CALL, SELECT of a function). */
  readonly opaque: boolean;
  /** Whether it can leave nothing behind in the session: no setting, role, lock or temporary table. */
  readonly keepsSession: boolean;
  /** The table locks that it will take, as far as its text tells. */
  readonly locks: readonly LockRequest[];
  /** The server that it needs, where that is younger than the oldest that lockstep works with. */
  readonly needs?: ServerNeed;
}

/** A part of SQL that not every server knows. */
export interface ServerNeed {
  /** The first major version of PostgreSQL that has it. */
  readonly major: number;
  /** As people call it: `NULLS NOT DISTINCT`. */
  readonly what: string;
  /** What an older server has for the same end, if anything. */
  readonly instead?: string;
}

/** `adds`: old code does not notice. `removes`: old code may break or data goes. `breaks`: old and new
 * code cannot both work (rename, type change). `neutral`: says nothing of the stage. */
export type Effect = "adds" | "removes" | "breaks" | "neutral";

/** `-- lockstep: backfill table=… key=… batch=… target=… sync="…" remaining=<query to the end of the line>`. */
export interface BackfillDirective {
  readonly table: string;
  readonly key: string;
  /** Rows of the first batch; how long it takes decides on the next one. */
  readonly batch: number;
  /** How long a batch should take, ms; as config says where it is missing. */
  readonly targetMs?: number;
  /** Its values come from columns that the running version may go on writing. */
  readonly copies?: true;
  /** What keeps old and new in step where no trigger is seen that does, in words. */
  readonly sync?: string;
  /** A query that returns one number: rows still to fill. 0 before contract may run. */
  readonly remaining: string;
}

/** A trigger that a file creates or drops. */
export interface TriggerChange {
  readonly change: "created" | "dropped";
  readonly name: string;
  /** Its table; `public` is left out. */
  readonly table: string;
  /** What it fires on, as far as that matters to a backfill; empty for a dropped one. */
  readonly on: readonly ("insert" | "update")[];
}

/** A migration with what its SQL says. */
export interface Migration extends MigrationFile {
  readonly stage: Stage;
  /** Why the stage is what it is: `header`, `sql` (statements told), or `name` (nothing in the SQL tells). */
  readonly stageFrom: "header" | "sql" | "name";
  /** The reason a header override gave. */
  readonly stageReason: string | undefined;
  /** The up file's statements, without an outermost BEGIN and COMMIT of its own. */
  readonly statements: readonly Statement[];
  /**
   * What is sent: the up file's text with its own outermost BEGIN and COMMIT blanked by spaces, so
   * that every offset stays what it is in the file.
   */
  readonly body: string;
  /** The down file's statements, likewise; none where it only says why there is no way back. */
  readonly downStatements: readonly Statement[];
  /** The verify script's statements; none without one. */
  readonly verifyStatements: readonly Statement[];
  /**
   * sha256, hex, of the up file's tokens: an edit of comments or white space alone leaves it as it is.
   */
  readonly content: string;
  /** False when any statement cannot run in a transaction block. */
  readonly transactional: boolean;
  readonly backfill: BackfillDirective | undefined;
  /** Of a contract file: what can be put aside of what it drops. */
  readonly soakable?: Soakable;
  /** What the file drops is put aside first, as the stack asks for it. */
  readonly soak?: Soak;
  /** Why what it drops is not put aside, although the stack asks for it. */
  readonly unsoaked?: string;
  /** Triggers that the up file creates and drops, in its order; missing where there are none. */
  readonly triggers?: readonly TriggerChange[];
  /** What would be refused where this file is pending on an existing database; empty when fine. */
  readonly problems: readonly MigrationProblem[];
}

/** A reason against applying a file as it is, with the way out. */
export interface MigrationProblem {
  /** Kebab-case id, for example `mixed-stages`. */
  readonly rule: string;
  readonly message: string;
  /** `file:line:column`. */
  readonly where: string;
  readonly remedy: string;
  /** SQL to have in its place, where it is short. */
  readonly rewrite?: string;
  /** Refused on an empty database, too: there the stage doesn't matter, but exactly-once does. */
  readonly initialToo: boolean;
}
