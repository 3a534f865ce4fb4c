// No text whatever makes the analysis or lint crash: it is read, or refused with file, line and caret.
import assert from "node:assert/strict";
import fc from "fast-check";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { analyzeMigrations } from "../../../../engine/lint/analyze.ts";
import { lintMigrations } from "../../../../engine/lint/lintMigrations.ts";
import { LINT_RULES } from "../../../../engine/lint/rules/index.ts";
import { fileOf } from "./analyzeSql.ts";

/** Every rule, also those of taste. */
const levels = Object.fromEntries(
  LINT_RULES.filter(({ fixed }) => !fixed).map(({ id }) => [id, "warning"] as const),
);

/** Analyses and lints; says whether the text was taken. */
async function take(sql: string): Promise<boolean> {
  try {
    const migrations = await analyzeMigrations([fileOf(sql)]);
    for (const finding of await lintMigrations({ migrations, levels })) {
      const { start, end } = finding.bytes;
      assert.ok(0 <= start && start <= end && end <= Buffer.byteLength(sql));
      assert.match(finding.where, /:\d+:\d+$/);
    }
    return true;
  } catch (error) {
    if (!isLockstepError(error)) throw error;
    assert.ok(["SQL_SYNTAX", "MIGRATION_FILES"].includes(error.code), error.code);
    assert.match(error.where ?? "", /:\d+:\d+$/);
    assert.match(error.seen ?? "", /\^/);
    assert.ok(error.message.length < 1_000);
    return false;
  }
}

const STATEMENTS = [
  "create table t (id bigint primary key, a int check (a > 0), b text references u (b))",
  "create unique index concurrently if not exists i on only app.t using gin (a, (lower(b)))",
  "alter table t add column c serial, drop column a cascade, alter b type varchar(3) using b::int",
  "alter table t add constraint x foreign key (a) references u not valid, validate constraint x",
  "alter table p attach partition p1 for values from (1) to (2)",
  "update t set a = b, c = (select 1) where id in (1, 2) and not exists (select from u)",
  "delete from t using u where t.a = u.a",
  "insert into t values (1, 'x') on conflict do nothing",
  "do $$ begin execute 'drop table ' || quote_ident('x'); commit; end $$",
  "create function f(a int) returns trigger language plpgsql security definer as $f$ begin end $f$",
  "create view v as select *, t.* from t",
  "drop index concurrently if exists a.b, c",
  "grant all on all tables in schema s to public with grant option",
  "alter type e add value 'x' before 'y'",
  "refresh materialized view v; vacuum full t; cluster; reindex index i; lock table t",
  "merge into t using u on true when matched then delete",
  "-- lockstep: ignore drops-data why\ntruncate t cascade",
  "/* \u00e4\u{1f642} */ alter domain d add check (value > now())",
  "copy t from '/tmp/x'; set lock_timeout = 0; reset all; begin; savepoint a",
];
const TOKENS = [
  "(",
  ")",
  ";",
  "'",
  '"',
  "$$",
  "--",
  "/*",
  "*/",
  ",",
  ".",
  "not",
  "null",
  "\n",
  "\u{1f642}",
  "\\",
  "1e9",
  "::",
];

describe("any text", () => {
  it("of tokens in any order is read or refused", async () => {
    const words = STATEMENTS.flatMap((sql) => sql.split(/\s+/)).concat(TOKENS);
    const text = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((all) => all.join(" "));
    await fc.assert(
      fc.asyncProperty(text, async (sql) => {
        await take(sql);
      }),
      { numRuns: 400 },
    );
  });

  it("of any characters is read or refused", async () => {
    const text = fc.string({ unit: "binary", maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(text, async (sql) => {
        await take(sql);
      }),
      { numRuns: 200 },
    );
  });

  it("that is a statement with a piece taken out, doubled or put in is read or refused", async () => {
    const edit = fc.tuple(
      fc.constantFrom(...STATEMENTS),
      fc.nat(),
      fc.nat(20),
      fc.constantFrom("", ...TOKENS),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        const sql = edits.map(([text, at, length, put]) => {
          const from = at % (text.length + 1);
          return text.slice(0, from) + put + text.slice(from + length);
        });
        await take(sql.join(";\n"));
      }),
      { numRuns: 400 },
    );
  });

  it("of whole statements is taken, in any order", async () => {
    const text = fc.shuffledSubarray(STATEMENTS).map((all) => all.join(";\n"));
    await fc.assert(
      fc.asyncProperty(text, async (sql) => {
        assert.ok(await take(sql));
      }),
      { numRuns: 60 },
    );
  });

  // Few depths: each overflow of the parser's own stack wears it out (sql/parse.ts), for other tests as well.
  const nested: readonly (readonly [string, (depth: number) => string])[] = [
    ["parentheses", (depth) => `select ${"(".repeat(depth)}1${")".repeat(depth)}`],
    ["operators", (depth) => `update t set a = 1${" + 1".repeat(depth)}`],
    ["negations", (depth) => `alter table t add check (${"not ".repeat(depth)}true)`],
    [
      "calls",
      (depth) => `alter table t add c int default ${"f(".repeat(depth)}1${")".repeat(depth)}`,
    ],
    ["queries", (depth) => `select ${"(select ".repeat(depth)}1${")".repeat(depth)}`],
  ];
  for (const [what, make] of nested) {
    it(`with ${what} nested at any depth is read or refused`, async () => {
      assert.ok(await take(make(100)));
      for (const depth of [700, 30_000]) await take(make(depth));
    });
  }

  const large: readonly (readonly [string, string, boolean])[] = [
    ["a literal of 5 MB", `select '${"x".repeat(5_000_000)}'`, true],
    ["a name of 1 MB", `create table "${"\u00e4".repeat(500_000)}" (a int)`, true],
    ["20,000 commits", "commit;\n".repeat(20_000), true],
    ["20,000 deletes in one line", "delete from t; ".repeat(20_000), true],
    ["an open literal of 5 MB", `select '${"x\n".repeat(2_500_000)}`, false],
    ["a NUL", "select 1\0; drop table t", false],
    // The scanner is quadratic in these: 20,000 took it 7 s.
    [
      "100,000 comments within comments",
      `${"/*".repeat(100_000)} x ${"*/".repeat(100_000)} select 1`,
      false,
    ],
    ["100,000 comments that nothing ends", "/* --" + "/*--".repeat(100_000), false],
    ["100,000 signs", `select 1 ${"+-".repeat(50_000)} 1`, false],
    [
      "frames of stars and dashes",
      `${"/*".padEnd(300, "*")}/\n-- +${"---+".repeat(50)}\n`.repeat(2_000),
      true,
    ],
    ["pictures in comments", `/*\n${`| ${"+-".repeat(100)}\n`.repeat(1_000)}*/ select 1`, true],
  ];
  for (const [what, sql, isTaken] of large) {
    it(`with ${what} is ${isTaken ? "read" : "refused"}`, async () => {
      assert.equal(await take(sql), isTaken);
    }).timeout(60_000);
  }
});
