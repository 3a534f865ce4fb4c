// The packed package in a program of another project: its types, its class, its plugin, through the real engine.
import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { before, after, describe, it } from "mocha";
import { ExamplePulumi } from "../support/examplePulumi.ts";
import { freePort } from "../support/freePort.ts";
import { makeTempDir } from "../support/tempDir.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));

describe("the packed package", function () {
  this.timeout(300_000);
  let dir = "";
  let program: ExamplePulumi;
  let port = 0;

  before(async () => {
    dir = await makeTempDir("notes");
    port = await freePort();
    await cp(join(repository, "examples", "typescript"), dir, { recursive: true });
    await install(dir);
    program = await ExamplePulumi.init(dir);
    await pulumi("config", "set", "port", String(port));
  });
  after(() => pulumi("destroy", "--yes", "--skip-preview"));

  const pulumi = (...args: readonly string[]) => program.run(...args);
  const succeeds = (...args: readonly string[]) => program.succeeds(...args);
  const notes = async () => (await fetch(`http://127.0.0.1:${String(port)}/notes`)).json();

  it("has the types that a program needs", async () => {
    const tsc = join(repository, "node_modules", ".bin", "tsc");
    const { exitCode, all } = await execa(tsc, ["--project", "."], {
      cwd: dir,
      all: true,
      reject: false,
    });
    assert.equal(exitCode, 0, all);
  });

  it("names every argument that can't be used, with the config's, and registers nothing", async () => {
    await withEdited("index.ts", ['watch: "2s"', 'wach: "2s", interval: "soon"'], async () => {
      const { exitCode, text } = await pulumi("preview");
      assert.notEqual(exitCode, 0, text);
      assert.match(text, /The arguments of release notes, with the config of stack dev/);
      assert.match(text, /gate\.wach is no key of lockstep's: did you mean lockstep:gate\.watch\?/);
      assert.match(text, /gate\.interval is "soon"/);
      assert.doesNotMatch(text, /lockstep:index|^\s+at /m);
    });
  });

  it("refuses a file that is no SQL, at once and without a stack trace", async () => {
    await withEdited("migrations/01_create_notes_up.sql", ["CREATE", "CREAT"], async () => {
      const { exitCode, text } = await pulumi("preview");
      assert.notEqual(exitCode, 0, text);
      assert.match(text, /01_create_notes_up\.sql:1:1/);
      assert.doesNotMatch(text, /^\s+at /m);
    });
  });

  it("releases beside the program's own resources, which wait for the whole of it", async () => {
    const text = await succeeds("up", "--yes", "--skip-preview");
    assert.deepEqual(await notes(), { greeting: "hello", notes: [] });
    assert.match(text, /announced +: "1\.0-[0-9a-f]{12} is at http:/);
    const verified = text.indexOf("release 1.0 verified");
    assert.ok(verified > 0 && verified < text.indexOf("announcement creating"), text);
    assert.doesNotMatch(text, /only for show/);
  });

  it("changes nothing in a second up", async () => {
    assert.match(await succeeds("up", "--yes", "--skip-preview"), /Resources:\n\s+16 unchanged/);
  });

  it("takes the release from the stack's config, and runs only its own command", async () => {
    await succeeds("config", "set", "lockstep:release", "1.1");
    await succeeds("config", "set", "greeting", "servus");
    await succeeds("up", "--yes", "--skip-preview");
    assert.deepEqual(await notes(), { greeting: "servus", notes: [] });
  });

  async function withEdited(
    file: string,
    [from, to]: readonly [string, string],
    body: () => Promise<void>,
  ): Promise<void> {
    const path = join(dir, file);
    const text = await readFile(path, "utf8");
    assert.ok(text.includes(from));
    await writeFile(path, text.replace(from, to));
    try {
      await body();
    } finally {
      await writeFile(path, text);
    }
  }
});

/** Packs the repository and unpacks it where npm would, beside links to what the repository has installed. */
async function install(dir: string): Promise<void> {
  const target = await makeTempDir("pack");
  await execa("npm", ["pack", "--pack-destination", target], { cwd: repository });
  const [tarball = ""] = await readdir(target);
  const modules = join(dir, "node_modules");
  const own = join(modules, "pulumi-lockstep");
  await mkdir(own, { recursive: true });
  await execa("tar", ["xzf", join(target, tarball), "-C", own, "--strip-components", "1"]);
  for (const name of await readdir(join(repository, "node_modules"))) {
    await symlink(join(repository, "node_modules", name), join(modules, name));
  }
}
