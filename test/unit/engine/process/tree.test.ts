// The digest of an app's tree.
import assert from "node:assert/strict";
import { chmod, mkdir, readFile, rename, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { copyTree, digestTree } from "../../../../engine/process/tree.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("digestTree", () => {
  const temp = useTempDir();
  const at = (path: string) => join(temp.path, path);

  beforeEach(async () => {
    await mkdir(at("lib"));
    await writeFile(at("server.mjs"), "one");
    await writeFile(at("lib/a.mjs"), "two");
  });

  it("is 64 hex digits that time stamps and what is not the app's do not change", async () => {
    const digest = await digestTree(temp.path);
    assert.match(digest, /^[0-9a-f]{64}$/);
    await utimes(at("server.mjs"), new Date(0), new Date(0));
    for (const dir of ["node_modules", ".git", "lib/node_modules"]) {
      await mkdir(at(dir));
      await writeFile(at(`${dir}/x`), "x");
    }
    assert.equal(await digestTree(temp.path), digest);
  });

  const changes: Record<string, () => Promise<unknown>> = {
    "a content": async () => writeFile(at("lib/a.mjs"), "twö"),
    "a name": async () => rename(at("lib/a.mjs"), at("lib/b.mjs")),
    "a place": async () => rename(at("lib/a.mjs"), at("a.mjs")),
    "a new file": async () => writeFile(at("new"), ""),
    "an executable bit": async () => chmod(at("server.mjs"), 0o755),
    "a link": async () => symlink("server.mjs", at("link")),
    "bytes moved to the next file": async () => {
      await writeFile(at("lib/a.mjs"), "tw");
      await writeFile(at("server.mjs"), "oone");
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`tells ${what}`, async () => {
      const digest = await digestTree(temp.path);
      await change();
      assert.notEqual(await digestTree(temp.path), digest);
    });
  }

  it("covers only the files named, in any order", async () => {
    await writeFile(at("README.md"), "old");
    const digest = await digestTree(temp.path, ["server.mjs", "lib"]);
    await writeFile(at("README.md"), "new");
    assert.equal(await digestTree(temp.path, ["lib/", "./server.mjs"]), digest);
  });

  it("names what is missing, refuses what lies outside, and an empty folder", async () => {
    const missing = await failureOf(digestTree(temp.path, ["nope.mjs"]));
    assert.equal(missing.where, at("nope.mjs"));
    for (const path of ["../x", "lib/../../x", "/etc/passwd"]) {
      const error = await failureOf(digestTree(temp.path, [path]));
      assert.match(error.message, /outside/);
    }
    await mkdir(at("empty"));
    assert.match((await failureOf(digestTree(at("empty")))).message, /no files/);
  });
});

describe("copyTree", () => {
  const temp = useTempDir();

  it("copies just that, closed to others", async () => {
    const [from, to] = [join(temp.path, "from"), join(temp.path, "to")];
    await mkdir(join(from, "node_modules"), { recursive: true });
    await mkdir(join(from, "lib"));
    await writeFile(join(from, "lib", "run"), "#!/bin/sh", { mode: 0o755 });
    await symlink("lib/run", join(from, "start"));
    await copyTree(from, to);
    assert.equal(await digestTree(to), await digestTree(from));
    assert.equal(await readFile(join(to, "start"), "utf8"), "#!/bin/sh");
    assert.equal((await stat(join(to, "lib", "run"))).mode & 0o777, 0o700);
    await assert.rejects(stat(join(to, "node_modules")));
  });
});
