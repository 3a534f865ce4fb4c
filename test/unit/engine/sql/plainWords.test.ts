// Plain words are the scanner's own, or it is asked.
import assert from "node:assert/strict";
import fc from "fast-check";
import * as library from "libpg-query";
import { plainWords } from "../../../../engine/sql/plainWords.ts";

function scanned(text: string): readonly string[] | undefined {
  try {
    return library
      .scanSync(text)
      .tokens.filter(({ tokenName }) => !tokenName.endsWith("COMMENT"))
      .map((token) => token.text);
  } catch {
    return undefined;
  }
}

/** Parts of words, and what may make one of two or two of one. */
const FRAGMENTS = [
  ...["a", "select", "NOT", "u", "e", "n", "b", "x1", "_"],
  ...["1", "02", "1.5", "1e5", "0x1f", "1_000", ".", ".."],
  ...["'", "''", "'a'", "'a b'", "'ä'", "E'", "\\", "u&'", '"', '""', '"a"', '"ä b"', 'u&"'],
  ...["$", "$1", "$$", "$a$", "$ä$"],
  ...[
    "=",
    "*",
    "-",
    "--",
    "-- c",
    "/*",
    "*/",
    "/",
    "+",
    "<",
    ">",
    "|",
    "||",
    "->",
    "->>",
    "<>",
    "!=",
  ],
  ...["&", "@>", "%", "?", "@", "#", "!", "~", "^", "`", "=>", ":", "::", ":=", ";", ","],
  ...["(", ")", "[", "]", "{", " ", "\n", "\r", "\t", "ä", "\u00a0", "💡"],
];

describe("plainWords", () => {
  before(() => library.loadModule());

  it("are what PostgreSQL's scanner finds, wherever they are told", () => {
    let told = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }), (parts) => {
        const text = parts.join("");
        const words = plainWords(text);
        if (words === undefined || text === "") return;
        told += 1;
        assert.deepEqual(words, scanned(text), JSON.stringify(text));
      }),
      { numRuns: 20_000 },
    );
    assert.ok(told > 500, `only ${String(told)} of 20,000 were plain`);
  });

  it("are told for what most migrations hold", () => {
    for (const text of [
      "create table a (id bigint generated always as identity primary key, n numeric(10, 2));\n",
      "alter table public.a add column b text not null default 'x';",
      "-- why\ncreate index a_b on a (b) where b = 'x';\n",
      "insert into a select * from b where c = 1::int;",
      "alter table a add check (n >= -1.5 and n <> 2 and s !~ '^\\d+$' and s <> 'it''s');",
      'create table "Order" (id int); /* as the app has it: a * b / c */',
      "create function f() returns text language sql as $$ select t->>'a' || 'ä' from t $$;",
      "create function f() returns int language plpgsql as $body$ begin return 1; end $body$;",
    ]) {
      assert.deepEqual(plainWords(text), scanned(text), text);
    }
    assert.deepEqual(plainWords("-- nothing to do: ä\r\n"), []);
  });

  it("are not told where a character could join another one", () => {
    for (const text of [
      "select 'a'\n'b'",
      "select e'a'",
      "select a$b",
      "select 1e5",
      "select 1.",
      "select /* /* a */ b */ 1",
      "select 1 +/* a */ 1",
      "select 1 <+ 1",
      "select $a$ $b$ $a$",
      "select u&'a'",
      "select ä",
      `select '${"''".repeat(20_000)}'`,
    ]) {
      assert.equal(plainWords(text), undefined, text);
    }
  });
});
