// The release as programs in other languages use it: registered as remote, built by the plugin, through the real engine.
import assert from "node:assert/strict";
import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { after, before, describe, it } from "mocha";
import { ExamplePulumi } from "../support/examplePulumi.ts";
import { freePort } from "../support/freePort.ts";
import { makeTempDir } from "../support/tempDir.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));

describe("a release that the plugin builds", function () {
  this.timeout(300_000);
  let dir = "";
  let program: ExamplePulumi;
  let port = 0;

  before(async () => {
    const examples = await makeTempDir("examples");
    await cp(join(repository, "examples"), examples, { recursive: true });
    await symlink(join(repository, "node_modules"), join(examples, "node_modules"));
    dir = join(examples, "remote");
    const project = join(dir, "Pulumi.yaml");
    const text = await readFile(project, "utf8");
    await writeFile(project, text.replace("../../provider", join(repository, "provider")));
    port = await freePort();
    program = await ExamplePulumi.init(dir);
    await pulumi("config", "set", "port", String(port));
  });
  after(() => pulumi("destroy", "--yes", "--skip-preview"));

  const pulumi = (...args: readonly string[]) => program.run(...args);

  for (const source of ["provider/pulumi-resource-lockstep", "plugin"]) {
    it(`has a schema that tools can read from ${source}`, async () => {
      const path = join(repository, source);
      const { stdout } = await execa("pulumi", ["package", "get-schema", path], {
        cwd: dir,
        env: program.env,
      });
      const schema = JSON.parse(stdout) as { readonly resources: Readonly<Record<string, object>> };
      assert.deepEqual(Object.keys(schema.resources), ["lockstep:index:Release"]);
    });
  }

  it("names the arguments that can't be used by their property", async () => {
    await pulumi("config", "set", "interval", "soon");
    const { exitCode, text } = await pulumi("preview");
    assert.notEqual(exitCode, 0, text);
    assert.match(text, /property gate\.interval .* has a problem: is "soon"/);
    await pulumi("config", "rm", "interval");
  });

  it("is released, and changes nothing the next time", async () => {
    const first = await pulumi("up", "--yes", "--skip-preview");
    assert.equal(first.exitCode, 0, first.text);
    assert.match(first.text, /release 1\.0 verified/);
    assert.doesNotMatch(first.text, /only for show/);
    const answer = await fetch(`http://127.0.0.1:${String(port)}/notes`);
    assert.deepEqual(await answer.json(), { greeting: "hello", notes: [] });
    const second = await pulumi("up", "--yes", "--skip-preview");
    assert.match(second.text, /Resources:\n\s+15 unchanged/);
  });
});
