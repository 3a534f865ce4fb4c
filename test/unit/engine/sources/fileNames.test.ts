// Which file names are a migration's.
import assert from "node:assert/strict";
import { isSqlFile, isTimestamp, parseFileName } from "../../../../engine/sources/fileNames.ts";

describe("parseFileName", () => {
  const accepted: readonly (readonly [string, string, bigint, string, string])[] = [
    ["01_create_customers_up.sql", "01", 1n, "create_customers", "up"],
    ["01_create_customers_down.sql", "01", 1n, "create_customers", "down"],
    ["01_create_customers.up.sql", "01", 1n, "create_customers", "up"],
    ["7_x.verify.sql", "7", 7n, "x", "verify"],
    ["20260131120000_add-Phone_up.sql", "20260131120000", 20260131120000n, "add-Phone", "up"],
    ["03_scale_up_down.sql", "03", 3n, "scale_up", "down"],
    ["03_turn_down_up.sql", "03", 3n, "turn_down", "up"],
  ];
  for (const [fileName, number, order, name, role] of accepted) {
    it(`reads ${fileName}`, () => {
      assert.deepEqual(parseFileName(fileName), { number, order, name, role });
    });
  }

  const refused = [
    "create_customers_up.sql",
    "01_up.sql",
    "01-create_up.sql",
    "01_create.sql",
    "01_create_UP.sql",
    "01_create_up.SQL",
    "01_create it_up.sql",
    "1234567890123456789_too_long_up.sql",
    "V1__create.sql",
  ];
  for (const fileName of refused) {
    it(`refuses ${fileName}`, () => {
      assert.equal(parseFileName(fileName), undefined);
    });
  }
});

describe("isSqlFile", () => {
  for (const [fileName, expected] of [
    ["01_x_up.sql", true],
    ["notes.SQL", true],
    ["README.md", false],
    [".keep", false],
    [".01_x_up.sql", false],
    ["01_x_up.sql~", false],
  ] as const) {
    it(`${fileName}: ${expected}`, () => {
      assert.equal(isSqlFile(fileName), expected);
    });
  }
});

describe("isTimestamp", () => {
  it("takes numbers of eight digits and more for timestamps", () => {
    assert.equal(isTimestamp("0000001"), false);
    assert.equal(isTimestamp("20260131"), true);
  });
});
