// What the plugin's own command takes for a step.
import assert from "node:assert/strict";
import { parseSpec } from "../../../../cli/commands/step.ts";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";

describe("parseSpec", () => {
  const spec = { step: "expand", release: {}, migrations: {}, settings: {} };

  it("takes a step's spec", () => {
    assert.deepEqual(parseSpec(JSON.stringify(spec)), spec);
  });

  for (const text of [
    undefined,
    "",
    "{",
    "null",
    "[]",
    JSON.stringify({ ...spec, step: "dance" }),
    JSON.stringify({ ...spec, release: undefined }),
    JSON.stringify({ ...spec, settings: null }),
  ]) {
    it(`refuses ${String(text)} and names the command for people`, () => {
      assert.throws(
        () => parseSpec(text),
        (error) =>
          isLockstepError(error) &&
          error.code === "USAGE" &&
          error.next?.includes("lockstep migrate") === true,
      );
    });
  }
});
