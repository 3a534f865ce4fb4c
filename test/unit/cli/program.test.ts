// Every command's help, and defaults that are written in two places.
import assert from "node:assert/strict";
import type { Command } from "commander";
import { commandPath } from "../../../cli/declarations/declare.ts";
import { buildProgram } from "../../../cli/program.ts";
import { DEFAULT_WAIT } from "../../../engine/drivers/postgres/connect.ts";
import { DEFAULT_LEASE_WAIT_MS } from "../../../engine/lease/lease.ts";

const noop = () => Promise.resolve();
const program = buildProgram({ call: noop, step: noop, relay: noop });

function leaves(command: Command): Command[] {
  if (command.commands.length > 0) return command.commands.flatMap(leaves);
  return ["step", "relay"].includes(command.name()) ? [] : [command];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe("buildProgram", () => {
  it("has the commands that people are told of", () => {
    assert.deepEqual(leaves(program).map(commandPath), [
      ...["new", "lint", "rewrite", "rehearse", "approve", "sync", "plan", "status"],
      ...["drift", "history", "report", "watch"],
      ...["migrate", "down", "rollback", "mark", "baseline", "adopt", "repair"],
      ...["resume", "resolve", "unlock", "abandon"],
      ...["undo", "soak end"],
      ...["backup", "backups", "restore"],
      ...["health check", "health start", "health status", "notices test"],
      ...["maintenance on", "maintenance off", "maintenance status"],
    ]);
  });

  it("hides the plugin's own commands", () => {
    assert.doesNotMatch(helpOf(program), /^ +(step|relay)/m);
  });

  for (const command of leaves(program)) {
    it(`${commandPath(command)} --help has one sentence, an example and the exit codes`, () => {
      const text = helpOf(command);
      assert.match(command.description(), /^[A-Z][^]*\.$/);
      assert.ok(text.includes(`Example:\n  lockstep ${commandPath(command)}`), text);
      assert.match(text, /Exit codes:\n {2}0 /);
      assert.match(text, / {2}130 {2}interrupted/);
      assert.ok(text.includes("--json"));
    });
  }

  it("hands on what backfills keep to", async () => {
    const given = ["--backfill-target", "50ms", "--max-replica-lag", "2s", "--max-active", "9"];
    const { backfillTarget, maxReplicaLag, maxActive } = await optionsOf("migrate", ...given);
    assert.deepEqual([backfillTarget, maxReplicaLag, maxActive], [50, 2_000, 9]);
  });

  it("waits as long as the engine does by default, unless the stack is asked first", async () => {
    const migrate = await optionsOf("migrate");
    assert.equal(migrate.waitAttempts, DEFAULT_WAIT.attempts);
    assert.equal(migrate.waitInterval, DEFAULT_WAIT.intervalMs);
    assert.deepEqual([migrate.leaseWait, migrate.lockBudget], [undefined, undefined]);
    assert.deepEqual([migrate.stage, migrate.migrations, migrate.stack], ["all", undefined, "dev"]);
    assert.equal((await optionsOf("abandon")).leaseWait, DEFAULT_LEASE_WAIT_MS);
  });
});

/** What commander makes of a command's words. */
async function optionsOf(name: string, ...words: string[]): Promise<Record<string, unknown>> {
  let options: Record<string, unknown> = {};
  const own = buildProgram({ call: noop, step: noop, relay: noop });
  const command = own.commands.find((candidate) => candidate.name() === name);
  command?.action(() => {
    options = command.opts();
  });
  await own.parseAsync([name, ...words], { from: "user" });
  return options;
}
