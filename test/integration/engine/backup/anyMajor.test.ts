// The newest pg_dump of this machine on the shared server, whatever its version: a proven dump, or a plain word why not.
import assert from "node:assert/strict";
import { join } from "node:path";
import { findPrograms } from "../../../../engine/backup/clients.ts";
import { takeBackup } from "../../../../engine/backup/takeBackup.ts";
import { silent } from "../../../../engine/events.ts";
import { serverMajor, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { CUSTOMERS, fillShop, RELEASE } from "./support.ts";

describe("a dump of a server of any major version", () => {
  const database = useDatabase();
  const temp = useTempDir("dumps");

  it("is proven where pg_dump is not older than the server, and refused where it is", async () => {
    await fillShop(database.url);
    const [client] = await findPrograms("pg_dump");
    const major = await serverMajor(database.url);
    const backup = takeBackup({
      ...{ url: database.url, destination: join(temp.path, "store"), release: RELEASE },
      ...{ before: "contract", report: silent, way: "dump" },
    });
    if (client === undefined || client.major < major) {
      const failure = await failureOf(backup);
      assert.equal(failure.code, "BACKUP_FAILED");
      assert.match(failure.next ?? "", new RegExp(`postgresql-client-${String(major)}`));
      return;
    }
    const manifest = await backup;
    assert.equal(manifest.server.major, major);
    assert.equal(manifest.proof.result, "passed", manifest.proof.why);
    assert.match(manifest.proof.why, new RegExp(`PostgreSQL ${String(major)}\\.`));
    assert.equal(manifest.tables.find(({ name }) => name === "public.customers")?.rows, CUSTOMERS);
  });
});
