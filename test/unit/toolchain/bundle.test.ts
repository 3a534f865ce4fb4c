// What is compiled at first use is current, is rebuilt when a source changes, and fails readably.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { ensureBundle, findFreshBundle } from "../../../toolchain/bundle.mjs";
import { mapStack } from "../../../toolchain/sourceMaps.mjs";
import { makeTempDir } from "../../support/tempDir.ts";

const run = promisify(execFile);

async function makeClone(): Promise<string> {
  const root = await makeTempDir();
  await mkdir(join(root, "cli"));
  await writeFile(join(root, "package.json"), '{"type":"module"}');
  await save(root, "package-lock.json", "{}");
  await save(
    root,
    "cli/main.ts",
    'import { word } from "./word.ts";\nconsole.log(word satisfies string);\n',
  );
  await save(root, "cli/word.ts", 'export const word: string = "one";\n');
  return root;
}

// A source saved in the very moment of a build counts as changed, so these are a minute old.
async function save(root: string, path: string, text: string): Promise<void> {
  await writeFile(join(root, path), text);
  const then = new Date(Date.now() - 60_000);
  await utimes(join(root, path), then, then);
}

async function output(main: string): Promise<string> {
  return (await run(process.execPath, [main])).stdout.trim();
}

describe("toolchain/bundle", () => {
  it("compiles TypeScript once", async () => {
    const root = await makeClone();
    assert.equal(findFreshBundle("cli", root), undefined);
    const main = await ensureBundle("cli", root);
    assert.equal(await output(main), "one");
    assert.equal(findFreshBundle("cli", root), main);
  });

  it("compiles again when an imported file changes, and leaves the old build to those who run it", async () => {
    const root = await makeClone();
    const old = await ensureBundle("cli", root);
    await save(root, "cli/word.ts", 'export const word: string = "two, and longer";\n');
    assert.equal(findFreshBundle("cli", root), undefined);
    assert.equal(await output(await ensureBundle("cli", root)), "two, and longer");
    assert.equal(await output(old), "one");
  });

  it("does not trust a source that was saved while it compiled", async () => {
    const root = await makeClone();
    const soon = new Date(Date.now() + 60_000);
    await utimes(join(root, "cli/word.ts"), soon, soon);
    await ensureBundle("cli", root);
    assert.equal(findFreshBundle("cli", root), undefined);
  });

  it("gives several processes at once the same build and leaves no scraps", async () => {
    const root = await makeClone();
    const bundle = new URL("../../../toolchain/bundle.mjs", import.meta.url).href;
    const script = `import(${JSON.stringify(bundle)}).then(async (m) => console.log(await m.ensureBundle("cli", ${JSON.stringify(root)})))`;
    const results = await Promise.all([1, 2, 3].map(() => run(process.execPath, ["-e", script])));
    const mains = new Set(results.map(({ stdout }) => stdout.trim()));
    assert.equal(mains.size, 1);
    assert.equal((await readdir(join(root, "dist", "cli"))).length, 2);
  });

  it("runs what was packed in a published package, whatever its files' times", async () => {
    const root = await makeClone();
    const main = await ensureBundle("cli", root);
    await rm(join(root, "package-lock.json"));
    const longAgo = new Date(0);
    await utimes(join(root, "cli/main.ts"), longAgo, longAgo);
    assert.equal(await ensureBundle("cli", root), main);
    await rm(join(root, "cli"), { recursive: true });
    assert.equal(await ensureBundle("cli", root), main);
  });

  it("compiles again when the packages change", async () => {
    const root = await makeClone();
    await ensureBundle("cli", root);
    await save(root, "package-lock.json", "{ }");
    assert.equal(findFreshBundle("cli", root), undefined);
  });

  it("says file, line and text of a mistake, and what is missing", async () => {
    const root = await makeClone();
    await save(root, "cli/word.ts", "export const word: string = ;\n");
    await assert.rejects(
      ensureBundle("cli", root),
      /cli does not compile:\n {2}cli\/word\.ts:1:29 {2}Unexpected/,
    );
    await rm(join(root, "cli"), { recursive: true });
    await assert.rejects(ensureBundle("cli", root), /nothing to run as cli[^]*cli\/main\.ts/);
  });

  it("maps a stack to the lines of the sources", async () => {
    const root = await makeClone();
    await save(
      root,
      "cli/main.ts",
      '\n\nexport function fail(): never {\n  throw new Error("here");\n}\n',
    );
    const loaded = (await import(pathToFileURL(await ensureBundle("cli", root)).href)) as {
      fail: () => never;
    };
    assert.throws(loaded.fail, (error: Error) =>
      mapStack(error.stack ?? "").includes(`${join(root, "cli/main.ts")}:4:`),
    );
  });

  it("names no source map, which the SDK would parse for each stack it makes", async () => {
    const main = await ensureBundle("cli", await makeClone());
    assert.doesNotMatch(await readFile(main, "utf8"), /sourceMappingURL/);
    assert.ok(JSON.parse(await readFile(`${main}.map`, "utf8")));
  });

  it("gives the program the SDK's parts for the whole, and refuses a name they lack", async () => {
    const root = await makeClone();
    await mkdir(join(root, "toolchain"));
    const parts = 'export { output } from "@pulumi/pulumi/output.js";\n';
    await save(root, "toolchain/pulumiSdk.mjs", parts);
    const program = (name: string) =>
      `import * as pulumi from "@pulumi/pulumi";\nexport const made = pulumi.${name}(1);\n`;
    await save(root, "index.ts", program("output"));
    const compiled = await readFile(await ensureBundle("program", root), "utf8");
    assert.match(compiled, /from"@pulumi\/pulumi\/output\.js"/);
    assert.doesNotMatch(compiled, /"@pulumi\/pulumi"/);
    await save(root, "index.ts", program("secret"));
    await assert.rejects(
      ensureBundle("program", root),
      /index\.ts:2:28 .*"secret".*toolchain\/pulumiSdk\.mjs/,
    );
  });

  it("records the sources relative to the clone, so that a clone can move", async () => {
    const root = await makeClone();
    await ensureBundle("cli", root);
    const pointer = await readFile(join(root, "dist", "cli", "current.json"), "utf8");
    assert.ok(!pointer.includes(root));
  });
});
