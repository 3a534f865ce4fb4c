// The API's quantities as numbers.
import assert from "node:assert/strict";
import { parseQuantity } from "../../../../engine/kubernetes/quantity.ts";

describe("parseQuantity", () => {
  const cases: readonly (readonly [string, number | null])[] = [
    ["0", 0],
    ["2", 2],
    ["0.5", 0.5],
    [".5", 0.5],
    ["1e3", 1000],
    ["12E", 12e18],
    ["250m", 0.25],
    ["15380281n", 0.015380281],
    ["7u", 0.000007],
    ["3k", 3000],
    ["41236Ki", 42_225_664],
    ["96Mi", 100_663_296],
    ["1.5Gi", 1_610_612_736],
    ["", null],
    ["Ki", null],
    ["12 Ki", null],
    ["12KB", null],
  ];
  for (const [text, value] of cases) {
    it(`reads "${text}" as ${String(value)}`, () => {
      assert.equal(parseQuantity(text), value);
    });
  }
});
