// A lease's connection: queries in turn, and one new connection for a cut that several of them meet.
import assert from "node:assert/strict";
import type { Client } from "pg";
import { LeaseConnection } from "../../../../engine/lease/connection.ts";

/** A client that says what runs at a time; `cut` makes every query of it fail. */
function fakeClient(log: string[], cut = false): Client {
  let running = 0;
  const client = {
    query: async (text: string) => {
      running += 1;
      assert.equal(running, 1, "two queries at once");
      await new Promise(setImmediate);
      running -= 1;
      if (cut) throw Object.assign(new Error("cut"), { code: "57P01" });
      log.push(text);
      return { rows: [] };
    },
    end: () => Promise.resolve(),
  };
  return client as unknown as Client;
}

describe("LeaseConnection", () => {
  it("sends queries that are asked for at once in turn", async () => {
    const log: string[] = [];
    const connection = new LeaseConnection(fakeClient(log), () => assert.fail("connected anew"));
    await Promise.all([connection.query("a"), connection.query("b"), connection.query("c")]);
    assert.deepEqual(log, ["a", "b", "c"]);
  });

  it("connects once where several meet the same cut, and repeats them in their order", async () => {
    const log: string[] = [];
    let opened = 0;
    const connection = new LeaseConnection(fakeClient(log, true), () => {
      opened += 1;
      return Promise.resolve(fakeClient(log));
    });
    await Promise.all([connection.query("a"), connection.query("b")]);
    assert.deepEqual([opened, log], [1, ["a", "b"]]);
  });

  it("tries again with the next query where the server is away", async () => {
    const log: string[] = [];
    const faulty = fakeClient(log, true);
    const connection = new LeaseConnection(faulty, () => Promise.reject(new Error("away")));
    await assert.rejects(connection.query("a"), /away/);
    await assert.rejects(connection.query("b"), /away/);
  });
});
