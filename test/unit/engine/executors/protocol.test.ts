// A step's lines: what goes in comes out, and no secret goes in.
import assert from "node:assert/strict";
import { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import {
  decodeLine,
  encodeLine,
  errorLine,
  errorOf,
  terminationMessage,
  type StepLine,
} from "../../../../engine/executors/protocol.ts";

const URL = "postgres://app:hunter2@db.example/shop";

describe("a step's lines", () => {
  const result = { verdict: "pass", summary: "1\n2", applied: ["01_a"], waiting: [] } as const;
  const lines: readonly StepLine[] = [
    { type: "result", result },
    { type: "event", event: { at: "now", step: "expand", level: "info", message: "ünï\n" } },
    { type: "error", error: { code: "STEP_FAILED", message: "no" } },
  ];
  for (const line of lines) {
    it(`carries ${line.type}s on one line each`, () => {
      const text = encodeLine(line);
      assert.equal(text.indexOf("\n"), text.length - 1);
      assert.deepEqual(decodeLine(text.trimEnd()), line);
    });
  }

  for (const text of [
    "",
    "garbage",
    '{"type":',
    '{"type":"result"',
    '{"level":30}',
    "[]",
    "null",
  ]) {
    it(`takes ${JSON.stringify(text)} for none`, () => {
      assert.equal(decodeLine(text), undefined);
    });
  }
});

describe("errorLine", () => {
  /** The error after its way between two processes. */
  function travelled(error: unknown): LockstepError {
    const line = decodeLine(encodeLine(errorLine(error)).trimEnd());
    assert.ok(line?.type === "error");
    return errorOf(line.error);
  }

  it("carries all that an error tells but its cause", () => {
    const details = { where: "a.sql:1", seen: "x", likely: "y", next: "z", sqlstate: "42P01" };
    const error = travelled(
      new LockstepError("STATEMENT_FAILED", "It failed", { ...details, cause: new Error("deep") }),
    );
    const { code, message, where, seen, likely, next, sqlstate, cause } = error;
    assert.deepEqual({ where, seen, likely, next, sqlstate }, details);
    assert.deepEqual([code, message, cause], ["STATEMENT_FAILED", "It failed", undefined]);
  });

  it("leaves out what an error does not tell", () => {
    assert.deepEqual(errorLine(new LockstepError("USAGE", "No")), {
      type: "error",
      error: { code: "USAGE", message: "No" },
    });
  });

  for (const [what, error] of [
    ["a message", new LockstepError("CONNECTION", `No ${URL}`)],
    ["a detail", new LockstepError("CONNECTION", "No", { seen: URL, next: "password=hunter2" })],
    ["a foreign error", new Error(`connect ${URL}`)],
    ["what is no error", `thrown ${URL}`],
  ] as const) {
    it(`masks the password in ${what}`, () => {
      const text = encodeLine(errorLine(error));
      assert.match(text, /\*\*\*/);
      assert.ok(!text.includes("hunter2"), text);
    });
  }

  it("makes a foreign error a failed step, without its stack", () => {
    assert.deepEqual(errorLine(new TypeError("oops")), {
      type: "error",
      error: { code: "STEP_FAILED", message: "oops" },
    });
  });
});

describe("terminationMessage", () => {
  const KUBERNETES_LIMIT = 4_096;

  it("is the line itself where it is short", () => {
    const line = errorLine(new LockstepError("LOCK_TIMEOUT", "held"));
    assert.deepEqual(decodeLine(terminationMessage(line)), line);
  });

  it("keeps a long result and a long error within what Kubernetes keeps, and readable", () => {
    const applied = Array.from({ length: 10_000 }, (_, n) => `${String(n)}_${"x".repeat(80)}`);
    const result = { verdict: "pass", summary: applied.join(), applied, waiting: [] } as const;
    const cutResult = terminationMessage({ type: "result", result });
    assert.ok(Buffer.byteLength(cutResult) <= KUBERNETES_LIMIT);
    assert.equal(decodeLine(cutResult)?.type, "result");
    const long = "y".repeat(5_000);
    const error = new LockstepError("STEP_FAILED", long, { where: long, seen: long, next: long });
    const cutError = terminationMessage(errorLine(error));
    assert.ok(Buffer.byteLength(cutError) <= KUBERNETES_LIMIT);
    assert.equal(decodeLine(cutError)?.type, "error");
  });
});
