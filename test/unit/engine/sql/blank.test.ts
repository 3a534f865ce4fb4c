// Whether a text holds SQL.
import assert from "node:assert/strict";
import fc from "fast-check";
import { hasSql } from "../../../../engine/sql/blank.ts";
import { loadParser } from "../../../../engine/sql/parse.ts";

describe("hasSql", () => {
  for (const [text, expected] of [
    ["", false],
    [" \n\t;;", false],
    ["-- only a comment", false],
    ["-- a\n/* b /* nested */ still b */ ; -- c", false],
    ["/* not closed", true],
    ["/* a */ x", true],
    ["-- a\nSELECT 1", true],
    ["$$", true],
    ["-- a\rDROP TABLE t;", true],
    ["-- a\r\n-- b\r", false],
    ["/*/ */", false],
    ["/*/", true],
    ["\u00a0", true],
  ] as const) {
    it(`${JSON.stringify(text)}: ${expected}`, () => {
      assert.equal(hasSql(text), expected);
    });
  }

  it("agrees with PostgreSQL's parser on blanks and comments", async () => {
    const parser = await loadParser();
    const piece = fc.constantFrom(
      " ",
      "\n",
      ";",
      "-- a\n",
      "/* b */",
      "/* c /* d */ e */",
      "--;\n",
      "-- c\r",
    );
    fc.assert(
      fc.property(fc.array(piece), fc.boolean(), (pieces, withSql) => {
        const text = pieces.join("") + (withSql ? "SELECT 1" : "");
        assert.equal(hasSql(text), parser.parse(text, "x.sql").length > 0);
      }),
    );
  });
});
