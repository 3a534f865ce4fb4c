// A release whose app goes through a PgBouncer in transaction mode while lockstep has the server's own address.
import assert from "node:assert/strict";
import { join } from "node:path";
import { startEmbedded, stopEmbedded } from "../../engine/embedded/server.ts";
import { queryAll, withClient } from "../support/database.ts";
import { ensurePgbouncer, withPgbouncer } from "../support/pgbouncer.ts";
import { makeProject } from "../support/pulumiProject.ts";
import {
  appliedFiles,
  approveAll,
  backupProofs,
  customerColumns,
} from "../support/releaseStory.ts";
import { ensureTestRun } from "../support/testRun.ts";

describe("a release whose app is behind a pooler", function () {
  this.timeout(300_000);
  /** A server of its own: the shared one keeps no log that a backup could copy. */
  let dir = "";
  let database = { url: "" };
  before(async () => {
    await ensurePgbouncer();
    dir = join(await ensureTestRun(), "pooled-release");
    database = await startEmbedded({ dir, database: "shop" });
  });
  after(() => stopEmbedded(dir));

  it("is refused without the server's own address, and carried to contract behind a fence of logins", async () => {
    const project = await makeProject();
    const setSecret = (key: string, value: string) =>
      project.setSecret(`lockstep:database.${key}`, value);
    const succeeds = async () => {
      const { exitCode, text } = await project.up();
      assert.equal(exitCode, 0, text);
      return text;
    };
    const refuses = async (...why: readonly RegExp[]) => {
      const { exitCode, text } = await project.up();
      assert.notEqual(exitCode, 0, text);
      for (const pattern of why) assert.match(text, pattern);
    };
    const customers = () => fetch(`${project.appUrl}/customers?limit=1`);
    await createRoles(database.url);
    const pool = async (url: string) => {
      const app = new URL(url);
      [app.username, app.password] = ["shop_app", "geheim"];
      await setSecret("url", url);
      await refuses(/cannot go through a pooler/, /lockstep:database\.directUrl/);

      await setSecret("url", app.href);
      await setSecret("directUrl", database.url);
      await succeeds();
      assert.deepEqual(await appliedFiles(database.url), ["01", "02"]);
      await queryAll(
        database.url,
        "insert into customers (name, email, phone) values ('a', 'b@c.de', '1')",
      );
      await withClient(app.href, async (old) => {
        await old.query("select");
        await project.configure({ "lockstep:release": "1.1" });
        await succeeds();
        await approveAll(project);
        await refuses(/lockstep:drain\.fence role/);
        await project.configure({
          "lockstep:drain": { fence: "role", allowed: [`role:${POOLER.user}`] },
        });
        const text = await succeeds();
        assert.match(text, /logins of older releases closed: shop_app/);
        await assert.rejects(old.query("select"));
      });
      await assert.rejects(queryAll(app.href, "select"));
      assert.ok(!(await customerColumns(database.url)).includes("phone"));
      assert.deepEqual(await backupProofs(database.url), ["restore"]);
      assert.match(await (await customers()).text(), /"1"/);
      assert.match(await succeeds(), /unchanged/);
    };
    try {
      await withPgbouncer(database.url, { mode: "transaction", asks: POOLER }, pool);
      // The app has no other way than the pooler, which is gone now.
      assert.equal((await customers()).status, 503);
    } finally {
      await project.destroy();
    }
  });
});

/** The pooler's own role. */
const POOLER = { user: "pooler", password: "auch_geheim" };

/** The pooler's role, and the app's own, as docs/privileges.md makes it. */
async function createRoles(url: string): Promise<void> {
  await queryAll(
    url,
    `create role ${POOLER.user} login superuser password '${POOLER.password}';
     create role shop_app login password 'geheim';
     alter default privileges in schema public grant select, insert, update, delete on tables to shop_app;
     alter default privileges in schema public grant usage on sequences to shop_app`,
  );
}
