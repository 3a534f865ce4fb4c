// What a server's error tells of itself, and that no row's values get out.
import assert from "node:assert/strict";
import { DatabaseError } from "pg";
import {
  detailWithoutValues,
  errorFacts,
  messageWithoutValues,
} from "../../../../../../engine/drivers/postgres/diagnosis/facts.ts";

function serverError(fields: Partial<DatabaseError>): DatabaseError {
  return Object.assign(new DatabaseError(fields.message ?? "", 0, "error"), fields);
}

describe("errorFacts", () => {
  it("quotes names only where SQL wants it", () => {
    const fields = { schema: "public", table: "Order Lines", column: "name", constraint: 'a"b' };
    assert.deepEqual(errorFacts(serverError(fields)), {
      table: 'public."Order Lines"',
      column: '"name"',
      constraint: '"a""b"',
    });
  });

  it("reads a key's columns and expressions in whatever language", () => {
    const english = serverError({ detail: "Key (lower(name), id)=(a (b), 1) is duplicated." });
    const german = serverError({ detail: "Schlüssel »(lower(name), id)=(a, 1)« ist doppelt." });
    assert.equal(errorFacts(english).columns, "lower(name), id");
    assert.equal(errorFacts(german).columns, "lower(name), id");
  });
});

describe("values of rows", () => {
  const details: readonly (readonly [code: string, detail: string, told: string])[] = [
    [
      "23505",
      "Key (lower(name))=(hunter (2)) is duplicated.",
      "Key (lower(name))=(…) is duplicated.",
    ],
    [
      "23503",
      'Key (parent)=(99) is not present in table "parent".',
      'Key (parent)=(…) is not present in table "parent".',
    ],
    ["23502", "Failing row contains (1, (x), null).", "Failing row contains (…)."],
    [
      "23514",
      "Partition key of the failing row contains (at) = (4711-01-01).",
      "Partition key of the failing row contains (at) = (…).",
    ],
    ["2BP01", "view names depends on f(int)", "view names depends on f(int)"],
  ];
  for (const [code, detail, told] of details) {
    it(`of ${code} are left out of the detail: ${told}`, () => {
      assert.equal(detailWithoutValues(serverError({ code, detail })), told);
    });
  }

  it("are left out of a message, unless they stand in the file itself", () => {
    const message = 'invalid input syntax for type integer: "hunter\n2"';
    const row = serverError({ code: "22P02", message });
    assert.equal(messageWithoutValues(row), 'invalid input syntax for type integer: "…"');
    const literal = serverError({ code: "22P02", message, position: "8" });
    assert.equal(messageWithoutValues(literal), message);
  });
});
