// Tests of the suggestion for a mistyped name.
import assert from "node:assert/strict";
import { nearestName } from "../../../config/nearest.ts";

const known = ["release", "target", "gate", "allowRetry", "migrations"];

describe("nearestName", () => {
  const slips: readonly (readonly [string, string])[] = [
    ["relase", "release"],
    ["gaet", "gate"],
    ["gates", "gate"],
    ["allowretry", "allowRetry"],
    ["migration", "migrations"],
  ];
  for (const [typed, meant] of slips) {
    it(`takes ${typed} for ${meant}`, () => {
      assert.equal(nearestName(typed, known), meant);
    });
  }

  it("suggests nothing where nothing is near", () => {
    assert.equal(nearestName("replicas", known), undefined);
    assert.equal(nearestName("gate", []), undefined);
  });
});
