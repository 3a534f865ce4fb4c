// From staging to prod through the real engine: prod takes what staging has verified, and nothing else.
import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { queryAll } from "../support/database.ts";
import { makeProject, type PulumiProject } from "../support/pulumiProject.ts";

describe("a promotion from staging to prod", function () {
  this.timeout(180_000);
  let staging: PulumiProject;
  let prod: PulumiProject;

  before(async () => {
    const project = await makeProject();
    staging = await project.withStack("staging");
    prod = await project.withStack("prod");
    // As strict as any other with promoteFrom, but with an embedded database and quick.
    const promoteFrom = { "lockstep:promoteFrom": "staging", "lockstep:environment": "staging" };
    // And as prod does by itself, soaking.
    const soak = { "lockstep:soak": { from: "very high" } };
    await prod.configure({ ...promoteFrom, ...soak, "lockstep:release": "1.1" });
  });
  after(async () => {
    await Promise.all(
      [staging, prod].map(async (stack) => {
        await stack.pulumi("state", "unprotect", "--all", "--yes");
        await stack.destroy();
      }),
    );
  });

  const succeeds = async ({ pulumi }: PulumiProject, ...args: string[]) => {
    const { exitCode, text } = await pulumi(...args);
    assert.equal(exitCode, 0, text);
    return text;
  };
  const up = (stack: PulumiProject) => succeeds(stack, "up", "--yes", "--skip-preview");
  /** What prod's preview refuses, on one screen and without a stack trace. */
  const refused = async (...says: readonly RegExp[]) => {
    const { exitCode, text } = await prod.pulumi("preview");
    assert.notEqual(exitCode, 0, text);
    for (const pattern of says) assert.match(text, pattern);
    assert.doesNotMatch(text, /^\s+at .*:\d+:\d+\)?$/m, text);
    assert.doesNotMatch(text, /lockstep:components/, "something was registered");
    return text;
  };
  const appliedOn = async (stack: PulumiProject) =>
    (
      await queryAll<{ label: string }>(
        await stack.databaseUrl(),
        "select label from lockstep.migration where state = 'applied' order by number",
      )
    ).map((row) => row.label);
  const approve = async (stack: PulumiProject) => {
    const args = ["approve", "--stack", stack.stack, "--through", "05", "--yes"];
    const { exitCode, text } = await stack.lockstep(...args);
    assert.equal(exitCode, 0, text);
  };
  const withChange = async (file: string, body: () => Promise<unknown>) => {
    const path = join(prod.dir, file);
    const before = await readFile(path);
    await appendFile(path, file.endsWith(".sql") ? "-- edited\n" : "// edited\n");
    await body();
    await writeFile(path, before);
  };

  it("refuses everything before staging has released anything", async () => {
    await refused(/Stack staging has nothing to promote/, /nothing was released there/);
    const typo = await prod.pulumi("config", "set", "lockstep:promoteFrom", "stagin");
    assert.equal(typo.exitCode, 0, typo.text);
    await refused(/Stack stagin cannot be read/, /unknown stack/);
    await prod.configure({ "lockstep:promoteFrom": "staging" });
  });

  it("refuses 1.1 while staging has verified 1.0, with both digests", async () => {
    await up(staging);
    await refused(
      /Stack prod takes only what staging has verified/,
      /release +1\.0 +1\.1/,
      /app +[0-9a-f]{12} +[0-9a-f]{12} +same/,
      /migrations +[0-9a-f]{12} +[0-9a-f]{12} +differs/,
      /03_add_contact_phone: only on prod/,
      /pulumi config set lockstep:release 1\.0 --stack prod/,
    );
  });

  it("takes 1.1 once staging has verified it, but for the contract file that staging has not run", async () => {
    await staging.configure({ "lockstep:release": "1.1" });
    await up(staging);
    await approve(prod);
    const preview = await succeeds(prod, "preview");
    assert.match(preview, /promotion/);
    const text = await up(prod);
    assert.deepEqual(await appliedOn(prod), ["01", "02", "03", "04"]);
    assert.match(text, /contract waits for stack staging: 05_remove_phone/);
    assert.match(text, /pulumi up --stack staging/);
  });

  it("runs the contract file once staging has", async () => {
    await approve(staging);
    await up(staging);
    const preview = await succeeds(prod, "preview");
    assert.match(preview, /to contract, approved: 05_remove_phone/);
    assert.match(preview, /05_remove_phone soaks for 7 d/);
    assert.match(await up(prod), /05_remove_phone soaks until .*column public\.customers\.phone/);
    assert.deepEqual(await appliedOn(prod), ["01", "02", "03", "04", "05"]);
  });

  it("gives back what prod's contract dropped, and then waits for another approval", async () => {
    const args = ["undo", "customers.phone", "--yes", "--stack", prod.stack];
    const { exitCode, text } = await prod.lockstep(...args);
    assert.equal(exitCode, 0, text);
    const url = await prod.databaseUrl();
    await queryAll(url, "select phone from customers");
    assert.match(await succeeds(prod, "preview"), /contract waits for approval: 05_remove_phone/);
    await up(prod);
    assert.deepEqual(await appliedOn(prod), ["01", "02", "03", "04"]);
  });

  it("refuses another app and other migrations under the same label", async () => {
    await withChange("example/app/server.mjs", () =>
      refused(/app +[0-9a-f]{12} +[0-9a-f]{12} +differs/, /migrations .* same/),
    );
    await withChange("migrations/03_add_contact_phone_up.sql", () =>
      refused(/migrations .* differs/, /03_add_contact_phone: other content/),
    );
  });

  it("takes nothing from a staging whose last update failed, and may stay at what it took", async () => {
    await staging.configure({ "lockstep:release": "1.2" });
    const { exitCode, text } = await staging.up("--skip-preview");
    assert.notEqual(exitCode, 0, text);
    await prod.configure({ "lockstep:release": "1.2" });
    await refused(
      /Stack staging has nothing to promote/,
      /its last update, of release 1\.2, failed/,
    );
    await prod.configure({ "lockstep:release": "1.1" });
    assert.match(await up(prod), /unchanged/);
  });
});
