// The old column's indexes, unique constraints and primary key, built again on the new column.
import { loadTokens } from "../sql/tokens.ts";
import type { ColumnMove } from "./columnMove.ts";
import { derivedName } from "./names.ts";
import type { IndexShape } from "./shape.ts";
import { withColumn } from "./substitute.ts";

/** An index that is built again. */
interface CarriedIndex {
  readonly old: IndexShape;
  /** The new one's name, bare. */
  readonly name: string;
  /** CREATE INDEX for a table that may be read and written meanwhile; one for each partition. */
  readonly builds: readonly string[];
  /** What joins the partitions' indexes; undefined on a plain table. */
  readonly joins: readonly string[];
  /** CREATE INDEX that locks, for the way back from a constraint. */
  readonly plain: string;
  /** DROP INDEX for each of `builds`, and for what `joins` made. */
  readonly drops: { readonly builds: readonly string[]; readonly joins: readonly string[] };
}

/** What is carried, and what is not, a sentence each. */
export interface CarriedIndexes {
  readonly carried: readonly CarriedIndex[];
  readonly left: readonly string[];
}

/** Plans it for every index that the old column is part of. */
export async function carryIndexes(move: ColumnMove): Promise<CarriedIndexes> {
  const carried: CarriedIndex[] = [];
  const left: string[] = [];
  for (const index of move.shape.indexes.filter(({ uses }) => uses.includes(move.from.name))) {
    const reason = await reasonAgainst(index, move);
    if (reason === undefined) carried.push(await carry(index, move));
    else left.push(`index ${index.name} (${reason}): ${index.definition}`);
  }
  return { carried, left };
}

async function reasonAgainst(index: IndexShape, move: ColumnMove): Promise<string | undefined> {
  if (index.isExclusion)
    return "an exclusion constraint cannot be built without holding writers off";
  if (index.isDeferrable)
    return "a deferrable constraint cannot be made from an index that is built first";
  if (move.shape.kind === "partitioned" && move.shape.partitions === undefined)
    return "its partitions have partitions themselves";
  if (move.isSameFamily) return undefined;
  return index.isPlain && (await isBare(index.definition))
    ? undefined
    : "an expression, a condition or an operator class may not fit the new type";
}

const ORDER = new Set([
  "asc",
  "desc",
  "nulls",
  "first",
  "last",
  ",",
  "(",
  ")",
  "include",
  "nulls",
  "not",
  "distinct",
]);

/** Columns, their order and nothing else. */
async function isBare(definition: string): Promise<boolean> {
  const { tail } = await partsOf(definition);
  const tokens = (await loadTokens(tail)).slice(2);
  return tokens.every(({ word }, at) => {
    const before = tokens[at - 1]?.word ?? "";
    return ORDER.has(word) || before === "(" || before === ",";
  });
}

/** From USING on. */
async function partsOf(definition: string): Promise<{ readonly tail: string }> {
  const tokens = await loadTokens(definition);
  const using = tokens.find(({ word, depth }) => word === "using" && depth === 0);
  return { tail: definition.slice(using?.start ?? 0) };
}

async function carry(old: IndexShape, move: ColumnMove): Promise<CarriedIndex> {
  const { quote, table, prefix, shape, from, to, taken } = move;
  const { tail } = await partsOf(old.definition);
  const method = await withColumn(tail, { from: from.name, to: quote(to.name) });
  const name = derivedName(old.name, { from: from.name, to: to.name }, taken);
  const create = (of: string, on: string) =>
    `CREATE ${old.isUnique ? "UNIQUE " : ""}INDEX ${of} ON ${on} ${method};`;
  const own = prefix + quote(name);
  if (shape.kind !== "partitioned") {
    return {
      ...{ old, name },
      builds: [create(`CONCURRENTLY ${quote(name)}`, table)],
      joins: [],
      plain: create(quote(name), table),
      drops: { builds: [`DROP INDEX CONCURRENTLY ${own};`], joins: [] },
    };
  }
  const parts = (shape.partitions ?? []).map((partition) => {
    const [bare = "", ...before] = dottedParts(partition).reverse();
    const part = derivedName(`${bare}_${name}`, { from: "\0", to: "idx" }, taken);
    const space = before.map((one) => `${quote(one)}.`).join("");
    return { partition, part, spelled: space + quote(part) };
  });
  return {
    ...{ old, name },
    builds: parts.map(({ partition, part }) => create(`CONCURRENTLY ${quote(part)}`, partition)),
    joins: [
      create(quote(name), `ONLY ${table}`),
      ...parts.map(({ spelled }) => `ALTER INDEX ${own} ATTACH PARTITION ${spelled};`),
    ],
    plain: create(quote(name), table),
    drops: {
      builds: parts.map(({ spelled }) => `DROP INDEX CONCURRENTLY ${spelled};`),
      joins: [`DROP INDEX ${own};`],
    },
  };
}

function dottedParts(name: string): string[] {
  return [...name.matchAll(/"((?:[^"]|"")+)"|([^".]+)/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
  );
}
