// A program or plugin finds its project from whatever folder below it was started in.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProjectFolder } from "../../../toolchain/project.mjs";
import { makeTempDir } from "../../support/tempDir.ts";

describe("toolchain/project", () => {
  it("is the nearest folder above with a project file", async () => {
    const root = await makeTempDir();
    const below = join(root, "toolchain", "deep");
    await mkdir(below, { recursive: true });
    assert.equal(findProjectFolder(below), undefined);
    await writeFile(join(root, "Pulumi.yaml"), "name: x\n");
    assert.equal(findProjectFolder(below), root);
    assert.equal(findProjectFolder(root), root);
  });
});
