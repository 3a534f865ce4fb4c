// Names of what a restore keeps.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freeKeptFolder, keptName } from "../../../../engine/restore/keptName.ts";
import { makeTempDir } from "../../../support/tempDir.ts";

const AT = new Date("2026-01-05T14:30:59.500Z");

describe("what a restore keeps", () => {
  it("is called after the database and the time, within what PostgreSQL takes", () => {
    assert.equal(keptName("shop", AT), "shop_kept_20260105_143059");
    const long = keptName("\u00e4".repeat(40), AT);
    assert.equal(long, `${"\u00e4".repeat(21)}_kept_20260105_143059`);
    assert.ok(Buffer.byteLength(long) <= 63);
  });

  it("takes no folder's place: two restores of one second have a name each", async () => {
    const dir = await makeTempDir("kept");
    const folders = [0, 1, 2].map(() => {
      const folder = freeKeptFolder(dir, AT);
      mkdirSync(folder);
      return folder;
    });
    assert.deepEqual(
      folders,
      ["143059", "143100", "143101"].map((time) => join(dir, `data_kept_20260105_${time}`)),
    );
  });
});
