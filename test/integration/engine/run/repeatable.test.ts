// Repeatable files: after the numbered ones, again whenever they changed, and only what replaces itself.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import path from "node:path";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { readFolder } from "../../../../engine/sources/readFolder.ts";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { writeTree, type Tree } from "../../../unit/engine/sources/formats/readTree.ts";
import { applyMigrations, type ApplyOptions } from "./applyFiles.ts";

const FILES = {
  "01_create_a_up.sql": "create table a (id int);",
  "01_create_a_down.sql": "drop table a;",
  "R_b_view.sql": "create or replace view b as select id from a;",
  "R_a_function.sql":
    "create or replace function one() returns text language sql as $$ select '${word}' $$;",
} as const;

describe("repeatable files", () => {
  const database = useDatabase();
  const dir = useTempDir("repeatable");
  const apply = async (tree: Tree, word = "one", options: ApplyOptions = {}) => {
    await writeTree(dir.path, tree);
    const { files } = await readFolder({ dir: dir.path, placeholders: { word } });
    const migrations = await analyzeMigrations(files);
    return (await applyMigrations(database.url, migrations, options)).applied;
  };

  it("run after the numbered files in name order, and again only when they changed", async () => {
    assert.deepEqual(await apply(FILES), ["01_create_a", "R_a_function", "R_b_view"]);
    assert.deepEqual(await apply({}), []);
    const changed = { "R_b_view.sql": "create or replace view b as select id, 1 as n from a;" };
    assert.deepEqual(await apply(changed), ["R_b_view"]);
    const added = { "02_add_c_up.sql": "create table c ();", "02_add_c_down.sql": "drop table c;" };
    assert.deepEqual(await apply(added, "two"), ["02_add_c", "R_a_function"]);
    const [row] = await queryAll(
      database.url,
      "select one() as word, (select count(*) from lockstep.migration)::int as rows",
    );
    assert.deepEqual(row, { word: "two", rows: 4 });
  });

  it("run at expand, whatever the target", async () => {
    await apply(
      { ...FILES, "02_drop_a_up.sql": "drop view b; drop table a;", "02_drop_a_down.sql": "-- no" },
      "one",
      { through: "01" },
    );
    assert.deepEqual(await apply({}, "two", { stage: "expand", through: "01" }), ["R_a_function"]);
  });

  it("are not taken back by down, nor missed when they are gone", async () => {
    await apply(FILES);
    await rm(path.join(dir.path, "R_b_view.sql"));
    assert.deepEqual(await apply({}), []);
  });

  for (const sql of [
    "create table t ();",
    "create view v as select 1;",
    "drop view if exists b;",
    "insert into a values (1);",
    "create index concurrently i on a (id);",
  ]) {
    it(`refuses what does not replace itself: ${sql}`, async () => {
      const error = await failureOf(apply({ ...FILES, "R_c.sql": sql }));
      assert.equal(error.code, "UNSAFE_MIGRATION");
      assert.match(error.seen ?? "", /not-replaceable/);
    });
  }
});
