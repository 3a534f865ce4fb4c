// A step as a child process: its result, its error, its silence, its end. The commands are scripts of the test.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepEvent } from "../../../../engine/events.ts";
import { runOnHost } from "../../../../engine/executors/host.ts";
import type { StepSpec } from "../../../../engine/executors/runStep.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";

const RESULT = { verdict: "pass", summary: "done", applied: ["01_a"], waiting: [] };
const SPEC: StepSpec = {
  step: "expand",
  release: { digest: "d".repeat(64), label: "1.0", project: "shop", stack: "dev" },
  migrations: { dir: "migrations" },
  settings: {
    wait: { attempts: 1, intervalMs: 1 },
    leaseWaitMs: 1,
    lockBudgetMs: 1,
    backupMaxAgeMs: 1,
    allowedApplications: [],
  },
};
/** The script's own words: `say` writes a line of the protocol. */
const SAY = `const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
const event = (message) => say({ type: "event", event: { at: "now", step: "expand", level: "info", message } });
const result = () => say({ type: "result", result: ${JSON.stringify(RESULT)} });
`;

describe("runOnHost", () => {
  const dir = useTempDir("host");

  /** Runs `script` as the step's command; `onMessage` hears its events. */
  async function run(script: string, options: Listening = {}) {
    const path = join(dir.path, "step.cjs");
    await writeFile(path, SAY + script);
    const sink = ({ message }: StepEvent) => options.onMessage?.(message);
    return runOnHost(SPEC, {
      command: [process.execPath, path],
      url: "postgres://app:hunter2@127.0.0.1/shop",
      sink,
      signal: options.signal ?? new AbortController().signal,
    });
  }

  it("hands over spec and database by the environment, never as arguments", async () => {
    const heard: string[] = [];
    await run(
      `event(process.argv.slice(2).join()); event(process.env.LOCKSTEP_STEP); event(process.env.DATABASE_URL); result();`,
      { onMessage: (message) => heard.push(message) },
    );
    const url = "postgres://app:hunter2@127.0.0.1/shop";
    assert.deepEqual(heard, ["step", JSON.stringify(SPEC), url]);
  });

  it("returns the result, and lets be what is no line of a step", async () => {
    const heard: string[] = [];
    const found = await run(
      `console.log("npm notice"); event("one"); console.log('{"type":'); console.log("{}"); result(); console.log("bye");`,
      { onMessage: (message) => heard.push(message) },
    );
    assert.deepEqual(found, RESULT);
    assert.deepEqual(heard, ["one"]);
  });

  it("takes a last line without its end", async () => {
    const script = `process.stdout.write(JSON.stringify({ type: "result", result: ${JSON.stringify(RESULT)} }));`;
    assert.deepEqual(await run(script), RESULT);
  });

  it("throws what the step said, as it said it", async () => {
    const line = { code: "LOCK_TIMEOUT", message: "The table is held", next: "wait" };
    const failure = await failureOf(
      run(`say({ type: "error", error: ${JSON.stringify(line)} }); process.exitCode = 1;`),
    );
    assert.deepEqual(
      [failure.code, failure.message, failure.next],
      ["LOCK_TIMEOUT", "The table is held", "wait"],
    );
  });

  it("calls a killed step failed, and names the signal", async () => {
    const failure = await failureOf(run(`process.kill(process.pid, "SIGKILL");`));
    assert.equal(failure.code, "STEP_FAILED");
    assert.match(failure.seen ?? "", /SIGKILL/);
    assert.match(failure.likely ?? "", /killed/);
  });

  it("calls a silent end failed, with its exit code and its last words", async () => {
    const failure = await failureOf(run(`console.error("no such module"); process.exitCode = 7;`));
    assert.equal(failure.code, "STEP_FAILED");
    assert.equal(failure.seen, "exit code 7\nno such module");
  });

  for (const [what, end] of [
    ["exits with an error", "process.exitCode = 1;"],
    ["is killed", `process.kill(process.pid, "SIGKILL");`],
  ] as const) {
    it(`does not believe a result whose step ${what} after it`, async () => {
      const failure = await failureOf(
        run(`process.stdout.write("", () => { result(); setImmediate(() => { ${end} }); });`),
      );
      assert.equal(failure.code, "STEP_FAILED");
    });
  }

  it("says what is wrong when the command cannot start", async () => {
    const failure = await failureOf(
      runOnHost(SPEC, {
        command: [join(dir.path, "missing")],
        url: "postgres://x",
        sink: () => undefined,
        signal: new AbortController().signal,
      }),
    );
    assert.equal(failure.code, "STEP_FAILED");
    assert.match(failure.seen ?? "", /ENOENT/);
  });

  it("asks the step to end on abort, and throws what it says then", async () => {
    const abort = new AbortController();
    const line = { code: "INTERRUPTED", message: "Rolled back" };
    const script = `process.on("SIGTERM", () => { event("ending"); say({ type: "error", error: ${JSON.stringify(line)} }); process.exit(130); });
      setInterval(() => {}, 1000); event("ready");`;
    const heard: string[] = [];
    const onMessage = (message: string) => {
      heard.push(message);
      if (message === "ready") abort.abort();
    };
    const failure = await failureOf(run(script, { onMessage, signal: abort.signal }));
    assert.deepEqual([failure.code, failure.message], ["INTERRUPTED", "Rolled back"]);
    assert.deepEqual(heard, ["ready", "ending"]);
  });

  it("does not let a step outlive an abort in silence", async () => {
    const abort = new AbortController();
    const onMessage = () => {
      abort.abort();
    };
    const script = `setInterval(() => {}, 1000); event("ready");`;
    const failure = await failureOf(run(script, { onMessage, signal: abort.signal }));
    assert.equal(failure.code, "INTERRUPTED");
  });
});

interface Listening {
  readonly onMessage?: (message: string) => void;
  readonly signal?: AbortSignal;
}
