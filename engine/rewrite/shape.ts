// What a recipe has to know of a table, whoever tells it: the server's catalogue, or the earlier files.

/** A column. */
export interface ColumnShape {
  readonly name: string;
  /** With modifiers, as SQL has it: `character varying(20)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** As SQL has it, where it is not the type's own. */
  readonly collation: string | undefined;
  /** The default's expression; undefined where there is none or it is not known. */
  readonly default: string | undefined;
  readonly identity: "always" | "by default" | undefined;
  /** The sequence that belongs to it, as SQL names it. */
  readonly sequence: string | undefined;
  /** How its numbers go on, where it is not one by one: `INCREMENT BY 10`. */
  readonly sequenceOptions: string | undefined;
  readonly comment: string | undefined;
  readonly isGenerated: boolean;
  readonly isPartitionKey: boolean;
  /** Rights on the column alone. */
  readonly grants: readonly { readonly right: string; readonly role: string }[];
}

/** An index. */
export interface IndexShape {
  readonly name: string;
  /** CREATE INDEX as pg_get_indexdef prints it. */
  readonly definition: string;
  readonly isUnique: boolean;
  readonly isPrimary: boolean;
  /** Columns only: no expression, no condition. */
  readonly isPlain: boolean;
  /** The primary key, unique or exclusion constraint that it belongs to. */
  readonly constraint: string | undefined;
  /** As pg_get_constraintdef prints it. */
  readonly constraintDefinition: string | undefined;
  readonly isDeferrable: boolean;
  readonly isExclusion: boolean;
  /** Columns in it, in its expressions and in its condition. */
  readonly uses: readonly string[];
}

/** A check or a foreign key. */
export interface ConstraintShape {
  readonly name: string;
  /** As pg_get_constraintdef prints it. */
  readonly definition: string;
  readonly columns: readonly string[];
}

/** A foreign key that refers to the table. */
export interface ReferenceShape extends ConstraintShape {
  /** As SQL names it. */
  readonly table: string;
  readonly isPartitioned: boolean;
  /** The table itself has it. */
  readonly isSelf: boolean;
  /** The columns that it refers to. */
  readonly targets: readonly string[];
}

/** A table. */
export interface TableShape {
  readonly seenIn: "catalogue" | "files";
  readonly kind: "table" | "partitioned" | "partition" | "parent" | "other";
  /** In their order. */
  readonly columns: readonly ColumnShape[];
  /** Columns of a primary key, or of a unique index none of whose columns is null. */
  readonly key: readonly string[];
  readonly indexes: readonly IndexShape[];
  readonly checks: readonly ConstraintShape[];
  readonly foreignKeys: readonly ConstraintShape[];
  readonly references: readonly ReferenceShape[];
  /** Views, policies and the like that read a column, in words. */
  readonly dependants: readonly {
    readonly column: string;
    readonly what: string;
    /** It is dropped together with the column, without a word. */
    readonly goesAlong: boolean;
  }[];
  /** Of a partitioned table its partitions, as SQL names them; undefined where some have partitions themselves. */
  readonly partitions: readonly string[] | undefined;
  readonly hasRowSecurity: boolean;
  /** Rights on the whole table. */
  readonly grants: readonly { readonly right: string; readonly role: string }[];
  /** `server_version_num`; undefined where no server was seen. */
  readonly serverVersion: number | undefined;
  /** What could not be seen, a clause each; `columns`: of these alone. */
  readonly unseen: readonly { readonly what: string; readonly columns?: readonly string[] }[];
}

/** The column of that name. */
export function columnNamed(table: TableShape, name: string): ColumnShape | undefined {
  return table.columns.find((column) => column.name === name);
}

/** What could not be seen of a column, or of the table as a whole. */
export function unseenOf({ unseen }: TableShape, column?: string): readonly string[] {
  return unseen
    .filter(({ columns }) => !columns || (column !== undefined && columns.includes(column)))
    .map(({ what }) => what);
}
