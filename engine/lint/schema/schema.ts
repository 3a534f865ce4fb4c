// The schema as far as migration files tell it: tables with columns, constraints and indexes, and what refers to them.
import { withoutPublic } from "../names.ts";

/** A column. */
export interface ColumnFacts {
  readonly name: string;
  /** Without modifiers: `int4`, `varchar`, `text[]`. */
  type: string;
  /** The type's modifiers: the 20 of varchar(20). */
  modifiers: readonly number[];
  notNull: boolean;
  hasDefault: boolean;
  readonly source: "plain" | "serial" | "identity" | "generated";
  /** The release that added it; see `Schema.release`. */
  readonly release: number;
}

/** Kinds of constraints that rules ask for. */
export type ConstraintKind = "check" | "foreign" | "unique" | "primary" | "exclusion";

/** A constraint of a table. */
export interface ConstraintFacts {
  readonly name: string;
  readonly kind: ConstraintKind;
  readonly columns: readonly string[];
  /** False after NOT VALID, until VALIDATE. */
  validated: boolean;
  /** Of a foreign key: the table that it refers to. */
  readonly refersTo?: string;
  /** Of `CHECK (c IS NOT NULL)`: c. */
  readonly provesNotNull?: string;
  /** Of a check: its expression as a digest of the tree, to find equal ones. */
  readonly expression?: string;
}

/** An index. */
export interface IndexFacts {
  readonly name: string;
  readonly table: string;
  /** Names of columns; an expression is `(...)`. */
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** It covers some rows only. */
  readonly partial: boolean;
  readonly method: string;
  /** The constraint that it belongs to. */
  readonly constraint?: string;
}

/** A table. */
export interface TableFacts {
  readonly name: string;
  /** The files hold its CREATE TABLE, so that all its columns are known. */
  readonly isComplete: boolean;
  readonly columns: Map<string, ColumnFacts>;
  readonly constraints: Map<string, ConstraintFacts>;
  /** Of a partitioned table: its key's columns; `(...)` for an expression. */
  readonly partitionKey?: readonly string[];
  /** It is a partition of that table. */
  partitionOf?: string;
  /** A default partition of it is known. */
  hasDefaultPartition: boolean;
  policies: number;
  readonly release: number;
}

/** A function, its text where it has one. */
export interface RoutineFacts {
  readonly name: string;
  readonly body: string;
  readonly volatility: "volatile" | "stable" | "immutable";
}

/** A trigger. */
export interface TriggerFacts {
  readonly name: string;
  readonly table: string;
  readonly routine: string;
}

/**
 * What the files read so far have made. Mutable; one for each run of the rules. Names are without `public`; a search_path
 * that a file sets is not followed.
 */
export interface Schema {
  readonly tables: Map<string, TableFacts>;
  readonly indexes: Map<string, IndexFacts>;
  readonly routines: Map<string, RoutineFacts>;
  readonly triggers: Map<string, TriggerFacts>;
  /** The text of each view's statement. */
  readonly views: Map<string, string>;
  /** Domains with a constraint. */
  readonly strictDomains: Set<string>;
  /** Counts releases: what bears the current number, this release made. */
  release: number;
}

/** A schema without anything in it. */
export function createSchema(): Schema {
  return {
    tables: new Map(),
    indexes: new Map(),
    routines: new Map(),
    triggers: new Map(),
    views: new Map(),
    strictDomains: new Set(),
    release: 0,
  };
}

/** The table of that name, as a file writes it. */
export function tableOf(schema: Schema, name: string): TableFacts | undefined {
  return schema.tables.get(withoutPublic(name));
}

/** The column of that name, where the files tell of it. */
export function columnOf(schema: Schema, table: string, column: string): ColumnFacts | undefined {
  return tableOf(schema, table)?.columns.get(column);
}

/** All indexes of a table. */
export function indexesOf(schema: Schema, table: string): readonly IndexFacts[] {
  const key = withoutPublic(table);
  return [...schema.indexes.values()].filter((index) => index.table === key);
}
