// A table's shape as far as the earlier files tell it, where no server can be asked.
import { applyStatement } from "../lint/schema/applyStatement.ts";
import {
  createSchema,
  indexesOf,
  tableOf,
  type ColumnFacts,
  type ConstraintFacts,
  type IndexFacts,
  type Schema,
  type TableFacts,
} from "../lint/schema/schema.ts";
import { unwrapTransaction } from "../lint/transactionControl.ts";
import type { Migration } from "../sources/migration.ts";
import type { SqlParser } from "../sql/parse.ts";
import type { Quote } from "./names.ts";
import type { IndexShape, TableShape } from "./shape.ts";

/** What the files are asked for. */
export interface FilesRequest {
  /** Those before the one that is rewritten, in their order. */
  readonly migrations: readonly Migration[];
  readonly parser: SqlParser;
  readonly quote: Quote;
  /** `schema.table`, spelled as the parser does, `public` left out. */
  readonly table: string;
}

/** The shape; undefined where no file creates or names the table. What files do not tell is said in `unseen`. */
export function tableFromFiles({
  migrations,
  parser,
  quote,
  table,
}: FilesRequest): TableShape | undefined {
  const schema = createSchema();
  for (const { sql, path, foreign } of migrations) {
    if (foreign?.code !== undefined) continue;
    for (const { node, sql: text } of unwrapTransaction(parser.parse(sql, path)).statements)
      applyStatement(schema, node, text);
  }
  const facts = tableOf(schema, table);
  return facts && shapeOf(facts, schema, quote);
}

function shapeOf(facts: TableFacts, schema: Schema, quote: Quote): TableShape {
  const columns = [...facts.columns.values()];
  const indexes = indexesOf(schema, facts.name);
  const shown = indexes.map((index) => ({ index, shape: indexShape(index, facts, quote) }));
  const key = indexes.find(
    ({ unique, partial, columns: of }) =>
      unique && !partial && of.every((name) => facts.columns.get(name)?.notNull),
  );
  return {
    seenIn: "files",
    kind:
      facts.partitionOf !== undefined ? "partition" : facts.partitionKey ? "partitioned" : "table",
    columns: columns.map((column) => columnShape(column, facts)),
    key: key?.columns ?? [],
    indexes: shown.flatMap(({ shape }) => shape ?? []),
    ...{ checks: [], foreignKeys: [], references: [], dependants: [], grants: [] },
    partitions: facts.partitionKey
      ? [...schema.tables.values()]
          .filter(({ partitionOf }) => partitionOf === facts.name)
          .map(({ name }) => name.split(".").map(quote).join("."))
      : [],
    hasRowSecurity: facts.policies > 0,
    serverVersion: undefined,
    unseen: unseenIn(
      facts,
      schema,
      shown.flatMap(({ index, shape }) => (shape ? [] : index)),
    ),
  };
}

function unseenIn(
  facts: TableFacts,
  schema: Schema,
  unknown: readonly IndexFacts[],
): TableShape["unseen"] {
  const isTold = ({ kind, provesNotNull }: ConstraintFacts) =>
    kind === "primary" || kind === "unique" || provesNotNull !== undefined;
  const references = [...schema.tables.values()].flatMap(({ name, constraints }) =>
    [...constraints.values()]
      .filter(({ refersTo }) => refersTo === facts.name)
      .map((key) => ({ what: `foreign key ${key.name} of ${name}, which refers to this table` })),
  );
  return [
    ...unknown.map(({ name, columns }) => ({
      what: `index ${name}: its text is not kept`,
      // An expression may name any column.
      ...(!columns.includes("(...)") && { columns }),
    })),
    ...[...facts.constraints.values()]
      .filter((one) => !isTold(one))
      .map(({ name, kind, columns }) => ({
        what: `${kind === "foreign" ? "foreign key" : `${kind} constraint`} ${name}: its text is not kept`,
        columns,
      })),
    ...[...facts.columns.values()]
      .filter(({ hasDefault, source }) => hasDefault && source === "plain")
      .map(({ name }) => ({
        what: `the default of ${name}: its text is not kept`,
        columns: [name],
      })),
    ...references,
    {
      what: "collations, comments, views, policies, rights and triggers: no database was seen (DATABASE_URL)",
    },
  ];
}

function columnShape({ name, type, modifiers, notNull, source }: ColumnFacts, facts: TableFacts) {
  const array = /(\[\])*$/.exec(type)?.[0] ?? "";
  const bare = type.slice(0, type.length - array.length);
  const limits = modifiers.length > 0 ? `(${modifiers.join(", ")})` : "";
  return {
    name,
    type: (SERIAL_TYPES[bare] ?? bare) + limits + array,
    notNull,
    collation: undefined,
    default: undefined,
    identity: undefined,
    sequence: source === "serial" || source === "identity" ? "unknown" : undefined,
    sequenceOptions: undefined,
    comment: undefined,
    isGenerated: source === "generated",
    isPartitionKey:
      facts.partitionKey?.includes(name) === true || facts.partitionKey?.includes("(...)") === true,
    grants: [],
  };
}

const SERIAL_TYPES: Readonly<Record<string, string>> = {
  ...{
    serial: "int4",
    serial4: "int4",
    bigserial: "int8",
    serial8: "int8",
    smallserial: "int2",
    serial2: "int2",
  },
};

/** Undefined where its text cannot be made of what is known. */
function indexShape(
  index: IndexFacts,
  { name: table, constraints }: TableFacts,
  quote: Quote,
): IndexShape | undefined {
  const { name, columns, unique, partial, method, constraint } = index;
  const kind = constraint === undefined ? undefined : constraints.get(constraint)?.kind;
  if (partial || columns.includes("(...)") || kind === "exclusion") return undefined;
  const list = columns.map(quote).join(", ");
  const on = table.split(".").map(quote).join(".");
  return {
    name,
    definition: `CREATE ${unique ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${on} USING ${method} (${list})`,
    isUnique: unique,
    isPrimary: kind === "primary",
    isPlain: true,
    constraint,
    constraintDefinition:
      constraint === undefined
        ? undefined
        : `${kind === "primary" ? "PRIMARY KEY" : "UNIQUE"} (${list})`,
    isDeferrable: false,
    isExclusion: false,
    uses: columns,
  };
}
