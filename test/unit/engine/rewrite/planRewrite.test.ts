import assert from "node:assert/strict";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import type { RewriteWishes } from "../../../../engine/rewrite/planMove.ts";
import { planRewrite } from "../../../../engine/rewrite/planRewrite.ts";
import { sha256 } from "../../../../engine/sha256.ts";
import { parseFileName } from "../../../../engine/sources/fileNames.ts";

const BASE =
  "create table t (id int primary key, a text, b int, g int generated always as (b + 1) stored); create table p (k int, v int, primary key (k, v)) partition by range (k); create table n (x int, y int);";

/** The plan for the second of `files` (name to text), from the files alone. */
async function planOf(files: Readonly<Record<string, string>>, wishes: RewriteWishes = {}) {
  const read = Object.entries(files).map(([fileName, sql]) => ({
    ...parseFileName(fileName)!,
    ...{ fileName, sql, path: fileName, checksum: sha256(sql) },
    down: { path: fileName.replace("_up", "_down"), sql: "-- none" },
    verify: fileName.startsWith("02")
      ? { path: "02_x_verify.sql", sql: "select 1 where false" }
      : undefined,
  }));
  const migrations = await analyzeMigrations(read);
  return planRewrite({
    ...{ migration: migrations[1]!, migrations, existing: read, ...wishes },
    see: () => Promise.resolve(undefined),
    now: new Date("2026-05-06T07:08:09Z"),
  });
}

const change = (sql: string, wishes: RewriteWishes = {}) =>
  planOf({ "01_base_up.sql": BASE, "02_change_up.sql": sql }, wishes);

describe("planRewrite", () => {
  it("puts all that expands before all that contracts, behind the files that are there", async () => {
    const { steps, notes } = await planOf({
      "01_base_up.sql": BASE,
      "02_change_up.sql":
        "alter table t rename a to c; alter table t drop b; alter table t add d int",
      "03_other_up.sql": "create table other ();",
    });
    assert.deepEqual(
      steps.map(({ id, stage }) => `${id} ${stage}`),
      [
        ...["02_add_t_c expand", "04_fill_t_c expand", "05_add_change expand"],
        ...["06_remove_t_a contract", "07_remove_change contract"],
      ],
    );
    assert.deepEqual(
      steps.map(({ files }) => files.length),
      [2, 2, 2, 2, 3],
      "the verify script goes with the last",
    );
    assert.match(notes.join("\n"), /03_other comes after the file/);
  });

  it("numbers by the clock where numbers are times", async () => {
    const { steps } = await planOf({
      "20260101000000_base_up.sql": BASE,
      "20260102000000_change_up.sql": "alter table t rename a to c",
    });
    assert.deepEqual(
      steps.map(({ number }) => number),
      ["20260102000000", "20260506070809", "20260506070810"],
    );
  });

  const refused: readonly [sql: string, message: RegExp, wishes?: RewriteWishes][] = [
    ["alter table t rename g to h", /generated column/],
    ["alter table p rename k to kk", /partition key/],
    ["alter table p rename v to w", /primary key of a partitioned table/],
    ["alter table t rename a to b", /There is a column b already/],
    ["alter table t rename z to y", /no column z/],
    ["alter table nowhere rename a to b", /Nothing is known of nowhere/],
    ["alter table n rename x to z", /no key that is known/],
    ["alter table t alter a type int", /way back/],
    ["alter table t alter b type numeric", /way back/],
    ["alter table t alter b type bigint using b * 100", /way back/],
    ["alter table t alter a type int using a::int", /over a_int/, { back: "b::text" }],
    ["alter table t rename a to c; alter table t alter b type bigint", /several/, { as: "x" }],
    ["alter table t add x int not null", /no recipe/],
    ["alter schema s rename to r", /no recipe/],
    ["create table fine ()", /nothing to rewrite/],
  ];
  for (const [sql, message, wishes] of refused) {
    it(`says why not: ${sql}`, async () => {
      await assert.rejects(change(sql, wishes), { name: "LockstepError", message });
    });
  }

  const known: readonly string[] = [
    ...[
      "b type bigint",
      "b set data type int8 using b::bigint",
      "b type text",
      "b type text using (b)::text",
    ],
    ...["a type varchar", 'a type text collate "C" using cast(a as text)'],
  ];
  for (const sql of known) {
    it(`knows the way back: ${sql}`, async () => {
      const { steps } = await change(`alter table t alter ${sql}`);
      assert.equal(steps[0]?.name.startsWith("add_t_"), true);
    });
  }
});
