// The one document of `--json`.
import assert from "node:assert/strict";
import { errorDocument, outcomeDocument } from "../../../cli/jsonDocument.ts";
import { LockstepError } from "../../../engine/errors/lockstepError.ts";

describe("outcomeDocument", () => {
  it("says ok only for exit code 0, and takes numbers that JSON has no form for", () => {
    const done = outcomeDocument("status", { json: { number: 5n }, lines: [] });
    assert.deepEqual(JSON.parse(done), { ok: true, command: "status", number: "5" });
    const refused = outcomeDocument("plan", { json: {}, lines: [], exitCode: 3 });
    assert.deepEqual(JSON.parse(refused), { ok: false, command: "plan" });
  });
});

describe("errorDocument", () => {
  it("holds code, texts and exit code, and no secret", () => {
    const error = new LockstepError("CONNECTION", "no", {
      seen: "postgres://app:s3cr3t@db/app",
      next: "again",
    });
    const text = errorDocument("migrate", error, 1);
    assert.deepEqual(JSON.parse(text), {
      ok: false,
      command: "migrate",
      exitCode: 1,
      error: {
        code: "CONNECTION",
        message: "no",
        seen: "postgres://app:***@db/app",
        next: "again",
      },
    });
  });

  it("gives an unforeseen error its message and no stack", () => {
    const { error } = JSON.parse(errorDocument(null, new Error("broken"), 1)) as { error: unknown };
    assert.deepEqual(error, { code: "UNEXPECTED", message: "broken" });
  });
});
