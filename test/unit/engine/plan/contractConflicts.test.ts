// Expand files that need what a waiting contract file removes.
import assert from "node:assert/strict";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { ensureNoContractConflict } from "../../../../engine/plan/contractConflicts.ts";
import { analyzeFiles } from "../../../integration/engine/run/applyFiles.ts";

const CONTRACT = "alter table people drop column phone; drop table old_people;";

async function refused(expand: string, take: "expand" | "all" = "expand"): Promise<boolean> {
  const files = await analyzeFiles({ "05_drop_up.sql": CONTRACT, "06_add_up.sql": expand });
  const taken = take === "all" ? files : files.filter((file) => file.stage === "expand");
  try {
    ensureNoContractConflict(taken, files);
    return false;
  } catch (error) {
    assert.ok(isLockstepError(error) && error.code === "MIGRATION_ORDER");
    assert.equal(error.where, "migrations/06_add_up.sql");
    return true;
  }
}

describe("an expand file above a waiting contract file", () => {
  for (const [sql, is] of [
    ["alter table people add column if not exists phone text;", true],
    ["update people set name = phone;", true],
    ["create index on public.people (phone);", true],
    ["insert into old_people values (1);", true],
    ["alter table people add column telephone text;", false],
    ["alter table other add column phone text;", false],
    ["create table phone (id int);", false],
  ] as const) {
    it(`${is ? "is refused" : "passes"}: ${sql}`, async () => {
      assert.equal(await refused(sql), is);
    });
  }

  it("passes where the contract file runs first", async () => {
    assert.equal(await refused("create index on people (phone);", "all"), false);
  });
});
