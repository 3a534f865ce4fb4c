import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { surroundingsOf } from "../../../policies/surroundings.ts";

const given = (stack: string, config: Readonly<Record<string, string>> = {}) =>
  surroundingsOf({ stack, get: (key) => config[key] });

describe("policy surroundings", () => {
  it("take the environment from the config, else from the stack's name", () => {
    assert.equal(given("prod", { environment: "staging" }).environment, "staging");
    assert.equal(given("shop-staging").environment, "staging");
  });

  it("judge a stack that tells nothing, or nonsense, as prod", () => {
    assert.equal(given("blue").environment, "prod");
    assert.equal(given("blue", { environment: "nonsense" }).environment, "prod");
  });
});
