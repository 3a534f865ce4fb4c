// The policy pack in the real engine: what a stack may do passes, what an organisation refuses fails the preview.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { makeProject, type PulumiProject } from "../support/pulumiProject.ts";

const PACK = fileURLToPath(new URL("../../policies/", import.meta.url));

describe("the policy pack", function () {
  this.timeout(120_000);
  let project: PulumiProject;

  before(async () => {
    project = await makeProject();
    await project.configure({ "lockstep:release": "1.1" });
    const approved = await project.lockstep(
      "approve",
      "--stack",
      "dev",
      "--through",
      "05",
      "--yes",
    );
    assert.equal(approved.exitCode, 0, approved.text);
  });
  after(() => project.destroy());

  /** A preview under the pack, with policies made to hold on dev too. */
  const preview = async (...policies: readonly string[]) => {
    const config = join(project.dir, "policies.json");
    const rules = policies.map((name) => [name, { environments: ["dev"] }]);
    await writeFile(config, JSON.stringify(Object.fromEntries(rules)));
    return project.pulumi("preview", "--policy-pack", PACK, "--policy-pack-config", config);
  };

  it("passes a release that keeps to the rules", async () => {
    const { exitCode, text } = await preview("backup-before-contract");
    assert.equal(exitCode, 0, text);
    assert.match(text, /✅ lockstep@/);
  });

  it("refuses contract without a backup, by policy and resource", async () => {
    await project.configure({ "lockstep:backup": { before: [] } });
    const { exitCode, text } = await preview("backup-before-contract");
    assert.notEqual(exitCode, 0, text);
    assert.match(
      text,
      /\[mandatory\] +backup-before-contract +\(lockstep:index:Step: contract-step\)/,
    );
    assert.match(text, /Add contract to lockstep:backup\.before/);
  });

  it("refuses a database URL without TLS, and shows nothing of it", async () => {
    const url = "postgres://app:hunter2@127.0.0.1:1/shop";
    await project.setSecret("lockstep:database.url", url);
    const { exitCode, text } = await preview("database-tls");
    assert.notEqual(exitCode, 0, text);
    assert.match(text, /\[mandatory\] +database-tls +\(lockstep:index:Admission: admission/);
    assert.doesNotMatch(text, /hunter2/);
  });
});
