// Numbers as people write them: of the same value, or another tool's version.
import assert from "node:assert/strict";
import { findByNumber, isAfter } from "../../../../engine/sources/findNumber.ts";

describe("findByNumber", () => {
  const files = ["03", "1.2", "20", "ae1027a6acf"].map((number) => ({ number }));

  for (const [text, found] of [
    ["03", "03"],
    ["3", "03"],
    ["0020", "20"],
    ["1.2", "1.2"],
    ["ae1027a6acf", "ae1027a6acf"],
    ["1", undefined],
    ["1.20", undefined],
    ["", undefined],
  ] as const) {
    it(`finds ${String(found)} for "${text}"`, () => {
      assert.equal(findByNumber(files, text)?.number, found);
    });
  }
});

describe("isAfter", () => {
  for (const [a, b, expected] of [
    ["04", "3", true],
    ["10", "9", true],
    ["03", "3", false],
    ["1.10", "1.9", true],
    ["1.2", "1.2.0", false],
    ["1.2", "1.2.1", false],
    ["2", "1.9.9", true],
    ["ae10", "ae10", false],
    ["ae10", "be20", true],
  ] as const) {
    it(`${a} ${expected ? "comes" : "does not come"} after ${b}`, () => {
      assert.equal(isAfter(a, b), expected);
    });
  }
});
