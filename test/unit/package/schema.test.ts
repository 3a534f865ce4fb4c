// Tests that the package's schema, its arguments and the config have the same keys.
import assert from "node:assert/strict";
import { knownNames } from "../../../config/schema.ts";
import { packageSchema, RELEASE_TOKEN } from "../../../package/schema.ts";

interface Block {
  readonly $ref?: string;
}

/** The names in `block` of the schema; none where it says no more than that anything may be in it. */
function namesIn(block: Block): readonly string[] {
  const name = /^#\/types\/(.*)$/.exec(block.$ref ?? "")?.[1];
  const found = name === undefined ? undefined : packageSchema.types[name];
  return Object.keys(found?.properties ?? {});
}

describe("the package's schema", () => {
  const { inputProperties } = packageSchema.resources[RELEASE_TOKEN];

  it("has an input for each key of the config, and no other", () => {
    assert.deepEqual(Object.keys(inputProperties).toSorted(), [...knownNames([])].toSorted());
  });

  for (const [name, block] of Object.entries(inputProperties)) {
    const names = namesIn(block);
    if (names.length === 0) continue;
    it(`has the keys of ${name}`, () => {
      assert.deepEqual(names.toSorted(), [...knownNames([name])].toSorted());
    });
  }
});
