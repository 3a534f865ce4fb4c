// `npm run up` asks no question on dev, and leaves every other stack's question to Pulumi.
import assert from "node:assert/strict";
import { planUp } from "../../../toolchain/upArguments.mjs";

describe("toolchain/upArguments", () => {
  it("goes ahead on dev", () => {
    assert.deepEqual(planUp([]), { stack: "dev", args: ["up", "--stack", "dev", "--yes"] });
    assert.deepEqual(planUp(["--skip-preview"]).args, [
      "up",
      "--stack",
      "dev",
      "--yes",
      "--skip-preview",
    ]);
    assert.deepEqual(planUp(["-y"]).args, ["up", "--stack", "dev", "-y"]);
  });

  it("takes the stack in each of Pulumi's spellings and lets Pulumi ask", () => {
    const expected = { stack: "staging", args: ["up", "--stack", "staging", "--diff"] };
    assert.deepEqual(planUp(["--stack", "staging", "--diff"]), expected);
    assert.deepEqual(planUp(["--diff", "-s", "staging"]), expected);
    assert.deepEqual(planUp(["--stack=staging", "--diff"]), expected);
    assert.deepEqual(planUp(["--stack", "prod", "--yes"]).args, ["up", "--stack", "prod", "--yes"]);
  });
});
