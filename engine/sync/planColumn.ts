// From one definition of a column to another, in the form that writers of a busy table hardly notice.
import { keyOf } from "../schema/object.ts";
import type { Definition, Definitions } from "./definition.ts";
import type { Step } from "./step.ts";
import { aboutName, suffixed } from "./stepName.ts";
import { columnText, identityText } from "./writeTable.ts";

/** A column as it is and as it shall be, with the databases that they are in. */
export interface ColumnPair {
  readonly before: Definition;
  readonly after: Definition;
  readonly from: Definitions;
  readonly to: Definitions;
}

/** The facts of the snapshot that these steps bring about. */
export const COLUMN_FACTS: ReadonlySet<string> = new Set([
  ...["type", "collation", "notNull", "identity", "default"],
  ...["storage", "compression", "statistics"],
]);

/** Adds a column to a table that is there; a required one without a default is required at the end only. */
export function addColumn(column: Definition, to: Definitions): readonly Step[] {
  const { of, parts } = column;
  const base = { key: keyOf(column), about: aboutName(column.name) };
  const isBare =
    parts.notNull === "yes" &&
    [parts.default, parts.identity, parts.generated].every((one) => one === undefined);
  const { notNull: _, ...nullable } = parts;
  const text = columnText(isBare ? { ...column, parts: nullable } : column, to);
  const add: Step = {
    ...base,
    phase: "expand",
    up: [`ALTER TABLE ${of} ADD COLUMN ${text}`],
    down: [`ALTER TABLE ${of} DROP COLUMN ${parts.column ?? ""}`],
  };
  if (!isBare) return [add];
  const note = `${column.name} is required in the end: rows that are there need a value first (a backfill), and new ones from the new version.`;
  return [{ ...add, note }, ...requireColumn(column)];
}

/** Removes it; brought back, it is empty. */
export function dropColumn(column: Definition, from: Definitions): Step {
  const { of, parts } = column;
  return {
    key: keyOf(column),
    phase: "contract",
    about: aboutName(column.name),
    up: [`ALTER TABLE ${of} DROP COLUMN ${parts.column ?? ""}`],
    down: [`ALTER TABLE ${of} ADD COLUMN ${columnText(column, from)}`],
  };
}

/** NOT NULL by way of a check: the long look at old rows is then made under a lock that lets writers pass. */
function requireColumn(column: Definition): readonly Step[] {
  const { of, parts } = column;
  const { column: name = "" } = parts;
  const base = { key: keyOf(column), about: aboutName(column.name) };
  const check = suffixed(name, "_not_null");
  const table = `ALTER TABLE ${of}`;
  const add = `${table} ADD CONSTRAINT ${check} CHECK (${name} IS NOT NULL)`;
  const dropCheck = `${table} DROP CONSTRAINT ${check}`;
  return [
    { ...base, phase: "contract", up: [`${add} NOT VALID`], down: [dropCheck] },
    {
      ...base,
      phase: "validate",
      up: [`${table} VALIDATE CONSTRAINT ${check}`],
      down: [dropCheck, `${add} NOT VALID`],
    },
    {
      ...base,
      phase: "require",
      up: [`${table} ALTER COLUMN ${name} SET NOT NULL`, dropCheck],
      down: [`${table} ALTER COLUMN ${name} DROP NOT NULL`, add],
    },
  ];
}

/** The steps for what differs; facts that are not among `COLUMN_FACTS` are left to a person. */
export function changeColumn(pair: ColumnPair): readonly Step[] {
  return [
    ...changeType(pair),
    ...changeDefault(pair),
    ...changeNull(pair),
    ...changeIdentity(pair),
  ].concat(changeTuning(pair));
}

function base({ after }: ColumnPair) {
  return { key: keyOf(after), about: aboutName(after.name) };
}

function alter({ after }: ColumnPair): string {
  return `ALTER TABLE ${after.of} ALTER COLUMN ${after.parts.column ?? ""}`;
}

function changeType(pair: ColumnPair): readonly Step[] {
  const [before, after] = [pair.before.parts, pair.after.parts];
  if (before.type === after.type && before.collation === after.collation) return [];
  const to = ({ type = "", collation, column = "" }: Definition["parts"], other: string) => {
    const cast = type === other ? "" : ` USING ${column}::${type}`;
    return `${alter(pair)} TYPE ${type}${collation === undefined ? "" : ` COLLATE ${collation}`}${cast}`;
  };
  // A default of the old type may have no cast to the new one; where it has, the server puts it in by itself.
  const isOther = before.default !== after.default;
  const change = (old: Definition["parts"], now: Definition["parts"]) => [
    ...(isOther && old.default !== undefined ? [`${alter(pair)} DROP DEFAULT`] : []),
    to(now, old.type ?? ""),
    ...(isOther && now.default !== undefined ? [`${alter(pair)} SET DEFAULT ${now.default}`] : []),
  ];
  return [
    {
      ...base(pair),
      phase: "change",
      up: change(before, after),
      down: change(after, before),
      note: "Old and new code can hardly both work with this. `lockstep rewrite` has the way in steps.",
    },
  ];
}

function changeDefault(pair: ColumnPair): readonly Step[] {
  const [before, after] = [pair.before.parts, pair.after.parts];
  const isTypes = before.type !== after.type || before.collation !== after.collation;
  if (before.default === after.default || isTypes) return [];
  if (before.generated !== undefined || after.generated !== undefined) return [];
  const set = (value: string | undefined) =>
    value === undefined ? `${alter(pair)} DROP DEFAULT` : `${alter(pair)} SET DEFAULT ${value}`;
  return [
    {
      ...base(pair),
      phase: after.default === undefined ? "contract" : "expand",
      up: [set(after.default)],
      down: [set(before.default)],
    },
  ];
}

function changeNull(pair: ColumnPair): readonly Step[] {
  const [was, is] = [pair.before.parts.notNull, pair.after.parts.notNull];
  if (was === is) return [];
  if (is) return requireColumn(pair.after);
  const [up, down] = [[`${alter(pair)} DROP NOT NULL`], [`${alter(pair)} SET NOT NULL`]];
  return [{ ...base(pair), phase: "expand", up, down }];
}

function changeIdentity(pair: ColumnPair): readonly Step[] {
  const { before, after, from, to } = pair;
  const [was, is] = [before.parts.identity, after.parts.identity];
  if (was === is) return [];
  const change = (old: string | undefined, now: Definition, all: Definitions) => {
    const { identity } = now.parts;
    if (identity === undefined) return `${alter(pair)} DROP IDENTITY`;
    if (old !== undefined) return `${alter(pair)} SET GENERATED ${identity}`;
    return `${alter(pair)} ADD ${identityText(now, all)}`;
  };
  return [
    {
      ...base(pair),
      phase: is === undefined ? "contract" : "expand",
      up: [change(was, after, to)],
      down: [change(is, before, from)],
    },
  ];
}

function changeTuning(pair: ColumnPair): readonly Step[] {
  const set = (old: Definition["parts"], now: Definition["parts"]) => [
    ...(old.storage === now.storage
      ? []
      : [`${alter(pair)} SET STORAGE ${now.storage ?? "DEFAULT"}`]),
    ...(old.compression === now.compression
      ? []
      : [`${alter(pair)} SET COMPRESSION ${now.compression ?? "default"}`]),
    ...(old.statistics === now.statistics
      ? []
      : [`${alter(pair)} SET STATISTICS ${now.statistics ?? "-1"}`]),
  ];
  const up = set(pair.before.parts, pair.after.parts);
  const down = set(pair.after.parts, pair.before.parts);
  return up.length === 0 ? [] : [{ ...base(pair), phase: "expand", up, down }];
}
