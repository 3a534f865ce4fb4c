// From the difference of two schemas to the steps of a draft, and to what a person has to write.
import type { SchemaDiff } from "../schema/diff.ts";
import { keyOf } from "../schema/object.ts";
import { type Definition, type Definitions, find } from "./definition.ts";
import { addColumn, changeColumn, COLUMN_FACTS, dropColumn } from "./planColumn.ts";
import { addConstraint, addIndex, changeIndex, dropConstraint, dropIndex } from "./planIndex.ts";
import { changeObject } from "./planObject.ts";
import { changeViews, isView } from "./planViews.ts";
import type { Step } from "./step.ts";
import { aboutName } from "./stepName.ts";
import { create, drop, isWritable } from "./writeOther.ts";
import { isInline } from "./writeTable.ts";

/** Two databases and how they differ. */
export interface StepsRequest {
  readonly from: Definitions;
  readonly to: Definitions;
  /** From the first to the second, owners and rights aside. */
  readonly diff: SchemaDiff;
}

/** What can be written, and what cannot. */
export interface StepsPlan {
  readonly steps: readonly Step[];
  /** Keys of objects that a person has to see to. */
  readonly byHand: readonly string[];
}

type Change = SchemaDiff["changes"][number];

/** Plans the steps; puts them in no order. */
export function planSteps(request: StepsRequest): StepsPlan {
  const { from, to, diff } = request;
  const keys = (change: Change["change"]) =>
    new Set(diff.changes.filter((one) => one.change === change).map(({ object }) => keyOf(object)));
  const plan: Planning = { ...request, added: keys("added"), removed: keys("removed") };
  const changedViews = [...keys("changed")].filter((key) =>
    isView(to.objects.get(key)?.kind ?? ""),
  );
  const views = changeViews({ from, to, changed: changedViews });
  const steps: Step[] = [...views.steps];
  const byHand: string[] = [];
  for (const change of diff.changes) {
    const key = keyOf(change.object);
    if (views.covers.has(key) || isOfView(change, plan)) continue;
    const planned = planOne(change, plan);
    if (planned) steps.push(...planned);
    else byHand.push(key);
  }
  return { steps, byHand };
}

interface Planning extends StepsRequest {
  readonly added: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
}

/** A view's columns are its definition's. */
function isOfView({ object }: Change, { from, to }: Planning): boolean {
  if (object.kind !== "column") return false;
  return [from, to].some((all) =>
    ["view", "materialized view"].some((kind) => find(all, kind, object.of) !== undefined),
  );
}

/** Undefined where nobody but a person can write it. */
function planOne(change: Change, plan: Planning): readonly Step[] | undefined {
  const key = keyOf(change.object);
  const [before, after] = [plan.from.objects.get(key), plan.to.objects.get(key)];
  if (change.change === "added") return after && planAdded(after, plan);
  if (change.change === "removed") return before && planRemoved(before, plan);
  return before && after && planChanged(change, { before, after }, plan);
}

function has(keys: ReadonlySet<string>, kind: string, name: string): boolean {
  return keys.has(keyOf({ kind, name }));
}

/** Whether its relation comes, or goes, as a whole. */
function isWithRelation({ of, name }: Definition, keys: ReadonlySet<string>): boolean {
  if (of === name) return false;
  return ["table", "view", "materialized view", "composite type"].some((kind) =>
    has(keys, kind, of),
  );
}

/** Whether it is said by another object's statements. */
function isAbsorbed(one: Definition, keys: ReadonlySet<string>): boolean {
  const { kind, parts } = one;
  switch (kind) {
    case "column":
      return isWithRelation(one, keys) || parts.inherited === "yes";
    case "constraint":
      return (isWithRelation(one, keys) && isInline(one)) || parts.inherited === "yes";
    case "index":
      return parts.ofConstraint === "yes" || parts.inherited === "yes";
    case "trigger":
      return parts.inherited === "yes";
    case "sequence":
      return parts.identity === "yes";
    default:
      return false;
  }
}

/** Whether dropping what is in `keys` takes it along. */
function goesAlong(one: Definition, keys: ReadonlySet<string>, all: Definitions): boolean {
  const needs = [...(all.needs.get(keyOf(one)) ?? [])];
  switch (one.kind) {
    case "comment":
      return needs.some((need) => {
        const target = all.objects.get(need);
        return keys.has(need) || (target !== undefined && isWithRelation(target, keys));
      });
    case "sequence": {
      const { ownedBy } = one.parts;
      return ownedBy !== undefined && (isWithRelation(one, keys) || has(keys, "column", ownedBy));
    }
    case "constraint":
      // A foreign key to another table that goes has to go before both.
      return isWithRelation(one, keys) && !refersWithin(one, keys, all);
    case "index":
      return (
        isWithRelation(one, keys) ||
        needs.some((need) => need.startsWith("column ") && keys.has(need))
      );
    default:
      return isWithRelation(one, keys);
  }
}

/** Whether it refers to another relation that comes, or goes, as well. */
function refersWithin(one: Definition, keys: ReadonlySet<string>, all: Definitions): boolean {
  if (one.parts.type !== "f") return false;
  return [...(all.needs.get(keyOf(one)) ?? [])].some((need) => {
    const target = all.objects.get(need);
    if (!target || target.of === one.of || target.name === one.of) return false;
    return keys.has(need) || isWithRelation(target, keys);
  });
}

function planAdded(one: Definition, plan: Planning): readonly Step[] | undefined {
  const { to, added } = plan;
  if (isAbsorbed(one, added)) return [];
  const onNew = isWithRelation(one, added);
  if (one.kind === "column") return find(to, "table", one.of) ? addColumn(one, to) : undefined;
  if (one.kind === "index" && !onNew) return [addIndex(one)];
  if (one.kind === "constraint") {
    const columns = (one.parts.columns ?? "").split("\n").filter(Boolean);
    const names = [...to.objects.values()].filter(
      ({ kind, of }) => kind === "column" && of === one.of,
    );
    const onNewColumns =
      columns.length > 0 &&
      columns.every((column) =>
        names.some((each) => added.has(keyOf(each)) && unquoted(each.parts.column) === column),
      );
    return addConstraint(one, {
      to,
      onNewColumns,
      withTable: goesAlong(one, added, to),
      onNewTable: onNew,
    });
  }
  if (!isWritable(one.kind) || isOdd(one)) return undefined;
  const base = { key: keyOf(one), about: aboutName(one.kind === "comment" ? one.of : one.name) };
  const down = goesAlong(one, added, to) ? [] : [drop(one)];
  const step: Step = { ...base, phase: "expand", up: create(one, to), down };
  return [step, ...ownership(one)];
}

function unquoted(name = ""): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** A sequence is there before its column, and is given to it after. */
function ownership({ kind, name, parts }: Definition): readonly Step[] {
  const { ownedBy } = parts;
  if (kind !== "sequence" || ownedBy === undefined) return [];
  return [
    {
      key: `owner ${name}`,
      phase: "expand",
      about: aboutName(name),
      up: [`ALTER SEQUENCE ${name} OWNED BY ${ownedBy}`],
      // It goes with its column.
      down: [],
    },
  ];
}

/** Tables of a form that CREATE TABLE alone does not make. */
function isOdd({ kind, parts }: Definition): boolean {
  return kind === "table" && (parts.ofType !== undefined || parts.replicaIdentity === "INDEX");
}

function planRemoved(one: Definition, plan: Planning): readonly Step[] | undefined {
  const { from, removed } = plan;
  if (isAbsorbed(one, removed)) return [];
  const along = goesAlong(one, removed, from);
  if (one.kind === "column")
    return find(from, "table", one.of) ? [dropColumn(one, from)] : undefined;
  if (one.kind === "index" && !along) return [dropIndex(one)];
  if (one.kind === "constraint" && !along) return [dropConstraint(one)];
  if (!isWritable(one.kind) || isOdd(one)) return undefined;
  const step: Step = {
    ...{ key: keyOf(one), phase: "contract" },
    about: aboutName(one.kind === "comment" ? one.of : one.name),
    up: along ? [] : [drop(one)],
    down: create(one, from),
  };
  // Taken back, it is given to its column again; going, it goes with it.
  return [
    step,
    ...ownership(one).map((own) => ({ ...own, phase: "contract" as const, up: [], down: own.up })),
  ];
}

function planChanged(
  change: Change,
  { before, after }: { readonly before: Definition; readonly after: Definition },
  { from, to }: Planning,
): readonly Step[] | undefined {
  const facts = change.facts.map(({ fact }) => fact);
  const pair = { before, after, from, to };
  switch (after.kind) {
    case "column": {
      const isTable = find(to, "table", after.of) !== undefined;
      const isPlain =
        before.parts.generated === after.parts.generated && after.parts.generated === undefined;
      const known = facts.every((fact) => COLUMN_FACTS.has(fact));
      return isTable && known && (isPlain || !facts.includes("default"))
        ? changeColumn(pair)
        : undefined;
    }
    case "index":
      if (before.parts.ofConstraint || after.parts.ofConstraint) return [];
      if (after.parts.partitioned || after.parts.inherited) return undefined;
      return facts.some((fact) => !INDEX_FACTS.has(fact)) ? undefined : changeIndex(before, after);
    case "constraint":
      return changeConstraint(pair, facts);
    case "sequence":
      return after.parts.identity ? undefined : changeObject(pair);
    default:
      return changeObject(pair);
  }
}

/** What a new index of the same name has otherwise. */
const INDEX_FACTS: ReadonlySet<string> = new Set([
  ...["columns", "keyColumns", "method", "unique", "nullsNotDistinct", "options", "definition"],
]);

function changeConstraint(
  {
    before,
    after,
    to,
  }: { readonly before: Definition; readonly after: Definition; readonly to: Definitions },
  facts: readonly string[],
): readonly Step[] | undefined {
  if (before.parts.inherited || after.parts.inherited) return undefined;
  if (!["c", "f", "x"].includes(after.parts.type ?? "") || before.parts.type !== after.parts.type)
    return undefined;
  const added = addConstraint(after, {
    to,
    onNewColumns: false,
    onNewTable: false,
    withTable: false,
  });
  // The printed definition says NOT VALID, too.
  const isProof = facts.every((fact) => fact === "valid" || fact === "definition");
  const text = (one: Definition) => one.parts.definition?.replace(/ NOT VALID$/, "");
  if (isProof && text(before) === text(after) && after.parts.valid)
    return added.filter(({ phase }) => phase === "validate");
  return [dropConstraint(before), ...added];
}
