// Options of a project file, and the SDK that belongs to a program.
import assert from "node:assert/strict";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  findSdkEntry,
  parseRuntimeOptions,
} from "../../../../toolchain/languageHost/nodeCommand.mjs";
import { makeTempDir } from "../../../support/tempDir.ts";

describe("toolchain/languageHost/nodeCommand", () => {
  it("has TypeScript support on unless switched off, as a boolean or as text", () => {
    assert.deepEqual(parseRuntimeOptions({}), { typescript: true, nodeArgs: [] });
    assert.equal(parseRuntimeOptions({ typescript: false }).typescript, false);
    assert.equal(parseRuntimeOptions({ typescript: "false" }).typescript, false);
  });

  it("splits nodeargs at blanks", () => {
    const { nodeArgs } = parseRuntimeOptions({
      nodeargs: " --import tsx  --max-old-space-size=512 ",
    });
    assert.deepEqual(nodeArgs, ["--import", "tsx", "--max-old-space-size=512"]);
  });

  it("takes the SDK of the program's own node_modules, and says what to do without", async () => {
    const folder = await realpath(await makeTempDir());
    assert.throws(
      () => findSdkEntry("run", folder),
      /has no @pulumi\/pulumi: install its npm packages/,
    );
    const entry = join(folder, "node_modules/@pulumi/pulumi/cmd/run");
    await mkdir(entry, { recursive: true });
    await writeFile(join(entry, "index.js"), "");
    assert.equal(findSdkEntry("run", join(folder, "toolchain")), join(entry, "index.js"));
  });
});
