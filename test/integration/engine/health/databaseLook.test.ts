// What a gate sees of a real server: sessions, lost ones and deadlocks.
import assert from "node:assert/strict";
import { lookAtDatabase } from "../../../../engine/health/databaseLook.ts";
import {
  createOwnerRole,
  queryAll,
  serverMajor,
  useDatabase,
  withClient,
} from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";

describe("lookAtDatabase", () => {
  const database = useDatabase();

  it("counts sessions, and those that were ended by somebody else", async () => {
    const before = await withClient(database.url, lookAtDatabase);
    assert.ok(before.connections >= 1 && before.maxConnections > before.connections);
    await withClient(database.url, async (client) => {
      client.on("error", () => undefined);
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      await queryAll(database.url, `select pg_terminate_backend(${String(rows[0]?.pid)})`);
    }).catch(() => undefined);
    // PostgreSQL 13 does not count them.
    if ((await serverMajor(database.url)) < 14) return;
    await eventually("a session that counts as lost", async () => {
      const now = await withClient(database.url, lookAtDatabase);
      return now.lostSessions > before.lostSessions;
    });
  });

  it("sees as much as a plain owner of the database", async () => {
    const owner = await createOwnerRole(database.url);
    const [plain, all] = [
      await withClient(owner, lookAtDatabase),
      await withClient(database.url, lookAtDatabase),
    ];
    assert.equal(plain.maxConnections, all.maxConnections);
    assert.ok(plain.connections >= 1);
  });
});
