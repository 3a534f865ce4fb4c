// Backups that a late contract may have to be undone from stay for a time, which the stack may set.
import assert from "node:assert/strict";
import { neededBackups } from "../../../../engine/backup/needed.ts";
import { recordEvent } from "../../../../engine/ledger/record.ts";
import { useDatabase, withClient } from "../../../support/database.ts";
import { applyFiles, RELEASE } from "../run/applyFiles.ts";

describe("the backups that are needed", () => {
  const database = useDatabase();

  it("are those of a release whose contract has run, for as many days as the stack says", async () => {
    const files = {
      "01_create_things_up.sql": "create table things (id int primary key, a int);",
      "02_remove_a_up.sql": "alter table things drop column a;",
    };
    await applyFiles(database.url, files, { stage: "expand", release: RELEASE });
    const event = { before: "contract", kind: "dump", proof: "restore" };
    await withClient(database.url, async (client) => {
      for (const [id, release] of [
        ["mine", RELEASE.digest],
        ["another's", "cd".repeat(32)],
      ] as const)
        await recordEvent(client, { release, kind: "backup", data: { id, ...event } });
      assert.deepEqual(await neededBackups(client), ["mine"]);
      assert.deepEqual(await neededBackups(client, { contractDays: 1 }), ["mine"]);
      assert.deepEqual(await neededBackups(client, { contractDays: 0 }), []);
    });
  });
});
