// What may be a rename: something that goes, and something alike that comes.
import type { SchemaDiff } from "../schema/diff.ts";
import { keyOf } from "../schema/object.ts";
import { type Definition, type Definitions, partsOf } from "./definition.ts";
import type { Step } from "./step.ts";
import { aboutName } from "./stepName.ts";

/** A column or a table that may have got another name. */
export interface Rename {
  readonly kind: "column" | "table";
  /** The snapshot's names. */
  readonly before: string;
  readonly after: string;
}

/** Two databases and how they differ. */
export interface RenameRequest {
  readonly from: Definitions;
  readonly to: Definitions;
  readonly diff: SchemaDiff;
}

/** With more that are alike a name says nothing any more. */
const MOST_ALIKE = 4;

/** Pairs that are alike: tables of one schema with the same columns, columns of one table with the same type. */
export function findRenames({ from, to, diff }: RenameRequest): readonly Rename[] {
  const come = those("added", to, diff);
  return those("removed", from, diff).flatMap((before) => {
    const alike = come.filter(
      (after) =>
        before.kind === after.kind &&
        likeness(before, from) === likeness(after, to) &&
        parent(before) === parent(after),
    );
    if (alike.length > MOST_ALIKE) return [];
    const kind = before.kind === "table" ? ("table" as const) : ("column" as const);
    return alike.map((after) => ({ kind, before: before.name, after: after.name }));
  });
}

function those(
  change: "added" | "removed",
  all: Definitions,
  diff: SchemaDiff,
): readonly Definition[] {
  const keys = new Set(
    diff.changes.filter((one) => one.change === change).map(({ object }) => keyOf(object)),
  );
  return [...all.objects.values()].filter(
    (one) =>
      keys.has(keyOf(one)) &&
      (one.kind === "table" ||
        (one.kind === "column" &&
          all.objects.has(keyOf({ kind: "table", name: one.of })) &&
          !keys.has(keyOf({ kind: "table", name: one.of })))),
  );
}

/** Where it is: a column's table, a table's schema. */
function parent({ kind, of, name }: Definition): string {
  return kind === "column" ? of : name.slice(0, name.lastIndexOf("."));
}

function likeness(one: Definition, all: Definitions): string {
  if (one.kind === "column") return one.parts.type ?? "";
  return partsOf(all, one.name, "column")
    .map(({ parts }) => `${parts.column ?? ""} ${parts.type ?? ""}`)
    .toSorted()
    .join("\n");
}

/** The statement that renames, and the one that takes it back. */
export function renameStep({ kind, before, after }: Rename): Step {
  const own = (name: string) => lastPart(name);
  const table = kind === "table";
  const owner = before.slice(0, before.length - own(before).length - 1);
  const up = table
    ? `ALTER TABLE ${before} RENAME TO ${own(after)}`
    : `ALTER TABLE ${owner} RENAME COLUMN ${own(before)} TO ${own(after)}`;
  const down = table
    ? `ALTER TABLE ${after} RENAME TO ${own(before)}`
    : `ALTER TABLE ${owner} RENAME COLUMN ${own(after)} TO ${own(before)}`;
  return {
    ...{ key: keyOf({ kind, name: before }), phase: "rename", about: aboutName(before) },
    ...{ up: [up], down: [down] },
    note: "Old and new code cannot both work with this. `lockstep rewrite` has the way in steps.",
  };
}

/** The last part of a name with its schema; quotes are kept. */
function lastPart(name: string): string {
  return /(?:"(?:[^"]|"")*"|[^."]+)$/.exec(name)?.[0] ?? name;
}
