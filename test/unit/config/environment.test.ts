// Tests of what a stack's name tells.
import assert from "node:assert/strict";
import { environmentOfName } from "../../../config/environment.ts";

describe("environmentOfName", () => {
  const names: readonly (readonly [string, string | undefined])[] = [
    ["dev", "dev"],
    ["staging", "staging"],
    ["prod", "prod"],
    ["production", "prod"],
    ["shop-staging.eu", "staging"],
    ["PROD_EU", "prod"],
    ["dev2", "dev"],
    ["dev-of-prod", "prod"],
    ["alice", undefined],
    ["product", undefined],
    ["constructor", undefined],
  ];
  for (const [name, environment] of names) {
    it(`reads ${name} as ${environment ?? "nothing"}`, () => {
      assert.equal(environmentOfName(name), environment);
    });
  }
});
