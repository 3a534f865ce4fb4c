// A physical copy in place of the embedded server that it was taken from.
import assert from "node:assert/strict";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { takeBackup } from "../../../../engine/backup/takeBackup.ts";
import { silent } from "../../../../engine/events.ts";
import { restoreServer } from "../../../../engine/restore/restoreServer.ts";
import { openSource } from "../../../../engine/restore/source.ts";
import { queryAll, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { CUSTOMERS, RELEASE, useCopyableServer } from "../backup/support.ts";

describe("a restore of a physical copy", () => {
  const server = useCopyableServer();
  const temp = useTempDir("backups");
  const dir = () => join(server.home, "server");
  const countCustomers = async () =>
    Number((await queryAll<{ n: string }>(server.url, "select count(*) n from customers"))[0]?.n);

  async function backUp() {
    const destination = join(temp.path, "store");
    const { id } = await takeBackup({
      ...{ url: server.url, destination, release: RELEASE },
      ...{ before: "contract", report: silent, way: "physical" },
    });
    const source = await openSource(join(destination, id));
    assert.ok(source.kind === "backup");
    return source;
  }
  const request = {
    ...{ endSessions: false, by: "test", report: silent, signal: new AbortController().signal },
  };

  it("brings the server back, keeps the folder, and puts it back where the copy is no good", async () => {
    const source = await backUp();
    await queryAll(server.url, "delete from customers");
    await withClient(server.url, async (client) => {
      await client.query("select 1");
      const refused = await failureOf(restoreServer({ ...request, source, dir: dir() }));
      assert.equal(refused.code, "DATABASE_IN_USE");
    });
    const restored = await restoreServer({ ...request, source, dir: dir() });
    assert.equal(await countCustomers(), CUSTOMERS);
    assert.ok((await stat(join(restored.kept ?? "", "PG_VERSION"))).isFile());

    // Good by its checksums, but no server starts on it.
    await queryAll(server.url, "delete from customers where id > 7");
    const files = source.manifest.files.filter(({ path }) => path !== "global/pg_control");
    const bad = { ...source, manifest: { ...source.manifest, files } };
    await rm(join(source.dir, "data", "global", "pg_control"));
    const failed = await failureOf(restoreServer({ ...request, source: bad, dir: dir() }));
    assert.match(String(failed), /the data is as it was/);
    // It runs again, as before.
    assert.equal(await countCustomers(), 7);
  });
});
