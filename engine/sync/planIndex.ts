// Indexes and constraints of tables that are in use: built beside writers, and proven after they are added.
import { keyOf } from "../schema/object.ts";
import { type Definition, find, type Definitions } from "./definition.ts";
import type { Step } from "./step.ts";
import { aboutName, suffixed } from "./stepName.ts";
import { constraintText } from "./writeTable.ts";

/** `CREATE INDEX` with CONCURRENTLY in it. */
function concurrently(definition: string): string {
  return definition.replace(/^CREATE (UNIQUE )?INDEX /, "CREATE $1INDEX CONCURRENTLY ");
}

/** Builds an index on a table that is in use. A partitioned table's cannot be built concurrently. */
export function addIndex(index: Definition): Step {
  const base = { key: keyOf(index), about: aboutName(index.parts.index ?? "") };
  const { definition = "", partitioned } = index.parts;
  if (partitioned)
    return { ...base, phase: "expand", up: [definition], down: [`DROP INDEX ${index.name}`] };
  return {
    ...{ ...base, phase: "index", up: [concurrently(definition)] },
    // A constraint that took the index over has taken it along.
    down: [`DROP INDEX CONCURRENTLY IF EXISTS ${index.name}`],
  };
}

/** Drops one from a table that stays. */
export function dropIndex(index: Definition): Step {
  const base = { key: keyOf(index), about: aboutName(index.parts.index ?? "") };
  const { definition = "", partitioned } = index.parts;
  if (partitioned)
    return { ...base, phase: "contract", up: [`DROP INDEX ${index.name}`], down: [definition] };
  const [up, down] = [[`DROP INDEX CONCURRENTLY ${index.name}`], [concurrently(definition)]];
  return { ...base, phase: "unindex", up, down };
}

/** The new index is built beside the old one under another name, and takes its name in the end. */
export function changeIndex(before: Definition, after: Definition): readonly Step[] {
  const { index = "", schema = "" } = after.parts;
  const base = { key: keyOf(after), about: aboutName(index) };
  const other = suffixed(index, "_new");
  const renamed = after.parts.definition?.replace(` ${index} ON `, ` ${other} ON `) ?? "";
  return [
    {
      ...{ ...base, phase: "index", up: [concurrently(renamed)] },
      down: [`DROP INDEX CONCURRENTLY IF EXISTS ${schema}.${other}`],
    },
    dropIndex(before),
    {
      ...{ ...base, phase: "contract", up: [`ALTER INDEX ${schema}.${other} RENAME TO ${index}`] },
      down: [`ALTER INDEX ${after.name} RENAME TO ${other}`],
    },
  ];
}

/** What is known of the table's other changes. */
export interface ConstraintPlace {
  readonly to: Definitions;
  /** Whether the draft adds every column that the constraint is on: then no old row can break it. */
  readonly onNewColumns: boolean;
  /** Whether the draft adds its table. */
  readonly onNewTable: boolean;
  /** Whether dropping its table takes it back. */
  readonly withTable: boolean;
}

/** Adds a constraint to a table. */
export function addConstraint(one: Definition, place: ConstraintPlace): readonly Step[] {
  const { of, parts } = one;
  const base = { key: keyOf(one), about: aboutName(parts.constraint ?? "") };
  const table = `ALTER TABLE ${of}`;
  const dropIt = [`${table} DROP CONSTRAINT ${parts.constraint ?? ""}`];
  if (place.onNewTable)
    return [
      {
        ...{ ...base, phase: "expand", up: [`${table} ADD ${constraintText(one)}`] },
        down: place.withTable ? [] : dropIt,
      },
    ];
  if (
    (parts.type === "p" || parts.type === "u") &&
    !find(place.to, "table", of)?.parts.partitionKey
  )
    return onIndex(one, { ...base, dropIt });
  if (parts.type !== "c" && parts.type !== "f") {
    const phase = place.onNewColumns && parts.type !== "p" ? "expand" : "contract";
    return [{ ...base, phase, up: [`${table} ADD ${constraintText(one)}`], down: dropIt }];
  }
  const notValid = `${table} ADD ${constraintText(one).replace(/ NOT VALID$/, "")} NOT VALID`;
  const add: Step = {
    ...{ ...base, phase: place.onNewColumns ? "expand" : "contract" },
    ...{ up: [notValid], down: dropIt },
  };
  if (!parts.valid) return [add];
  return [
    add,
    {
      ...{ ...base, phase: place.onNewColumns ? "settle" : "validate" },
      up: [`${table} VALIDATE CONSTRAINT ${parts.constraint ?? ""}`],
      down: [...dropIt, notValid],
    },
  ];
}

/** Its index is built first, beside writers; the constraint then takes it over. */
function onIndex(
  { of, parts }: Definition,
  { dropIt, ...base }: Pick<Step, "key" | "about"> & { readonly dropIt: readonly string[] },
): readonly Step[] {
  const { constraint = "", index = "", indexName = "", deferrable, type } = parts;
  const word = type === "p" ? "PRIMARY KEY" : "UNIQUE";
  const tail = deferrable === undefined ? "" : ` ${deferrable}`;
  return [
    {
      ...{ ...base, phase: "index", up: [concurrently(index)] },
      down: [`DROP INDEX CONCURRENTLY IF EXISTS ${indexName}`],
    },
    {
      ...{ ...base, phase: type === "p" ? "require" : "settle" },
      up: [
        `ALTER TABLE ${of} ADD CONSTRAINT ${constraint} ${word} USING INDEX ${constraint}${tail}`,
      ],
      down: dropIt,
    },
  ];
}

/** Drops one from a table that stays. */
export function dropConstraint(one: Definition): Step {
  const { of, parts } = one;
  return {
    ...{ key: keyOf(one), phase: "contract", about: aboutName(parts.constraint ?? "") },
    up: [`ALTER TABLE ${of} DROP CONSTRAINT ${parts.constraint ?? ""}`],
    down: [`ALTER TABLE ${of} ADD ${constraintText(one)}`],
  };
}
