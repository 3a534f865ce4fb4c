// The diagnosis as a whole: each entry can be told, is found by its code, and stands in docs/errors.md.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { DatabaseError } from "pg";
import { fill } from "../../../../../../engine/drivers/postgres/diagnosis/entry.ts";
import {
  diagnose,
  findEntry,
  STATEMENT_ENTRIES,
} from "../../../../../../engine/drivers/postgres/diagnosis/table.ts";
import { ALL_ENTRIES, diagnosisRows } from "./page.ts";

const squeezed = (line: string) => line.replace(/ +/g, " ").trim();

describe("the table of the diagnosis", () => {
  it("has an id of its own for each entry", () => {
    const ids = ALL_ENTRIES.map(({ id }) => id);
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
    assert.deepEqual(
      ids.filter((id) => !/^[a-z]+(-[a-z]+)*$/.test(id)),
      [],
    );
  });

  it("has a text for each entry of which nothing is known", () => {
    for (const { id, codes, when, likely, next } of STATEMENT_ENTRIES) {
      assert.match(codes.join(" "), /^[0-9A-Z]{5}( [0-9A-Z]{5})*$/, id);
      // What is told apart by a fact has that fact.
      if (when?.known !== undefined) continue;
      for (const texts of [likely, next]) assert.doesNotMatch(fill(texts, {}), /[{}]/, id);
    }
  });

  it("leaves no entry unreachable behind one of the same code that takes all", () => {
    for (const [index, entry] of STATEMENT_ENTRIES.entries()) {
      const hidden = entry.codes.filter((code) =>
        STATEMENT_ENTRIES.slice(0, index).some(
          (before) => before.when === undefined && before.codes.includes(code),
        ),
      );
      assert.deepEqual(hidden, [], entry.id);
    }
  });

  it("stands in docs/errors.md, entry by entry", async () => {
    const page = await readFile("docs/errors.md", "utf8");
    const lines = new Set(page.split("\n").map(squeezed));
    const missing = diagnosisRows(ALL_ENTRIES).filter((row) => !lines.has(squeezed(row)));
    assert.deepEqual(missing, [], "put these lines into docs/errors.md");
    const told = [...lines].filter((line) =>
      /^\| (?!SQLSTATE)(?:[0-9A-Z_]{5,}|-)(?:, [0-9A-Z_]+)* \|/.test(line),
    );
    assert.equal(told.length, ALL_ENTRIES.length, "a line of docs/errors.md has no entry");
  });

  it("tells nothing of a code that it does not know", () => {
    assert.equal(diagnose(serverError({ code: "XX000" })), undefined);
  });

  it("tells out of shared memory from out of memory by the setting's name, in any language", () => {
    const hint = "Sie müssen möglicherweise »max_locks_per_transaction« erhöhen.";
    assert.equal(findEntry(serverError({ code: "53200", hint }))?.id, "out-of-locks");
    assert.equal(findEntry(serverError({ code: "53200" }))?.id, "out-of-memory");
  });
});

function serverError(fields: Partial<DatabaseError>): DatabaseError {
  return Object.assign(new DatabaseError("failed", 0, "error"), fields);
}
