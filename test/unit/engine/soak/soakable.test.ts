// What of a contract file can be put aside, and what keeps a file from soaking.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { describeSoak, withoutSoak, withSoak } from "../../../../engine/soak/soakPolicy.ts";
import { soakSql } from "../../../../engine/soak/soakSql.ts";

const DAY_MS = 86_400_000;

async function read(sql: string, from: "very high" | "medium" | "none" = "medium") {
  const checksum = createHash("sha256").update(sql).digest("hex");
  const [file] = withSoak(
    await analyzeMigrations([
      {
        number: "05",
        order: 5n,
        name: "drop_it",
        path: "05_drop_it_up.sql",
        sql,
        checksum,
        down: undefined,
        verify: undefined,
      },
    ]),
    { from, timeMs: 7 * DAY_MS },
  );
  assert.ok(file);
  return file;
}

/** The calls without what all of them begin with. */
const callsOf = (sql: string) =>
  [...sql.matchAll(/lockstep\.(\w+)\(5, '05_drop_it', 604800000, (.*?)\);/g)].map(
    ([, name = "", rest = ""]) => `${name}(${rest.replaceAll("pg_catalog.", "")})`,
  );

describe("a file that soaks", () => {
  for (const [sql, ...calls] of [
    [
      "drop table a, app.b",
      `soak_object('TABLE', 'pg_class', to_regclass('"a"'))`,
      `soak_object('TABLE', 'pg_class', to_regclass('"app"."b"'))`,
    ],
    [`drop table if exists "A ""b"`, `soak_object('TABLE', 'pg_class', to_regclass('"A ""b"'))`],
    [
      "drop view v; drop materialized view m",
      `soak_object('VIEW', 'pg_class', to_regclass('"v"'))`,
      `soak_object('MATERIALIZED VIEW', 'pg_class', to_regclass('"m"'))`,
    ],
    [
      "drop function f(int, text[]), g",
      `soak_object('FUNCTION', 'pg_proc', to_regprocedure('"f"("pg_catalog"."int4", "text"[])'))`,
      `soak_object('FUNCTION', 'pg_proc', to_regproc('"g"'))`,
    ],
    [
      "drop type app.mood; drop domain d",
      `soak_object('TYPE', 'pg_type', to_regtype('"app"."mood"'))`,
      `soak_object('DOMAIN', 'pg_type', to_regtype('"d"'))`,
    ],
    [
      'alter table t drop a, drop column if exists "B\'c", drop constraint k',
      `soak_column(to_regclass('"t"'), 'a')`,
      `soak_column(to_regclass('"t"'), 'B''c')`,
      `soak_constraint(to_regclass('"t"'), 'k')`,
    ],
    [
      "drop trigger tr on app.t; drop index app.i",
      `soak_trigger(to_regclass('"app"."t"'), 'tr')`,
      `soak_index(to_regclass('"app"."i"'))`,
    ],
  ] as const) {
    it(`puts aside what it drops: ${sql}`, async () => {
      assert.deepEqual(callsOf(soakSql(await read(sql))), calls);
    });
  }

  for (const [sql, why] of [
    ["drop table a cascade", /CASCADE takes along/],
    ["alter table a drop b cascade", /CASCADE takes along/],
    ["drop table a; delete from b", /cannot be put aside: delete from b/],
    ["drop schema app", /such an object/],
    ["truncate a; drop table b", /cannot be put aside/],
    ["set search_path = app; drop table a", /cannot be put aside: set search_path/],
    ["alter table a drop b, alter c drop not null", /what else it does to a/],
    ["drop index concurrently i", /one transaction/],
  ] as const) {
    it(`is left as it is with the reason: ${sql}`, async () => {
      const file = await read(sql);
      assert.equal(soakSql(file), "");
      assert.match(describeSoak(file) ?? "", /does not soak, so only a backup brings it back/);
      assert.match(file.unsoaked ?? "", why);
    });
  }

  it("soaks from a level of risk on", async () => {
    assert.ok((await read("drop table a", "very high")).soak);
    assert.equal((await read("drop view a", "very high")).soak, undefined);
    assert.ok((await read("drop view a", "medium")).soak);
    assert.equal((await read("drop table a", "none")).soak, undefined);
    assert.equal((await read("create table a ()", "medium")).soak, undefined);
    assert.equal(soakSql(withoutSoak(await read("drop table a"))), "");
  });

  it("says for how long", async () => {
    assert.match(describeSoak(await read("drop table a")) ?? "", /^soaks for 7 d: lockstep undo/);
    assert.match(describeSoak({ soak: { timeMs: 5_400_000 } }) ?? "", /^soaks for 90 min/);
  });
});
