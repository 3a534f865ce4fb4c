// The plugin's own command: JSON lines, and an end whenever the plugin's is near.
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { decodeLine, type StepLine } from "../../../engine/executors/protocol.ts";
import type { StepSpec } from "../../../engine/executors/runStep.ts";
import { queryAll, useDatabase, withClient } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { COMMAND, commandEnv, writeMigrations } from "./lockstepCommand.ts";

const GATE = 4712;
const SLOW = `create table things (); select pg_advisory_xact_lock(${String(GATE)}); create table others ();`;

const spec: StepSpec = {
  step: "expand",
  release: { digest: "d".repeat(64), label: "1.0", project: "shop", stack: "dev" },
  migrations: { dir: "migrations" },
  settings: {
    wait: { attempts: 2, intervalMs: 10 },
    leaseWaitMs: 5_000,
    lockBudgetMs: 5_000,
    backupMaxAgeMs: 60_000,
    allowedApplications: [],
  },
};

type Step = ChildProcessByStdio<Writable, Readable, Readable>;

describe("lockstep step", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  let started: Step[] = [];

  afterEach(() => {
    for (const step of started) step.kill("SIGKILL");
    started = [];
  });

  function start(step: unknown = spec): Step {
    // What the user's shell names beside it is not the release's database.
    const direct = "postgres://nobody@127.0.0.1:1/another";
    const env = { LOCKSTEP_STEP: JSON.stringify(step), DIRECT_URL: direct };
    const child = spawn(process.execPath, [COMMAND, "step"], {
      cwd: dir.path,
      env: commandEnv({ cwd: dir.path, url: database.url, env }),
      stdio: ["pipe", "pipe", "pipe"],
    });
    started.push(child);
    return child;
  }

  async function end(step: Step): Promise<{ code: number | null; lines: readonly StepLine[] }> {
    let stdout = "";
    step.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    const [code] = (await once(step, "close")) as [number | null];
    const lines = stdout.split("\n").flatMap((line) => decodeLine(line) ?? []);
    return { code, lines };
  }

  const untilItWaits = () =>
    eventually("the step waits", async () => {
      const found = await queryAll(
        database.url,
        "select from pg_locks where locktype = 'advisory' and objid = $1 and not granted",
        [GATE],
      );
      return found.length === 1;
    });

  it("writes events and, last, its result; an open stdin does not hold it up", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
    const { code, lines } = await end(start());
    assert.equal(code, 0);
    assert.ok(lines.some((line) => line.type === "event" && line.event.step === "expand"));
    const last = lines.at(-1);
    assert.ok(last?.type === "result");
    assert.deepEqual(last.result.applied, ["01_create_things"]);
    const [row] = await queryAll(database.url, "select label, state from lockstep.release");
    assert.deepEqual(row, { label: "1.0", state: "active" });
  });

  it("ends with an error line and the exit code of its kind", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create tabel things ();" });
    const { code, lines } = await end(start());
    assert.equal(code, 2);
    const last = lines.at(-1);
    assert.ok(last?.type === "error");
    assert.equal(last.error.code, "SQL_SYNTAX");
  });

  it("called by hand, says which command is for people", async () => {
    const { code, lines } = await end(start(null));
    assert.equal(code, 2);
    assert.ok(lines[0]?.type === "error" && lines[0].error.next?.includes("lockstep migrate"));
  });

  const ends: readonly (readonly [string, (step: Step) => void])[] = [
    ["SIGINT", (step) => step.kill("SIGINT")],
    ["SIGTERM", (step) => step.kill("SIGTERM")],
    ["the end of stdin", (step) => step.stdin.end()],
    [
      "the death of whoever held its pipes",
      (step) => {
        step.stdout.destroy();
        step.stderr.destroy();
        step.stdin.destroy();
      },
    ],
  ];
  for (const [what, cause] of ends) {
    it(`${what}: rolls back, gives the lease back and ends with 130`, async () => {
      await writeMigrations(dir.path, { "01_create_things_up.sql": SLOW });
      await withClient(database.url, async (client) => {
        await client.query("select pg_advisory_lock($1)", [GATE]);
        const step = start();
        await untilItWaits();
        const ending = end(step);
        cause(step);
        const { code, lines } = await ending;
        assert.equal(code, 130);
        const last = lines.at(-1);
        // Whoever took the pipes away hears nothing more.
        if (what.startsWith("the death")) return;
        assert.ok(last?.type === "error" && last.error.code === "INTERRUPTED");
      });
      const [row] = await queryAll(
        database.url,
        "select to_regclass('things') as things, held, (select state from lockstep.release) from lockstep.lease",
      );
      assert.deepEqual(row, { things: null, held: false, state: "failed" });
    });
  }
});
