// The shape of a lint rule and of what it finds.
import type { ColumnDef, Constraint, AlterTableCmd, Node, RangeVar } from "@pgsql/types";
import type { LockMode } from "../../locks/modes.ts";
import type { Migration } from "../../sources/migration.ts";
import type { ParsedStatement } from "../../sql/parse.ts";
import type { Schema } from "../schema/schema.ts";

/** `error`: refused where the file is pending. `warning`: look before you go on. `info`: good to know. */
export type Severity = "error" | "warning" | "info";

/** What a rule is set to; `off`: it is not run. */
export type Level = Severity | "off";

/** All levels. */
export const LEVELS: readonly Level[] = ["off", "info", "warning", "error"];

/** What a rule is about. `taste`: nothing breaks, teams differ; such rules are off until they are asked for. */
export type Category =
  | "stage"
  | "locks"
  | "compatibility"
  | "data"
  | "transaction"
  | "correctness"
  | "security"
  | "taste";

/** A lock that a statement takes on a table. */
export interface LockClaim {
  readonly mode: LockMode;
  /** The table's name as the file has it. */
  readonly table: string;
}

/** What a rule says of one place. */
export interface Hit {
  readonly message: string;
  /** What to do, or what it will ask for. */
  readonly remedy: string;
  /** Offset in the file's UTF-8 bytes of what is meant, as parse trees give it; without it the statement's. */
  readonly at?: number | undefined;
  /** The same in UTF-16 units, where no parse tree gave it. */
  readonly unit?: number;
  /** Another file than the one that was looked at: its first line. */
  readonly path?: string;
  readonly lock?: LockClaim;
  /** SQL that does the same more safely, where there is such. */
  readonly rewrite?: string;
  /** In place of the rule's own. */
  readonly grows?: Growth;
  /** In place of the rule's own level, where the server tells more than the text; what a stack set holds all the same. */
  readonly severity?: Severity;
  /** The statement, where a rule looks at the whole file; without it the file's first line. */
  readonly statement?: ParsedStatement;
}

/** With what a statement's time grows: with its lock's table `alone`, or with others `beyond` it too. */
export type Growth = "alone" | "beyond";

/** None, one or several. */
export type Hits = Hit | readonly Hit[] | undefined;

/** What is known of the server; nothing has to be. */
export interface ServerFacts {
  /** `server_version_num`, for example 150018. */
  readonly version?: number;
  /** Indexes that are INVALID there, with their schema unless that is `public`. */
  readonly invalidIndexes?: ReadonlySet<string>;
}

/** What a rule may know of the file that it looks at. */
export interface FileContext {
  readonly migration: Migration;
  /** The file's statements, without an outermost BEGIN and COMMIT. */
  readonly statements: readonly ParsedStatement[];
  /** The schema as the statements before this one leave it, as far as the files tell. */
  readonly schema: Schema;
  readonly server: ServerFacts;
  /** Whether the release itself creates the table before this place: nothing runs against it yet. */
  readonly isNew: (relation: RangeVar | string | undefined) => boolean;
}

/** The same for one statement. */
export interface RuleContext extends FileContext {
  readonly statement: ParsedStatement;
  /** Its place in `statements`. */
  readonly index: number;
}

/** One part of an ALTER TABLE. */
export interface AlterPart {
  readonly table: string;
  readonly relation: RangeVar | undefined;
  readonly command: AlterTableCmd;
  /** The column, constraint or trigger that the part names. */
  readonly name: string;
  /** Of ADD COLUMN and ALTER COLUMN TYPE. */
  readonly column: ColumnDef | undefined;
  /** Of ADD CONSTRAINT. */
  readonly constraint: Constraint | undefined;
}

/** A column's definition in CREATE TABLE or ADD COLUMN. */
export interface ColumnPart {
  readonly table: string;
  readonly name: string;
  /** Without modifiers: `int4`, `text[]`. */
  readonly type: string;
  readonly column: ColumnDef;
  readonly constraints: readonly Constraint[];
  /** Part of ALTER TABLE ... ADD COLUMN. */
  readonly isAdded: boolean;
}

/** A statement's tag in the parse tree. */
export type Kind = Node extends infer N ? (N extends N ? keyof N : never) : never;
/** The tree under such a tag. */
export type NodeOf<K extends Kind> = Extract<Node, Record<K, unknown>>[K];

/** A check: a pure function of statements and what was before them, and its page in docs/rules.md. */
export interface LintRule {
  /** Kebab-case and public: it never changes its meaning. */
  readonly id: string;
  readonly category: Category;
  /** Where nobody sets it otherwise. */
  readonly level: Level;
  /** What it points at takes the longer the larger the lock's table is. */
  readonly grows?: Growth;
  /** It is a refusal of the runner's: neither config nor a comment can change it. */
  readonly fixed?: true;
  /** What it points at, as a clause. */
  readonly title: string;
  /** What goes wrong. */
  readonly why: string;
  /** What to write in its place. */
  readonly instead: string;
  /** Looks at statements of some kinds. */
  readonly on?: { readonly [K in Kind]?: (node: NodeOf<K>, context: RuleContext) => Hits };
  /** Looks at each part of each ALTER TABLE. */
  readonly alter?: (part: AlterPart, context: RuleContext) => Hits;
  /** Looks at each column that is defined. */
  readonly column?: (part: ColumnPart, context: RuleContext) => Hits;
  /** Looks at the file as a whole, with the schema as it is before it. */
  readonly file?: (context: FileContext) => Hits;
}

/** One thing that a rule found. */
export interface LintFinding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** `file:line:column`. */
  readonly where: string;
  readonly path: string;
  /** Both counted from 1; columns count characters. */
  readonly start: { readonly line: number; readonly column: number };
  /** Behind the last character. */
  readonly end: { readonly line: number; readonly column: number };
  /** Offsets in the file's UTF-8 bytes, the second behind the last one. */
  readonly bytes: { readonly start: number; readonly end: number };
  readonly remedy: string;
  readonly lock?: LockClaim & { readonly blocks: Blocks };
  readonly rewrite?: string;
  readonly grows?: Growth;
  /** Of the lock's table, where the database told: rows as its statistics have them, bytes with indexes. */
  readonly size?: { readonly rows: number | null; readonly bytes: number };
  /** Page and anchor below docs/. */
  readonly doc: string;
}

/** Whom a lock holds off while it is held. */
export type Blocks = "reads and writes" | "writes" | "schema changes";
