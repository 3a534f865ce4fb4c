import assert from "node:assert/strict";
import type { Client } from "pg";
import { findBrokenLink } from "../../../../engine/ledger/chain.ts";
import { readLedger } from "../../../../engine/ledger/ledger.ts";
import { useDatabase, withClient } from "../../../support/database.ts";
import { applyFiles } from "../run/applyFiles.ts";

describe("readLedger", () => {
  const database = useDatabase();

  it("sees one moment, though a runner applies a file after each of its statements", async () => {
    const files: Record<string, string> = {};
    const applyOneMore = async () => {
      const number = String(Object.keys(files).length + 1).padStart(2, "0");
      files[`${number}_create_t${number}_up.sql`] = `create table t${number} (id int);`;
      await applyFiles(database.url, files);
    };
    await applyOneMore();
    await withClient(database.url, async (client) => {
      const disturbed: Pick<Client, "query"> = Object.create(client, {
        query: {
          value: async (...args: [string]) => {
            const result = await client.query(...args);
            await applyOneMore();
            return result;
          },
        },
      }) as Client;
      const ledger = await readLedger(disturbed as Client);
      assert.equal(findBrokenLink(ledger), undefined);
      assert.ok(ledger.applied.length > 1);
    });
  });
});
