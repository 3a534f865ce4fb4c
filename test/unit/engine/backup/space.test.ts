import assert from "node:assert/strict";
import { ensureSpace, formatBytes, freeBytesOn } from "../../../../engine/backup/space.ts";
import { failureOf } from "../../../support/failureOf.ts";

const MIB = 1024 * 1024;

describe("ensureSpace", () => {
  const need = (freeMib: number) => ({
    dir: "/backups",
    bytes: 100 * MIB,
    what: "the database",
    freeBytes: () => Promise.resolve(freeMib * MIB),
  });

  it("passes where the backup and a reserve fit", async () => {
    await ensureSpace(need(164));
  });

  it("refuses with the numbers where they do not", async () => {
    const error = await failureOf(ensureSpace(need(163)));
    assert.equal(error.code, "BACKUP_FAILED");
    assert.equal(error.where, "/backups");
    assert.match(error.seen ?? "", /163\.0 MiB free; the database is 100\.0 MiB/);
    assert.match(error.next ?? "", /free 1\.0 MiB there/);
  });
});

describe("freeBytesOn", () => {
  it("asks the file system", async () => {
    assert.ok((await freeBytesOn("/")) > 0);
  });
});

describe("formatBytes", () => {
  it("picks the unit", () => {
    assert.equal(formatBytes(512), "512 bytes");
    assert.equal(formatBytes(2.3 * MIB), "2.3 MiB");
    assert.equal(formatBytes(5000 * 1024 ** 4), "5000.0 TiB");
  });
});
