// Where cache and data lie follows the variables that users know, and nothing else.
import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder, dataFolder, findOnPath } from "../../../toolchain/paths.mjs";
import { makeTempDir } from "../../support/tempDir.ts";

describe("toolchain/paths", () => {
  it("puts the cache where LOCKSTEP_CACHE, XDG_CACHE_HOME or HOME say, in this order", () => {
    const home = { HOME: "/home/ada" };
    assert.equal(cacheFolder(home), "/home/ada/.cache/lockstep");
    assert.equal(cacheFolder({ ...home, XDG_CACHE_HOME: "/c" }), "/c/lockstep");
    assert.equal(cacheFolder({ ...home, XDG_CACHE_HOME: "relative" }), "/home/ada/.cache/lockstep");
    assert.equal(cacheFolder({ ...home, XDG_CACHE_HOME: "/c", LOCKSTEP_CACHE: "/own" }), "/own");
  });

  it("puts data below /var/lib for root and in the user's data folder otherwise", () => {
    const home = { HOME: "/home/ada" };
    assert.equal(dataFolder(home, 0), "/var/lib/lockstep");
    assert.equal(dataFolder(home, 1000), "/home/ada/.local/share/lockstep");
    assert.equal(dataFolder({ ...home, XDG_DATA_HOME: "/d" }, 1000), "/d/lockstep");
    assert.equal(dataFolder({ ...home, LOCKSTEP_HOME: "/own" }, 0), "/own");
  });

  it("finds only executable files, in the order of the search path", async () => {
    const first = await makeTempDir();
    const second = await makeTempDir();
    await writeFile(join(first, "tool"), "");
    await writeFile(join(second, "tool"), "");
    await chmod(join(second, "tool"), 0o755);
    assert.equal(findOnPath("tool", `:relative:${first}:${second}`), join(second, "tool"));
    assert.equal(findOnPath("other", `${first}:${second}`), undefined);
    assert.equal(findOnPath("tool", undefined), undefined);
  });
});
