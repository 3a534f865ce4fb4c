// Every command's help, and defaults that are written in two places.
import assert from "node:assert/strict";
import type { Command } from "commander";
import { commandPath } from "../../../cli/declarations/declare.ts";
import { backfillLimits } from "../../../cli/declarations/sharedOptions.ts";
import { buildProgram } from "../../../cli/program.ts";
import { DEFAULT_WAIT } from "../../../engine/drivers/postgres/connect.ts";
import { DEFAULT_LEASE_WAIT_MS } from "../../../engine/lease/lease.ts";
import { DEFAULT_LOCK_BUDGET_MS } from "../../../engine/run/retryLocks.ts";

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
      ...["new", "lint", "rehearse", "approve", "plan", "status", "drift", "history", "watch"],
      ...["migrate", "down", "rollback", "mark", "baseline", "adopt", "repair"],
      ...["resume", "resolve", "unlock", "abandon"],
      ...["health check", "health start", "health status"],
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
    let options: Record<string, unknown> = {};
    const own = buildProgram({ call: noop, step: noop, relay: noop });
    const migrate = own.commands.find((command) => command.name() === "migrate");
    migrate?.action(() => {
      options = migrate.opts();
    });
    const given = ["--backfill-target", "50ms", "--max-replica-lag", "2s", "--max-active", "9"];
    await own.parseAsync(["migrate", ...given], { from: "user" });
    const limits = { targetMs: 50, maxReplicaLagMs: 2_000, maxActive: 9 };
    assert.deepEqual(backfillLimits(options), limits);
  });

  it("waits as long as the engine does by default", async () => {
    let options: Record<string, unknown> = {};
    const own = buildProgram({ call: noop, step: noop, relay: noop });
    const migrate = own.commands.find((command) => command.name() === "migrate");
    migrate?.action(() => {
      options = migrate.opts();
    });
    await own.parseAsync(["migrate"], { from: "user" });
    assert.equal(options.leaseWait, DEFAULT_LEASE_WAIT_MS);
    assert.equal(options.lockBudget, DEFAULT_LOCK_BUDGET_MS);
    assert.equal(options.waitAttempts, DEFAULT_WAIT.attempts);
    assert.equal(options.waitInterval, DEFAULT_WAIT.intervalMs);
    assert.deepEqual(backfillLimits(options), {});
    assert.deepEqual([options.stage, options.migrations, options.stack], ["all", undefined, "dev"]);
  });
});
