// Statements in one line without their values: by example, and against PostgreSQL's own scanner.
import assert from "node:assert/strict";
import fc from "fast-check";
import * as library from "libpg-query";
import { maskLiterals } from "../../../../engine/sql/maskLiterals.ts";

const MASKED: readonly (readonly [string, string, string])[] = [
  ["strings", "select 'a''b', N'c'", "select ?, ?"],
  ["strings with escapes", "select E'it\\'s', e'x\\\\' , U&'d\\0061'", "select ?, ? , ?"],
  [
    "numbers",
    "update t1 set a = -1.5e-3, b=0x1F where c>.5",
    "update t1 set a = -?, b=? where c>?",
  ],
  ["bits", "select B'101', x'1f'", "select ?, ?"],
  ["dollar quotes", "do $$ 'x' $$; do $a$ $$ ; $b$ $a$", "do ?; do ?"],
  ["comments", "/* pw /* 1 */ 'x' */ select -- s3cr3t\n 1", "select ?"],
  [
    "names and parameters",
    'select "a;1", é1, a$1, $1, $2::int',
    'select "a;1", é1, a$1, $1, $2::int',
  ],
  ["passwords", "create role x password 'p'", "create role x password ?"],
  ["an open string", "select 'abc", "select ?"],
  ["an open string with escapes", "select E'abc\\", "select ?"],
  ["an open dollar quote", "do $x$ begin perform 's", "do ?"],
  ["an open comment", "select /* s3cr3t", "select"],
  ["a continued string", "select 'a'\n'b'", "select ? ?"],
  ["white space", "  select\n\t a  ", "select a"],
  ["what no server would take", "\\copy t ` ' ", "\\copy t ` ?"],
];

describe("maskLiterals", () => {
  for (const [what, sql, expected] of MASKED) {
    it(`masks ${what}`, () => {
      assert.equal(maskLiterals(sql, 80), expected);
    });
  }

  it("cuts where a session with other rules for backslashes would go on with the string", () => {
    assert.equal(maskLiterals("select 'a\\' s3cr3t', 1", 80), "select ?…");
  });

  it("cuts at so many characters, not within one", () => {
    assert.equal(maskLiterals("select 😀😀😀😀", 10), "select 😀😀…");
    assert.equal(maskLiterals("select a", 8), "select a");
  });

  it("lets no literal through that PostgreSQL's scanner finds", async () => {
    await library.loadModule();
    const piece = fc.constantFrom(
      ...["select", " ", "\n", "a", "é", "e", "U&", "x", "$", "$$", "$t$", "'", "''", "\\", '"'],
      ...["--", "/*", "*/", "1", ".", ";", "(", "😀", "s3", "E'", "_"],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const sql = pieces.join("");
        const masked = maskLiterals(sql, 1_000);
        const literals = scannedLiterals(sql);
        if (literals === undefined) return;
        // Masked again nothing is left to mask: whatever the scanner took for a literal is gone.
        assert.equal(scannedLiterals(masked.replace(/…$/, ""))?.length ?? 0, 0, masked);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The string, bit and number constants in `sql`; undefined where the scanner does not take it. */
function scannedLiterals(sql: string): readonly string[] | undefined {
  if (sql === "") return [];
  try {
    const { tokens } = library.scanSync(sql);
    return tokens
      .map(({ text }) => text)
      .filter((text) => /^(?:[eEnNbBxX]|[uU]&)?'|^\$[^\d]|^\.?\d/.test(text));
  } catch {
    return undefined;
  }
}
