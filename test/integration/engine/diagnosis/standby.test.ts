// A read-only standby that somebody takes for the primary: a real one, that follows a server of one's own.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { stopEmbedded } from "../../../../engine/embedded/server.ts";
import { createOwnerRole, queryAll } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { makeTempDir } from "../../../support/tempDir.ts";
import { applyFiles } from "../run/applyFiles.ts";
import { startStandby, urlAs, useServer } from "./ownServer.ts";

const FILES = { "01_create_things_up.sql": "CREATE TABLE things (id int);" };

describe("a read-only standby", () => {
  const server = useServer();
  let dir = "";
  beforeEach(async () => {
    dir = await makeTempDir("standby");
  });
  afterEach(async () => {
    await stopEmbedded(dir);
    await rm(dir, { recursive: true, force: true });
  });

  it("is told from its primary, which is named to those that may know it", async () => {
    const plain = await createOwnerRole(server.url);
    const standby = await startStandby(server, dir);
    const primary = `127.0.0.1:${String(server.port)}`;
    await eventually("the standby follows", async () => {
      const rows = await queryAll(
        standby,
        "SELECT FROM pg_stat_wal_receiver WHERE sender_port > 0",
      );
      return rows.length === 1;
    });
    const told = await failureOf(applyFiles(standby, FILES));
    assert.equal(told.message, "This server is a read-only standby");
    assert.equal(told.seen, `it follows ${primary}`);
    assert.equal(told.next, `point DATABASE_URL at the primary, ${primary}`);
    assert.equal(told.sqlstate, "25006");

    const { username, password } = new URL(plain);
    await eventually("the role is there, too", async () => {
      const rows = await queryAll(standby, "SELECT FROM pg_roles WHERE rolname = $1", [username]);
      return rows.length === 1;
    });
    const untold = await failureOf(applyFiles(urlAs(standby, { username, password }), FILES));
    assert.equal(untold.seen, undefined);
    assert.equal(untold.next, "point DATABASE_URL at the primary");

    const { applied } = await applyFiles(server.url, FILES);
    assert.deepEqual(applied, ["01_create_things"]);
  });
});
