// A release whose app goes through a PgBouncer in transaction mode while lockstep has the server's own address.
import assert from "node:assert/strict";
import { join } from "node:path";
import { startEmbedded, stopEmbedded } from "../../engine/embedded/server.ts";
import { queryAll } from "../support/database.ts";
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

  it("is refused without the server's own address, and carried to contract with it", async () => {
    const project = await makeProject();
    const setSecret = (key: string, value: string) =>
      project.pulumi("config", "set", "--secret", "--path", `lockstep:database.${key}`, value);
    const succeeds = async () => {
      const { exitCode, text } = await project.up();
      assert.equal(exitCode, 0, text);
    };
    const customers = () => fetch(`${project.appUrl}/customers?limit=1`);
    try {
      await withPgbouncer(database.url, "transaction", async (url) => {
        await setSecret("url", url);
        const refused = await project.up();
        assert.notEqual(refused.exitCode, 0, refused.text);
        assert.match(refused.text, /cannot go through a pooler/);
        assert.match(refused.text, /lockstep:database\.directUrl/);

        await setSecret("directUrl", database.url);
        await succeeds();
        assert.deepEqual(await appliedFiles(database.url), ["01", "02"]);
        await queryAll(
          url,
          "insert into customers (name, email, phone) values ('a', 'b@c.de', '1')",
        );
        await project.configure({ "lockstep:release": "1.1" });
        await succeeds();
        await approveAll(project);
        await succeeds();
        assert.ok(!(await customerColumns(database.url)).includes("phone"));
        assert.deepEqual(await backupProofs(database.url), ["restore"]);
        assert.match(await (await customers()).text(), /"1"/);
      });
      // The app has no other way than the pooler, which is gone now.
      assert.equal((await customers()).status, 503);
    } finally {
      await project.destroy();
    }
  });
});
