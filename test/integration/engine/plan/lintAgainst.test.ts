// Lint with what a real server tells.
import assert from "node:assert/strict";
import { lintAgainst } from "../../../../engine/plan/lintAgainst.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { analyzeFiles } from "../run/applyFiles.ts";

describe("lint with a database", () => {
  const database = useDatabase();

  it("knows how large tables are, and which indexes are INVALID there", async () => {
    await queryAll(
      database.url,
      `create table big (id int, b text); create table small (id int); create schema app; create table app.t (id int);
       insert into big select i, repeat('x', 500) from generate_series(1, 4000) i; analyze big;
       create index left_behind on app.t (id); create index fine on app.t (id);
       update pg_index set indisvalid = false where indexrelid = 'app.left_behind'::regclass`,
    );
    const files = await analyzeFiles({
      "01_a_up.sql": "create index a on big (id);",
      "02_b_up.sql": "create index b on small (id);",
      "03_c_up.sql": "create index if not exists left_behind on app.t (id);",
      "04_d_up.sql": "create index if not exists fine on app.t (id);",
      "05_e_up.sql": "create index e on nowhere (id);",
    });
    const found = await withClient(database.url, (client) =>
      lintAgainst(client, { migrations: files, together: true }),
    );
    const told = found
      .filter(({ rule }) => /^(index-not-concurrent|if-not-exists-on-index)$/.test(rule))
      .map(({ severity, message, path }) => `${path.slice(11, 13)} ${severity} ${message}`);
    assert.match(told[0] ?? "", /^01 warning .*\(some 4,000 rows, 2\.\d MiB with indexes\)$/);
    assert.match(told[1] ?? "", /^02 info .*: a moment\)$/);
    assert.match(
      told.find((line) => line.includes("INVALID")) ?? "",
      /^03 error left_behind is there/,
    );
    assert.ok(told.every((line) => !line.includes("fine is there")));
    assert.match(told.at(-1) ?? "", /^05 warning [^(]*$/);
  });
});
