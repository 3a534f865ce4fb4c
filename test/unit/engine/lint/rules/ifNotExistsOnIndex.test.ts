// The rule if-not-exists-on-index.
import assert from "node:assert/strict";
import { lintMigrations } from "../../../../../engine/lint/lintMigrations.ts";
import { analyzeSql } from "../analyzeSql.ts";
import { ruleCases } from "../ruleCases.ts";

ruleCases("if-not-exists-on-index", {
  finds: [
    ["create index concurrently if not exists i on t (a)", /create index concurrently i on t/],
  ],
  passes: ["create index concurrently i on t (a)", "create index if not exists i on t (a)"],
});

describe("rule if-not-exists-on-index, where the index is there and INVALID", () => {
  const server = { invalidIndexes: new Set(["i", "app.j"]) };
  const find = async (sql: string, levels = {}) => {
    const findings = await lintMigrations({ migrations: [await analyzeSql(sql)], server, levels });
    const [found] = findings.filter(({ rule }) => rule === "if-not-exists-on-index");
    return found && `${found.severity}: ${found.message}`;
  };

  it("refuses what would take it for the index", async () => {
    assert.match(
      (await find("create index if not exists i on t (a)")) ?? "",
      /^error: i is there and INVALID/,
    );
    assert.match((await find("create index if not exists j on app.t (a)")) ?? "", /^error: j /);
    assert.equal(await find("create index if not exists j on t (a)"), undefined);
    assert.equal(await find("create index i on t (a)"), undefined);
  });

  it("only notes it where lockstep drops it first, and keeps to a level that was set", async () => {
    const concurrent = "create index concurrently if not exists i on public.t (a)";
    assert.match(
      (await find(concurrent)) ?? "",
      /^info: i is there and INVALID: lockstep drops it/,
    );
    const levels = { "if-not-exists-on-index": "warning" } as const;
    assert.match((await find("create index if not exists i on t (a)", levels)) ?? "", /^warning: /);
  });
});
