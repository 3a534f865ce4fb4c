// Secrets and unknowns on Pulumi's wire: what came wrapped goes wrapped.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { holdsSecret, isKnown, keepSecrets, unwrap, wrapSecret } from "../../../provider/unwrap.ts";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("unwrap", () => {
  it("takes wrappers off at any depth", () => {
    const wire = {
      url: wrapSecret("postgres://x"),
      env: { A: "a", B: wrapSecret("b") },
      list: [wrapSecret({ deep: wrapSecret(["c"]) }), 1, null],
    };
    assert.deepEqual(unwrap(wire), {
      url: "postgres://x",
      env: { A: "a", B: "b" },
      list: [{ deep: ["c"] }, 1, null],
    });
  });

  for (const value of [undefined, null, 0, "", false, [], {}, "plain"]) {
    it(`leaves ${inspect(value)} as it is`, () => {
      assert.deepEqual(unwrap(value), value);
    });
  }

  it("takes no other signature for a secret", () => {
    const asset = { "4dabf18193072939515e22adb298388d": "an asset", value: "x" };
    assert.deepEqual(unwrap(asset), asset);
    assert.equal(holdsSecret(asset), false);
  });
});

describe("holdsSecret", () => {
  for (const [value, expected] of [
    [wrapSecret("x"), true],
    [{ env: { A: wrapSecret("x") } }, true],
    [[{ a: [wrapSecret("x")] }], true],
    [{ a: [1, "x", null] }, false],
    ["x", false],
    [null, false],
    [undefined, false],
  ] as const) {
    it(`says ${String(expected)} of ${inspect(value)}`, () => {
      assert.equal(holdsSecret(value), expected);
    });
  }
});

describe("isKnown", () => {
  it("tells what a preview cannot know, wrapped or not", () => {
    assert.deepEqual(
      [UNKNOWN, wrapSecret(UNKNOWN), "postgres://x", wrapSecret("x"), undefined].map(isKnown),
      [false, false, true, true, true],
    );
  });
});

describe("keepSecrets", () => {
  it("wraps what came wrapped, whole, and what is secret by kind", () => {
    const inputs = { url: wrapSecret("u"), env: { A: wrapSecret("a"), B: "b" }, port: 1 };
    const outputs = { url: "u", env: { A: "a", B: "b" }, port: 1, password: "p", state: "up" };
    assert.deepEqual(keepSecrets(outputs, inputs, ["password"]), {
      url: wrapSecret("u"),
      env: wrapSecret({ A: "a", B: "b" }),
      port: 1,
      password: wrapSecret("p"),
      state: "up",
    });
  });

  it("wraps nothing twice", () => {
    const wrapped = { url: wrapSecret("u") };
    assert.deepEqual(keepSecrets(wrapped, wrapped, ["url"]), wrapped);
  });
});
