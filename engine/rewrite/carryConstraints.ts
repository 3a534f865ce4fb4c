// The old column's checks and foreign keys, and the foreign keys that refer to it, made again for the new column.
import type { ColumnMove } from "./columnMove.ts";
import { derivedName, fittingName } from "./names.ts";
import type { ConstraintShape } from "./shape.ts";
import { foreignKeyParts, withColumn } from "./substitute.ts";

/** A constraint that is made again. */
export interface CarriedConstraint {
  /** Its table, as SQL names it. */
  readonly table: string;
  /** As SQL has it. */
  readonly name: string;
  /** The new one, without NOT VALID. */
  readonly definition: string;
  /** The one that it takes the place of; none for the check that proves NOT NULL. */
  readonly old: { readonly name: string; readonly definition: string } | undefined;
  /** It is a foreign key to the old column: contract must drop the old one. */
  readonly refersToOld: boolean;
}

/** What is carried, and what is not, a sentence each. */
export interface CarriedConstraints {
  readonly carried: readonly CarriedConstraint[];
  /** The check that proves that no value is missing; undefined for a column that may be null. */
  readonly filled: CarriedConstraint | undefined;
  readonly left: readonly string[];
}

/** The version from which a foreign key of a partitioned table can be NOT VALID. */
const PARTITIONED_NOT_VALID = 180_000;

/** Plans it for every constraint that names the old column. */
export async function carryConstraints(move: ColumnMove): Promise<CarriedConstraints> {
  const { shape, from, table } = move;
  const has = ({ columns }: ConstraintShape) => columns.includes(from.name);
  const carried: CarriedConstraint[] = [];
  const left: string[] = [];
  const isOld = (shape.serverVersion ?? 0) < PARTITIONED_NOT_VALID;
  for (const check of shape.checks.filter(has)) {
    if (move.isSameFamily) carried.push(await carryCheck(check, move));
    else left.push(`check ${check.name} may not fit the new type: ${check.definition}`);
  }
  for (const key of shape.foreignKeys.filter(has)) {
    const self = shape.references.find((one) => one.isSelf && one.name === key.name);
    const isTarget = self?.targets.includes(from.name) === true;
    if (shape.kind === "partitioned" && isOld)
      left.push(
        `foreign key ${key.name}: NOT VALID needs PostgreSQL 18 on a partitioned table: ${key.definition}`,
      );
    else carried.push(await carryForeignKey({ ...key, table }, move, { isOwn: true, isTarget }));
  }
  for (const key of shape.references.filter(({ targets }) => targets.includes(from.name))) {
    // Its own columns moved as well: made above.
    if (key.isSelf && has(key)) continue;
    if (key.isPartitioned && isOld)
      left.push(
        `foreign key ${key.name} of ${key.table}: NOT VALID needs PostgreSQL 18 on a partitioned table`,
      );
    else carried.push(await carryForeignKey(key, move, { isOwn: false, isTarget: true }));
  }
  return { carried, filled: from.notNull ? filledCheck(move) : undefined, left };
}

function filledCheck({ quote, tableName, table, to, taken }: ColumnMove): CarriedConstraint {
  const name = fittingName(`${tableName}_${to.name}_is_filled`);
  taken.add(name);
  return {
    table,
    name: quote(name),
    definition: `CHECK (${quote(to.name)} IS NOT NULL)`,
    old: undefined,
    refersToOld: false,
  };
}

async function carryCheck(check: ConstraintShape, move: ColumnMove): Promise<CarriedConstraint> {
  const { quote, table, from, to, taken } = move;
  const definition = await withColumn(check.definition, { from: from.name, to: quote(to.name) });
  return {
    table,
    name: quote(derivedName(check.name, { from: from.name, to: to.name }, taken)),
    definition: withoutNotValid(definition),
    old: { name: quote(check.name), definition: check.definition },
    refersToOld: false,
  };
}

async function carryForeignKey(
  key: ConstraintShape & { readonly table: string },
  { quote, from, to, taken }: ColumnMove,
  moved: { readonly isOwn: boolean; readonly isTarget: boolean },
): Promise<CarriedConstraint> {
  const { isOwn, isTarget } = await foreignKeyParts(key.definition);
  const isIn = (offset: number) =>
    (moved.isOwn && isOwn(offset)) || (moved.isTarget && isTarget(offset));
  const definition = await withColumn(key.definition, {
    from: from.name,
    to: quote(to.name),
    isIn,
  });
  const name = derivedName(key.name, { from: from.name, to: to.name }, taken);
  return {
    table: key.table,
    name: quote(name),
    definition: withoutNotValid(definition),
    old: { name: quote(key.name), definition: key.definition },
    refersToOld: moved.isTarget,
  };
}

function withoutNotValid(definition: string): string {
  return definition.replace(/ NOT VALID$/, "");
}
