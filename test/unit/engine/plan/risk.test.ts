// The level of risk by kind of statement, what raises it, and how long it holds others off.
import assert from "node:assert/strict";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import { LINT_RULES } from "../../../../engine/lint/rules/index.ts";
import { COST_RULES, readChanges } from "../../../../engine/plan/changes.ts";
import {
  LARGE_BYTES,
  weighRelease,
  type FileRisk,
  type RiskFacts,
} from "../../../../engine/plan/risk.ts";
import type { RiskLevel } from "../../../../engine/plan/riskLevel.ts";
import type { TableFact } from "../../../../engine/plan/tableFact.ts";
import { fileOf } from "../lint/analyzeSql.ts";

const BASE = `create table t (id int primary key, a int, b text, at timestamptz);
  create table other (id int primary key);
  create index t_a on t (a);`;
const BACKFILL = "-- lockstep: backfill table=t key=id remaining=select 0\n";

/** The files behind `BASE`, which is applied already. */
async function release(texts: readonly string[]) {
  const migrations = await analyzeMigrations(
    [BASE, ...texts].map((text, at) =>
      fileOf(text, { number: `0${String(at + 1)}`, order: BigInt(at + 1) }),
    ),
  );
  return { migrations, pending: migrations.slice(1) };
}

async function weigh(sql: string | readonly string[], facts: RiskFacts = {}): Promise<FileRisk> {
  const files = await release(typeof sql === "string" ? [sql] : sql);
  const last = weighRelease(await readChanges(files), facts).files.at(-1);
  assert.ok(last);
  return last;
}

const table = (fact: Partial<TableFact> = {}): RiskFacts => ({
  tables: new Map([
    ["t", { table: "t", rows: 1_000, bytes: 0, totalBytes: 0, traffic: undefined, ...fact }],
  ]),
});
const reasonsOf = (file: FileRisk) =>
  file.statements.flatMap(({ reasons }) => reasons.map(({ because }) => because));

describe("the risk of a statement", () => {
  const cases: readonly (readonly [string | readonly string[], RiskLevel, string])[] = [
    ["create table n (id int primary key)", "low", "adds"],
    ["alter table t add column c text", "low", "adds"],
    ["alter table t add column c int not null default 1", "low", "adds"],
    ["comment on table t is 'x'", "low", "neutral"],
    ["grant select on t to public", "low", "adds"],
    ["alter table t validate constraint c", "low", "neutral"],
    [["create table n (id int)", "create index on n (id)"], "low", "new"],
    ["create table n (id int); drop table n", "low", "adds,new"],
    ["create index concurrently on t (b)", "medium", "index"],
    ["create index on t (b)", "medium", "index,build"],
    ["drop index concurrently t_a", "medium", "index"],
    ["reindex index t_a", "medium", "index,build"],
    ["revoke select on t from public", "medium", "removes"],
    ["alter table t alter column a set not null", "medium", "removes,scan"],
    ["alter table t add check (a > 0)", "medium", "removes,scan"],
    ["insert into t values (1)", "medium", "inserts"],
    ["do $$ begin end $$", "medium", "opaque"],
    [
      ["alter table t add column c int", `${BACKFILL}update t set c = a where c is null`],
      "medium",
      "fills",
    ],
    [`${BACKFILL}update t set b = 'x' where b is null`, "high", "overwrites"],
    ["alter table t alter column a type bigint", "high", "type,rewrite"],
    ["alter table t alter column b type varchar", "high", "type"],
    ["alter table t add column c float default random()", "high", "rewrite,adds"],
    ["alter table t rename column a to c", "high", "breaks"],
    ["vacuum full t", "high", "rewrite,neutral"],
    ["update t set b = 'x'", "very high", "data"],
    ["delete from t", "very high", "data"],
    [`${BACKFILL}delete from t where a = 1`, "very high", "data"],
    ["merge into t using other o on o.id = t.id when matched then delete", "very high", "data"],
    ["insert into t values (1) on conflict (id) do update set a = 2", "very high", "data"],
    ["with d as (delete from t returning *) select * from d", "very high", "data"],
    ["truncate t", "very high", "data"],
    ["drop table t", "very high", "drops"],
    ["alter table t drop column b", "very high", "drops"],
    ["alter table t drop column b, alter column a type bigint", "very high", "drops,type,rewrite"],
  ];
  for (const [sql, level, reasons] of cases) {
    it(`${level}: ${[sql].flat().join(" | ").replace(BACKFILL, "backfill: ")}`, async () => {
      const file = await weigh(sql);
      assert.deepEqual([file.level, reasonsOf(file).join(",")], [level, reasons]);
    });
  }

  it("is low for everything on an empty database", async () => {
    const file = await weigh("drop table t; update t set a = 1", { initial: true });
    assert.equal(file.level, "low");
  });

  it("stays what it was for a column that this release added before it was interrupted", async () => {
    const { migrations } = await release([
      "alter table t add column c int",
      `${BACKFILL}update t set c = a where c is null`,
    ]);
    const [begun, pending] = [migrations.slice(1, 2), migrations.slice(2)];
    const weighed = async (more: object) =>
      weighRelease(await readChanges({ migrations, pending, ...more })).level;
    assert.equal(await weighed({ begun }), "medium");
    assert.equal(await weighed({}), "high");
  });

  it("takes each file for a release where nobody knows what is applied, columns to fill aside", async () => {
    const { migrations } = await release([
      "alter table t add column c int",
      `${BACKFILL}update t set c = a where c is null`,
      "alter table t drop column a",
      `${BACKFILL}update t set c = 1 where c is null`,
    ]);
    const changes = await readChanges({ migrations, pending: migrations, together: false });
    assert.deepEqual(
      weighRelease(changes).files.map(({ level }) => level),
      ["low", "low", "medium", "very high", "high"],
    );
  });

  it("is at least medium where lint warns, in that statement alone, but never more for it", async () => {
    const sql = "-- ä\nalter table t add column c int;\nalter table t add column d timestamp;";
    const files = await release([sql]);
    const findings = await lintMigrations({
      ...files,
      levels: { "prefer-timestamptz": "warning" },
    });
    assert.ok(findings.some(({ rule }) => rule === "prefer-timestamptz"));
    const found = findings.filter(({ rule }) => rule === "prefer-timestamptz");
    const levels = weighRelease(await readChanges(files), { findings: found }).files.map((file) =>
      file.statements.map(({ level }) => level),
    );
    assert.deepEqual(levels, [["low", "medium"]]);
  });

  it("knows costs by rules that are there, whatever their levels and comments", async () => {
    const ids = LINT_RULES.map(({ id }) => id);
    assert.deepEqual(
      COST_RULES.filter((id) => !ids.includes(id)),
      [],
    );
    const ignored = "-- lockstep: ignore index-not-concurrent: it is small\n";
    assert.deepEqual(reasonsOf(await weigh(`${ignored}create index on t (b)`)), ["index", "build"]);
  });
});

describe("size and traffic", () => {
  const large = { totalBytes: LARGE_BYTES, bytes: LARGE_BYTES };
  const traffic = { readsPerS: 0, writesPerS: 100, overMs: 3_600_000 };
  const cases: readonly (readonly [string, Partial<TableFact>, RiskLevel, string])[] = [
    ["create index on t (b)", large, "high", "size,index,build"],
    ["create index on t (b)", { traffic }, "high", "traffic,index,build"],
    ["create index on t (b)", { ...large, traffic }, "high", "size,traffic,index,build"],
    ["create index on t (b)", { totalBytes: LARGE_BYTES - 1 }, "medium", "index,build"],
    [
      "create index on t (b)",
      { traffic: { ...traffic, writesPerS: 99, readsPerS: 9_999 } },
      "medium",
      "index,build",
    ],
    [
      "alter table t alter column a set not null",
      { traffic: { ...traffic, writesPerS: 1, readsPerS: 99 } },
      "high",
      "traffic,removes,scan",
    ],
    ["create index on t (b)", { slowestMs: 10_000 }, "high", "slow-statements,index,build"],
    ["create index on t (b)", { slowestMs: 9_999 }, "medium", "index,build"],
    [
      "create index concurrently on t (b)",
      { ...large, traffic, slowestMs: 10_000 },
      "medium",
      "index",
    ],
    ["create index concurrently on t (b)", { totalBytes: 200 * LARGE_BYTES }, "high", "size,index"],
    ["alter table t validate constraint c", { totalBytes: 200 * LARGE_BYTES }, "medium", "size"],
    ["alter table t add column c text", { ...large, traffic }, "low", "adds"],
    ["alter table t alter column a type bigint", large, "high", "type,rewrite,size"],
    ["drop table t", { ...large, traffic }, "very high", "drops"],
  ];
  for (const [sql, fact, level, reasons] of cases) {
    it(`${level}: ${sql} with ${JSON.stringify(fact)}`, async () => {
      const file = await weigh(sql, table(fact));
      const said = reasonsOf(file).toSorted().join();
      const expected = reasons.split(",");
      const extra = said.includes("neutral") ? ["neutral"] : [];
      assert.deepEqual([file.level, said], [level, [...expected, ...extra].toSorted().join()]);
      assert.equal(file.fromFiles, (await weigh(sql)).level);
    });
  }
});

describe("the time under lock", () => {
  const MIB = 1024 * 1024;
  const sized = table({ bytes: 1_000 * MIB, totalBytes: 1_500 * MIB, rows: 200_000 });
  const cases: readonly (readonly [string, number | undefined])[] = [
    // A scan at 100 MiB/s, a build at 50, a rewrite with its indexes at 25.
    ["alter table t alter column a set not null", 10_000],
    ["create index on t (b)", 20_000],
    ["alter table t alter column a type bigint", 60_000],
    ["alter table t add column c text", 10],
    // Within one transaction the lock is kept while later statements run.
    ["alter table t add column c text; update t set b = 'x'", 10_010],
    ["update t set b = 'x'; alter table t add column c text", 10],
    // Nobody waits for these.
    ["create index concurrently on t (b)", 0],
    ["alter table t validate constraint c", 0],
    [`${BACKFILL}update t set b = 'x' where b is null`, 0],
    ["create table n (id int)", 0],
    // The size of this one is not known.
    ["alter table other alter column id type bigint", undefined],
  ];
  for (const [sql, ms] of cases) {
    it(`${String(ms)} ms for ${sql.replace(BACKFILL, "backfill: ")}`, async () => {
      assert.equal((await weigh(sql, sized)).underLockMs, ms);
    });
  }
});
