// The release store: kept once, complete, pruned but never of what is in use.
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureKept, keepRelease, pruneReleases } from "../../../../engine/process/releaseStore.ts";
import { stackPaths } from "../../../../engine/process/spec.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("keepRelease", () => {
  useLockstepHome();
  const temp = useTempDir();
  const stack = { project: "vault", stack: "test" };
  const app = () => join(temp.path, "app");

  beforeEach(async () => {
    await mkdir(join(temp.path, "node_modules", "dep"), { recursive: true });
    await writeFile(join(temp.path, "node_modules", "dep", "index.js"), "dep");
    await writeFile(join(temp.path, "package.json"), '{"type":"module"}');
    await mkdir(app());
    await writeFile(join(app(), "server.js"), "one");
  });

  it("keeps the tree as it was, whatever becomes of the original", async () => {
    const kept = await keepRelease({ ...stack, dir: app() });
    await writeFile(join(app(), "server.js"), "two");
    assert.equal(await readFile(join(kept.path, "server.js"), "utf8"), "one");
    assert.equal(await ensureKept("vault", "test", kept.treeDigest), kept.path);
  });

  it("puts beside it what its imports need", async () => {
    const { path } = await keepRelease({ ...stack, dir: app() });
    const dependency = await readFile(join(path, "..", "node_modules", "dep", "index.js"), "utf8");
    assert.equal(dependency, "dep");
    const manifest = await readFile(join(path, "..", "package.json"), "utf8");
    assert.equal(manifest, '{"type":"module"}');
  });

  it("keeps the same tree once, also when asked twice at the same moment", async () => {
    const keep = async () => keepRelease({ ...stack, dir: app() });
    const [one, two] = await Promise.all([keep(), keep()]);
    assert.deepEqual(one, two);
    assert.deepEqual(await keep(), one);
    assert.deepEqual(await readdir(stackPaths("vault", "test").releases), [one.treeDigest]);
  });

  it("removes the oldest beyond the number to keep, but none in use", async () => {
    const digests: string[] = [];
    for (let i = 0; i < 5; i++) {
      await writeFile(join(app(), "server.js"), `version ${i}`);
      const { treeDigest, path } = await keepRelease({ ...stack, dir: app() });
      await utimes(join(path, ".."), i + 1, i + 1);
      digests.push(treeDigest);
    }
    const [oldest = "", second, third] = digests;
    assert.equal(await pruneReleases(stack, new Set([oldest]), 2), 2);
    const left = await readdir(stackPaths("vault", "test").releases);
    assert.deepEqual(
      digests.filter((digest) => !left.includes(digest)),
      [second, third],
    );
  });

  it("says where a tree that is not kept was looked for", async () => {
    const error = await failureOf(ensureKept("vault", "test", "0".repeat(64)));
    assert.equal(error.code, "CONFIG");
    assert.match(error.where ?? "", /vault\/test\/releases\/0{64}/);
  });
});
