// Offsets to places, and snippets with their caret.
import assert from "node:assert/strict";
import fc from "fast-check";
import { formatWhere, fromServerPosition, locate, snippet } from "../../../../engine/sql/locate.ts";

describe("locate", () => {
  const text = "SELECT 1;\n\té😀x\r\n\nlast";
  const places: readonly (readonly [string, number, number, number])[] = [
    ["the start", 0, 1, 1],
    ["the end of a line", 9, 1, 10],
    ["the start of the second line", 10, 2, 1],
    ["behind a tab", 11, 2, 2],
    ["behind a character of two units", text.indexOf("x"), 2, 4],
    ["an empty line", text.indexOf("\nlast"), 3, 1],
    ["the last line", text.indexOf("last"), 4, 1],
    ["behind the end", 999, 4, 5],
  ];
  for (const [what, offset, line, column] of places) {
    it(`finds ${what}`, () => {
      assert.deepEqual(locate(text, offset), { line, column });
    });
  }

  it("is printed as path:line:column", () => {
    assert.equal(formatWhere("m/01_a_up.sql", "a\nbc", 3), "m/01_a_up.sql:2:2");
  });
});

/** The character that the caret of a snippet stands under, where no character is wide. */
function pointed(shown: string): string | undefined {
  const [line = "", caret = ""] = shown.split("\n");
  return [...line][caret.indexOf("^")];
}

describe("snippet", () => {
  it("shows the line's number, the line and a caret", () => {
    assert.equal(
      snippet("SELECT 1;\nSELECT x FROM;\n", 23),
      "2 | SELECT x FROM;\n  |              ^",
    );
  });

  it("puts tabs as two spaces", () => {
    assert.equal(snippet("\t\tx", 2), "1 |     x\n  |     ^");
  });

  it("counts wide characters as two columns and combining ones as none", () => {
    assert.equal(snippet("'日本😀e\u0301' x", 9), "1 | '日本😀e\u0301' x\n  |           ^");
  });

  it("leaves carriage returns out, and shows control characters as dots", () => {
    assert.equal(snippet("a\u001bb\r\nc", 2), "1 | a·b\n  |   ^");
  });

  it("points behind the text at its end", () => {
    assert.equal(snippet("SELECT", 6), "1 | SELECT\n  |       ^");
    assert.equal(snippet("", 0), "1 | \n  | ^");
  });

  for (const at of [0, 40, 250, 499]) {
    it(`cuts a long line around the caret at ${at}`, () => {
      const text = `${"a".repeat(at)}X${"b".repeat(499 - at)}`;
      const shown = snippet(text, at);
      assert.equal(pointed(shown), "X");
      for (const line of shown.split("\n")) assert.ok(line.length <= 100, line);
    });
  }

  it("points at the right character of any plain text", () => {
    const char = fc.constantFrom("a", "b", "Z", " ", ";", "(", "'", "\n");
    fc.assert(
      fc.property(
        fc.string({ unit: char, minLength: 1, maxLength: 400 }),
        fc.nat(),
        (text, seed) => {
          const offset = seed % text.length;
          fc.pre(text[offset] !== "\n");
          assert.equal(pointed(snippet(text, offset)), text[offset]);
        },
      ),
    );
  });
});

describe("fromServerPosition", () => {
  it("counts characters from 1 and gives UTF-16 units from 0", () => {
    assert.equal(fromServerPosition("SELECT", 1), 0);
    assert.equal(fromServerPosition("é😀x", 3), 3);
    assert.equal(fromServerPosition("ab", 9), 2);
    assert.equal(fromServerPosition("ab", 0), 0);
  });
});
