// No text whatever makes `lockstep plan` crash: it shows a plan, or says which place of which file it cannot read.
import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { runPlan } from "../../../../cli/commands/plan.ts";
import type { CommandContext } from "../../../../cli/context.ts";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";
import { useTempDir } from "../../../support/tempDir.ts";

const STATEMENTS = [
  "create table t (id bigint primary key, a int check (a > 0), b text references u (b))",
  "create unique index concurrently if not exists i on only app.t using gin (a, (lower(b)))",
  "alter table t add column c serial, drop column a cascade, alter b type varchar(3) using b::int",
  "alter table t add constraint x foreign key (a) references u not valid, validate constraint x",
  "alter table t add d int default 1; alter table t add check (d between 0 and 9 or d is null)",
  "update t set a = b, c = (select 1) where id in (1, 2)",
  "delete from t using u where t.a = u.a; truncate t cascade",
  "do $$ begin execute 'drop table ' || quote_ident('x'); end $$",
  "alter type e add value 'x' before 'y'; vacuum full t; lock table t; set role x",
  "-- lockstep: backfill table=t key=id batch=10 remaining=select count(*) from t\nupdate t set a = 1 where a is null",
  '-- lockstep: ignore drops-data why\ndrop table "a|b"',
  "begin; drop view v; commit",
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
  "\n",
  "\u{1f642}",
  "\\",
  "::",
];

describe("lockstep plan, of any text,", () => {
  useLockstepHome();
  const dir = useTempDir("plan");
  let count = 0;

  /** The lines for people, or undefined where a file cannot be read. */
  async function plan(texts: readonly string[]): Promise<readonly string[] | undefined> {
    // A name of its own for each: what lies in the cache is told by content.
    const cwd = join(dir.path, String(count++));
    const folder = join(cwd, "migrations");
    await mkdir(folder, { recursive: true });
    for (const [index, sql] of texts.entries()) {
      const name = `${String(index + 1).padStart(2, "0")}_change`;
      await writeFile(join(folder, `${name}_up.sql`), sql);
      await writeFile(join(folder, `${name}_down.sql`), "select 1");
    }
    const context = { env: {}, cwd } as unknown as CommandContext;
    const options = { stack: "dev", migrations: folder, stage: "all", sql: true } as const;
    try {
      const { lines, json } = await runPlan(options, context);
      assert.ok(JSON.stringify(json));
      return lines;
    } catch (error) {
      if (!isLockstepError(error)) throw error;
      assert.ok(["SQL_SYNTAX", "MIGRATION_FILES"].includes(error.code), error.code);
      // A folder's fault names its files in what was seen.
      assert.match(`${error.where ?? ""} ${error.seen ?? ""}`, /_change_(up|down)\.sql/);
      if (error.code === "SQL_SYNTAX") {
        assert.match(error.where ?? "", /\.sql:\d+:\d+$/);
        assert.match(error.seen ?? "", /\^/);
      }
      return undefined;
    } finally {
      await rm(cwd, { recursive: true });
    }
  }

  it("shows whole statements in any order", async () => {
    const texts = fc.array(
      fc.shuffledSubarray(STATEMENTS, { minLength: 1, maxLength: 3 }).map((all) => all.join(";\n")),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (all) => {
        await plan(all);
      }),
      { numRuns: 60 },
    );
    for (const statement of STATEMENTS) assert.ok(await plan([statement]), statement);
  });

  it("reads or refuses statements with a piece taken out, doubled or put in, and any characters", async () => {
    const edited = fc
      .tuple(fc.constantFrom(...STATEMENTS), fc.nat(), fc.nat(20), fc.constantFrom("", ...TOKENS))
      .map(([text, at, length, put]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + length);
      });
    const text = fc.oneof(
      { weight: 4, arbitrary: edited },
      fc.string({ unit: "binary", maxLength: 100 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 2 }), async (all) => {
        await plan(all);
      }),
      { numRuns: 150 },
    );
  });

  it("says file, line and caret of what does not parse, and reads what is nested deeply or repeated", async () => {
    assert.equal(await plan(["select 1", "select (("]), undefined);
    assert.ok(await plan([`select ${"(".repeat(100)}1${")".repeat(100)}`]));
    assert.ok(await plan(["delete from t where a = 1;\n".repeat(2_000)]));
    assert.equal(await plan(["/*".repeat(50_000)]), undefined);
  });
});
