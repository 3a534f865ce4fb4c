// The last lines of a log.
import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tailOf } from "../../../../engine/process/tail.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("tailOf", () => {
  const temp = useTempDir();

  it("shows the last lines, only from the byte on that is of interest", async () => {
    const path = join(temp.path, "log");
    await writeFile(path, "before\n");
    await appendFile(path, "one\ntwo\nthree\n");
    assert.equal(await tailOf(path, { maxLines: 2 }), "two\nthree");
    assert.equal(await tailOf(path, { offset: 7 }), "one\ntwo\nthree");
  });

  it("reads only the end of a long log", async () => {
    const path = join(temp.path, "log");
    await writeFile(path, `${"x".repeat(200_000)}\nlast\n`);
    assert.equal(await tailOf(path, { maxLines: 1 }), "last");
  });

  it("is empty where there is no log", async () => {
    assert.equal(await tailOf(join(temp.path, "none")), "");
  });
});
