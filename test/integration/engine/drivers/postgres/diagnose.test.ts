// Which errors of a real server mean that the connection is gone.
import assert from "node:assert/strict";
import { codeOf, isConnectionLost } from "../../../../../engine/drivers/postgres/diagnose.ts";
import { useDatabase, withClient } from "../../../../support/database.ts";

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.fail("expected a failure"),
    (error: unknown) => error,
  );

describe("isConnectionLost", () => {
  const database = useDatabase();

  it("tells a cut session from a failed statement, at once and for every later query", async () => {
    await withClient(database.url, async (client) => {
      assert.equal(isConnectionLost(await thrownBy(client.query("select 1/0"))), false);
      const cut = await thrownBy(client.query("select pg_terminate_backend(pg_backend_pid())"));
      assert.equal(isConnectionLost(cut), true);
      assert.equal(isConnectionLost(await thrownBy(client.query("select 1"))), true);
    });
  });

  it("knows a session that was idle in its transaction for too long", async () => {
    await withClient(database.url, async (client) => {
      const ended = new Promise<unknown>((resolve) => client.once("error", resolve));
      await client.query("set idle_in_transaction_session_timeout = 1; begin");
      assert.equal(codeOf(await ended), "25P03");
      assert.equal(isConnectionLost(await ended), true);
      assert.equal(isConnectionLost(await thrownBy(client.query("select 1"))), true);
    });
  });
});
