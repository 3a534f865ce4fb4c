// Each command of the runbooks, run in a real project in the state that the page is about.
import assert from "node:assert/strict";
import { makeProject, type PulumiProject } from "../support/pulumiProject.ts";
import { readPage } from "../unit/docs/markdown.ts";

/** The commands of a page's blocks, in their order: lines that are set off and begin with a program of ours. */
function commandsOf(page: string, section = ""): readonly string[] {
  const { text } = readPage(`docs/runbook-${page}.md`);
  const part =
    section === "" ? text : (text.split(/^## /m).find((one) => one.startsWith(section)) ?? "");
  const commands = [...part.matchAll(/^ {4,}((?:pulumi|npx lockstep) .*)$/gm)];
  return commands.map(([, command = ""]) => command);
}

describe("the runbooks", function () {
  this.timeout(240_000);
  let project: PulumiProject;
  before(async () => {
    project = await makeProject();
    const { exitCode, text } = await project.up();
    assert.equal(exitCode, 0, text);
    await project.configure({ "lockstep:release": "1.1" });
  });
  after(() => project.destroy());

  const label = async () =>
    ((await (await fetch(`${project.appUrl}/health`)).json()) as { label: string }).label;

  /** Runs each; `seen` gets what each printed. */
  async function runAll(
    commands: readonly string[],
    seen: (command: string, text: string) => unknown = () => undefined,
  ) {
    assert.ok(commands.length >= 2, commands.join());
    for (const command of commands) {
      const plain = command.replace(/^npx /, "").replaceAll("'", "");
      const [program = "", ...rest] = plain.split(" ");
      const run = program === "pulumi" ? project.pulumi : project.lockstep;
      const { exitCode, text } = await run(...rest);
      assert.equal(exitCode, 0, `${command}\n${text}`);
      await seen(command, text);
    }
  }

  it("has a checklist for before a release", () => runAll(commandsOf("checklists", "Before")));

  it("recovers from an update that was killed in the middle of expand", async () => {
    const killed = project.start("up", "--yes");
    await killed.shows(/03_add_contact_phone applied/);
    process.kill(killed.pid, "SIGKILL");
    await killed.ended;
    await runAll(commandsOf("checklists", "During"));
    await runAll(commandsOf("recovery"));
    assert.equal(await label(), "1.1");
  });

  it("has a checklist for after a release", () => runAll(commandsOf("checklists", "After")));

  it("takes a release back by hand", async () => {
    await runAll(commandsOf("rollback"));
    assert.equal(await label(), "1.0");
  });

  it("stops the app in an emergency, and starts it again", async () => {
    let isStopped = false;
    await runAll(commandsOf("emergency"), async (command) => {
      if (!command.startsWith("pulumi destroy")) return;
      await assert.rejects(fetch(`${project.appUrl}/health`));
      isStopped = true;
    });
    assert.ok(isStopped);
    assert.equal(await label(), "1.0");
  });
});
