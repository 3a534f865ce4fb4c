// Versions as tools print them are read and compared number by number.
import assert from "node:assert/strict";
import { isAtLeast, parseVersion } from "../../../toolchain/versions.mjs";

describe("toolchain/versions", () => {
  it("finds the version in what tools print", () => {
    assert.deepEqual(parseVersion("v3.255.0"), [3, 255, 0]);
    assert.deepEqual(parseVersion("go version go1.26.8 linux/amd64"), [1, 26, 8]);
    assert.deepEqual(parseVersion("go version go1.27 linux/arm64"), [1, 27, 0]);
    assert.deepEqual(parseVersion("v3.256.0-alpha.1+abc"), [3, 256, 0]);
    assert.equal(parseVersion("command not found"), undefined);
  });

  it("compares numbers, not text", () => {
    assert.equal(isAtLeast("v3.255.0", "3.245.0"), true);
    assert.equal(isAtLeast("3.245.0", "3.245.0"), true);
    assert.equal(isAtLeast("v3.99.0", "3.245.0"), false);
    assert.equal(isAtLeast("v4.0.0", "3.245.0"), true);
    assert.equal(isAtLeast("v3.244.9", "3.245.0"), false);
    assert.equal(isAtLeast("", "3.245.0"), false);
  });
});
