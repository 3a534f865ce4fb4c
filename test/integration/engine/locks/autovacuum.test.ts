// Autovacuum gives way to whoever waits longer than deadlock_timeout: one longer ask gets through, short ones never.
import assert from "node:assert/strict";
import { join } from "node:path";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { queryAll } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { ensureTestRun } from "../../../support/testRun.ts";
import { applyFiles } from "../run/applyFiles.ts";

describe("a table that autovacuum works on", () => {
  let admin = "";
  let dir = "";
  before(async () => {
    // A server of its own: how often autovacuum looks is one setting for all databases.
    dir = join(await ensureTestRun(), "autovacuum");
    admin = (await startEmbedded({ dir, database: "postgres", scratch: true })).url;
    await queryAll(admin, "alter system set autovacuum_naptime = '1s'");
    await queryAll(admin, "select pg_reload_conf()");
    await queryAll(admin, "create role owner login password 'owner'");
  });
  after(() => stopEmbedded(dir));

  for (const role of ["superuser", "owner"] as const) {
    it(`is had by one longer ask, as ${role}`, async () => {
      await queryAll(admin, `create database ${role} owner ${role === "owner" ? "owner" : "app"}`);
      const url = new URL(admin);
      url.pathname = `/${role}`;
      if (role === "owner") {
        url.username = "owner";
        url.password = "owner";
        const inside = new URL(admin);
        inside.pathname = url.pathname;
        await queryAll(inside.href, "grant create on schema public to owner");
      }
      const files = {
        // So slow that it would take hours.
        "01_create_big_up.sql": `create table big (id int, note text) with
            (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
          insert into big select i, repeat('x', 500) from generate_series(1, 20000) i;`,
        "02_change_up.sql": "update big set note = repeat('y', 500);",
      };
      await applyFiles(url.href, files);
      await eventually("autovacuum is at it", async () => {
        const found = await queryAll(
          admin,
          `select from pg_stat_progress_vacuum where datname = '${role}'`,
        );
        return found.length > 0;
      });
      const { messages } = await applyFiles(url.href, {
        ...files,
        "03_add_up.sql": "alter table big add column more int;",
      });
      assert.ok(
        messages.some((message) =>
          /03_add: only autovacuum is in the way; asking once for 1200 ms/.test(message),
        ),
        messages.join("\n"),
      );
    });
  }
});
