// How a program's end is told to the engine.
import assert from "node:assert/strict";
import { outcomeOf } from "../../../../toolchain/languageHost/runProgram.mjs";

describe("toolchain/languageHost/runProgram", () => {
  it("is quiet about success and about a failure that the user has read already", () => {
    assert.deepEqual(outcomeOf(0, null), { error: "", bail: false });
    assert.deepEqual(outcomeOf(32, null), { error: "", bail: true });
  });

  it("reports any other end", () => {
    assert.deepEqual(outcomeOf(3, null), {
      error: "Program exited with non-zero exit code: 3",
      bail: false,
    });
    assert.deepEqual(outcomeOf(null, "SIGKILL"), {
      error: "Program was ended by SIGKILL",
      bail: false,
    });
  });
});
