// Which backfills need a trigger that keeps old and new in step, and which triggers are one.
import assert from "node:assert/strict";
import { analyzeFiles, type Files } from "../../../integration/engine/run/applyFiles.ts";

const DIRECTIVE = "-- lockstep: backfill table=t key=id";
const REMAINING = "remaining=select count(*) from t where b is distinct from a";
const COPY = `${DIRECTIVE} ${REMAINING}\nupdate t set b = a where b is distinct from a;`;
const trigger = (on: string, table = "t", name = "t_sync") =>
  `create trigger ${name} before ${on} on ${table} for each row execute function sync();`;

/** What lint has against the last of `files`. */
async function problemsOf(files: Files): Promise<readonly string[]> {
  return (await analyzeFiles(files)).at(-1)!.problems.map(({ rule }) => rule);
}
const FOUND = ["backfill-without-trigger"];

describe("a backfill that copies values", () => {
  it("is refused without a trigger, with the way out", async () => {
    const [, migration] = await analyzeFiles({
      "01_add_b_up.sql": "alter table t add column b text;",
      "02_fill_up.sql": COPY,
    });
    const problem = migration!.problems[0]!;
    assert.equal(problem.rule, FOUND[0]);
    assert.match(problem.message, /copies values of t .* would be lost$/);
    assert.match(problem.remedy, /BEFORE INSERT OR UPDATE ON t .* sync="\.\.\."$/);
    assert.equal(problem.where, "migrations/02_fill_up.sql:1:1");
    assert.equal(problem.initialToo, false);
  });

  for (const [what, sql] of [
    ["one trigger", trigger("insert or update")],
    ["one of two", trigger("insert", "t", "one") + trigger("update of a, b", "t", "two")],
    ["one on its quoted name", trigger("insert or update", 'public."t"')],
  ] as const) {
    it(`goes with ${what}`, async () => {
      const files = { "01_add_sync_up.sql": sql, "02_fill_up.sql": COPY };
      assert.deepEqual(await problemsOf(files), []);
    });
  }

  for (const [what, sql] of [
    ["that does not see rows that are inserted", trigger("update")],
    ["that does not see rows that change", trigger("insert or delete")],
    ["on another table", trigger("insert or update", "u")],
    ["of another schema", trigger("insert or update", "app.t")],
  ] as const) {
    it(`does not go with a trigger ${what}`, async () => {
      const files = { "01_add_sync_up.sql": sql, "02_fill_up.sql": COPY };
      assert.deepEqual(await problemsOf(files), FOUND);
    });
  }

  it("does not go with a trigger that comes after it, or was dropped before", async () => {
    const later = await analyzeFiles({
      "01_fill_up.sql": COPY,
      "02_add_sync_up.sql": trigger("insert or update"),
    });
    assert.equal(later[0]?.problems[0]?.rule, FOUND[0]);
    const dropped = {
      "01_add_sync_up.sql": trigger("insert or update"),
      "02_drop_sync_up.sql": "drop trigger t_sync on t;",
      "03_fill_up.sql": COPY,
    };
    assert.deepEqual(await problemsOf(dropped), FOUND);
  });

  it("does not go with a trigger of a contract file, which comes later whatever its number", async () => {
    const files = {
      "01_swap_up.sql": `-- lockstep: stage=contract reason="x"\n${trigger("insert or update")}`,
      "02_fill_up.sql": COPY,
    };
    assert.deepEqual(await problemsOf(files), FOUND);
  });

  it("goes with a word on what keeps both in step", async () => {
    const sql = COPY.replace(REMAINING, `sync="the app writes both since 0.9" ${REMAINING}`);
    assert.deepEqual(await problemsOf({ "01_fill_up.sql": sql }), []);
  });

  it("is one that fills another table", async () => {
    const sql = `${DIRECTIVE} ${REMAINING}\ninsert into u select id, a from t;`;
    assert.deepEqual(await problemsOf({ "01_fill_up.sql": sql }), FOUND);
  });

  it("is one that joins", async () => {
    const sql = `${DIRECTIVE} ${REMAINING}\nupdate t set b = 'x' from u where u.id = t.id;`;
    assert.deepEqual(await problemsOf({ "01_fill_up.sql": sql }), FOUND);
  });
});

describe("a backfill that copies nothing", () => {
  for (const sql of [
    "update t set b = 'none' where b is null;",
    "update t set b = lower(t.b) where b <> lower(b);",
    "delete from t where a = 'x';",
  ]) {
    it(`needs no trigger: ${sql}`, async () => {
      const problems = await problemsOf({ "01_clean_up.sql": `${DIRECTIVE} ${REMAINING}\n${sql}` });
      assert.ok(!problems.includes("backfill-without-trigger"));
    });
  }

  it("needs none where nothing old runs any more", async () => {
    const head = '-- lockstep: stage=contract reason="only the new version writes"';
    assert.deepEqual(await problemsOf({ "01_fill_up.sql": `${head}\n${COPY}` }), []);
  });
});
