// What `lockstep lint` finds, rule by rule.
import assert from "node:assert/strict";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import { LINT_RULES } from "../../../../engine/lint/rules/index.ts";
import type { MigrationFile } from "../../../../engine/sources/migration.ts";
import { analyzeSql, fileOf } from "./analyzeSql.ts";

async function findings(sql: string, name = "add_something") {
  return lintMigrations({ migrations: [await analyzeSql(sql, name)] });
}

/** `severity rule` of each finding. */
async function told(sql: string, name?: string): Promise<string[]> {
  return (await findings(sql, name)).map(({ severity, rule }) => `${severity} ${rule}`);
}

describe("lintMigrations", () => {
  const cases: readonly (readonly [string, string, string[]])[] = [
    ["add_phone", "ALTER TABLE t ADD a int", []],
    ["drop_phone", "ALTER TABLE t DROP a", ["warning drops-data"]],
    ["drop_rows", "DELETE FROM t", ["warning drops-data", "warning delete-without-where"]],
    ["drop_index", "DROP INDEX CONCURRENTLY i", ["info drops-object"]],
    [
      "remove_phone",
      "DROP TRIGGER g ON t; ALTER TABLE t DROP a",
      ["info drops-object", "warning drops-data"],
    ],
    ["phone", "ALTER TABLE t RENAME a TO b", ["error breaks-running-code"]],
    ["phone", "ALTER TABLE t ADD a int, DROP b", ["error mixed-stages", "warning drops-data"]],
    ["phone", "UPDATE t SET a = 1 WHERE id = 1", ["info stage-untold"]],
    ["add_rows", "UPDATE t SET a = 1 WHERE id = 1", []],
    [
      "add_rows",
      '-- lockstep: stage=contract reason="x"\nUPDATE t SET a = 1 WHERE id = 1',
      ["info stage-override"],
    ],
    ["fill", "-- lockstep: backfill table=t key=id remaining=SELECT 0\nUPDATE t SET a = 1", []],
    ["add_rows", "DO $$ BEGIN END $$", ["warning opaque-statement"]],
    ["add_rows", "SELECT 1; COMMIT", ["error transaction-control"]],
  ];
  for (const [name, sql, expected] of cases) {
    it(`${name}: ${sql.replaceAll("\n", " ")} -> ${expected.join(", ") || "nothing"}`, async () => {
      assert.deepEqual(await told(sql, name), expected);
    });
  }

  it("says what goes, that it is for good, and where", async () => {
    const [finding] = await findings("SELECT 1;\n  DROP TABLE customers", "drop_customers");
    assert.match(finding?.message ?? "", /^drops table customers: irreversible/);
    assert.equal(finding?.where, "migrations/03_drop_customers_up.sql:2:3");
  });

  it("points at a migration without a way back", async () => {
    const down = { path: "m/03_down.sql", sql: "-- gone" };
    const migrations = await analyzeMigrations([fileOf("SELECT 1", { name: "add_x", down })]);
    const [finding] = await lintMigrations({ migrations });
    assert.equal(finding?.rule, "no-way-back");
    assert.equal(finding.where, "m/03_down.sql:1:1");
  });

  const [made, changed] = [
    fileOf("CREATE TABLE t (id bigint PRIMARY KEY, a int, b int)", { number: "01", order: 1n }),
    fileOf("CREATE INDEX ON t (a); ALTER TABLE t DROP b", { number: "02", order: 2n }),
  ];

  it("takes what the release makes for new, and what was before it for old", async () => {
    const migrations = await analyzeMigrations([made, changed]);
    const rules = async (pending: typeof migrations) => {
      const found = await lintMigrations({ migrations, pending, together: true });
      return found.map(({ rule }) => rule).filter((rule) => /index|data/.test(rule));
    };
    assert.deepEqual(await rules(migrations), []);
    assert.deepEqual(await rules(migrations.slice(1)), ["index-not-concurrent", "drops-data"]);
  });

  it("finds the same with a long history as without it", async () => {
    const others = Array.from({ length: 40 }, (_, at) =>
      fileOf(`CREATE TABLE other${String(at)} (id bigint PRIMARY KEY)`, { number: String(at + 3) }),
    );
    const last = fileOf("ALTER TABLE t ALTER a TYPE bigint; DROP INDEX t_pkey", { number: "99" });
    const told = async (files: readonly MigrationFile[]) => {
      const migrations = await analyzeMigrations(files);
      const found = await lintMigrations({ migrations, pending: migrations.slice(-1) });
      return found.map(({ rule, message }) => `${rule} ${message}`);
    };
    const short = await told([made, last]);
    assert.deepEqual(await told([made, ...others, last]), short);
    assert.match(short.join(), /type-change-rewrites.*drops-constraint-index/);
  });

  it("names ranges by byte, line and column, behind characters of several bytes", async () => {
    const sql = "-- \u00e4\u{1f642}\n/* \u00e4 */ CREATE INDEX ON t (a);";
    const [finding] = await findings(sql);
    assert.deepEqual(finding?.start, { line: 2, column: 9 });
    const { start, end } = finding.bytes;
    assert.equal(Buffer.from(sql).subarray(start, end).toString(), "CREATE INDEX ON t (a)");
  });

  it("counts what one rule finds too often", async () => {
    const found = await findings("DELETE FROM t WHERE a > 1;".repeat(400), "drop_rows");
    const own = found.filter(({ rule }) => rule === "unbatched-delete");
    assert.equal(own.length, 25);
    assert.match(own.at(-1)?.message ?? "", /and 375 more like it/);
  });

  it("has rules whose ids are kebab-case and unique", () => {
    const ids = LINT_RULES.map((rule) => rule.id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^[a-z]+(-[a-z]+)+$/);
  });
});
