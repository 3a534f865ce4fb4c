// Comparing two lists of objects: what counts as equal, what is left aside, and how it is told.
import assert from "node:assert/strict";
import { describeDiff, diffSchemas } from "../../../../engine/schema/diff.ts";
import type { SchemaObject } from "../../../../engine/schema/object.ts";
import { snapshotOf } from "../../../../engine/schema/snapshot.ts";

const object = (kind: string, name: string, rest: Partial<SchemaObject> = {}): SchemaObject => ({
  ...{ kind, name, of: name, facts: {}, printed: {} },
  ...rest,
});
const column = (name: string, type: string, position: number): SchemaObject =>
  object("column", name, { of: name.replace(/\.[^.]+$/, ""), facts: { type }, position });

const table = object("table", "public.t", { facts: { owner: "ann" } });
const before = [table, column("public.t.a", "integer", 1), column("public.t.b", "text", 2)];
const diff = (a: readonly SchemaObject[], b: readonly SchemaObject[], majors = [18, 18]) =>
  diffSchemas(snapshotOf(a, majors[0]!), snapshotOf(b, majors[1]!));

describe("diffSchemas", () => {
  it("grades equal schemas, and those in which only columns stand elsewhere", () => {
    assert.equal(diff(before, before.toReversed()).grade, "equal");
    const swapped = [table, column("public.t.a", "integer", 2), column("public.t.b", "text", 1)];
    assert.deepEqual(diff(before, swapped), {
      grade: "columnOrder",
      changes: [],
      reordered: ["public.t"],
    });
    assert.equal(snapshotOf(before, 18).digest, snapshotOf(swapped, 18).digest);
  });

  it("takes no shift of places for another order where a column came or went", () => {
    const less = [table, column("public.t.b", "text", 1)];
    const found = diff(before, less);
    assert.deepEqual(describeDiff(found), ["- column public.t.a"]);
    assert.equal(found.grade, "different");
  });

  it("tells what was and what is, and of a table that went nothing of its parts", () => {
    const changed = [table, column("public.t.a", "bigint", 1), column("public.t.b", "text", 2)];
    assert.deepEqual(describeDiff(diff(before, changed)), [
      "~ column public.t.a: type was integer, is bigint",
    ]);
    assert.deepEqual(describeDiff(diff(before, [])), ["- table public.t"]);
    assert.deepEqual(describeDiff(diff([], before)), ["+ table public.t"]);
  });

  it("counts what a server printed only within one major version", () => {
    const view = (definition: string) => [object("view", "public.v", { printed: { definition } })];
    assert.equal(diff(view("SELECT 1"), view("SELECT  1")).grade, "different");
    assert.equal(diff(view("SELECT 1"), view("SELECT  1"), [15, 16]).grade, "equal");
  });

  it("leaves owners and grants aside where it is told to", () => {
    const owned = [
      object("table", "public.t", { facts: { owner: "bob" } }),
      object("grant", "on table public.t to bob", { of: "public.t" }),
      ...before.slice(1),
    ];
    assert.equal(diff(before, owned).grade, "different");
    const [a, b] = [snapshotOf(before, 18), snapshotOf(owned, 18)];
    assert.equal(diffSchemas(a, b, { withoutOwners: true }).grade, "equal");
  });

  it("ignores what a pattern names, with all that belongs to it, and nothing else", () => {
    const more = [
      ...before,
      object("table", "part.events_p2026"),
      object("index", "part.i", { of: "part.events_p2026" }),
      object("table", "public.events_p20x"),
    ];
    const ignoring = (...ignore: string[]) =>
      describeDiff(diffSchemas(snapshotOf(before, 18), snapshotOf(more, 18), { ignore }));
    assert.deepEqual(ignoring("part.events_p*"), ["+ table public.events_p20x"]);
    assert.deepEqual(ignoring("*.events_p20??", "public.events_p20?"), []);
    assert.deepEqual(ignoring("parts*", "part"), [
      "+ table part.events_p2026",
      "+ table public.events_p20x",
    ]);
  });
});
