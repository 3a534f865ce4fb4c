// What no server of the tests can show: one that is too old.
import assert from "node:assert/strict";
import type { ClientBase } from "pg";
import { ensureMayChangeSchema } from "../../../../engine/ledger/privileges.ts";
import { failureOf } from "../../../support/failureOf.ts";

/** A server that answers every question with one row. */
function answering(row: object): ClientBase {
  return { query: () => Promise.resolve({ rows: [row] }) } as unknown as ClientBase;
}

describe("ensureMayChangeSchema", () => {
  it("refuses a server older than PostgreSQL 13 in plain words", async () => {
    const client = answering({ version: 120_022, standby: false });
    const error = await failureOf(ensureMayChangeSchema(client, "db.example.com/shop"));
    assert.equal(error.code, "CONFIG");
    assert.equal(error.message, "PostgreSQL 12.22 is too old");
    assert.equal(error.where, "db.example.com/shop");
    assert.match(error.seen ?? "", /PostgreSQL 13 and newer/);
  });
});
