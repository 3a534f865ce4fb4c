// SQL scripts as people and tools write them, and text that is none: for fast-check.
import fc from "fast-check";

/** What is written between two statements, or around them: nothing in it is SQL. */
const gap = fc
  .array(
    fc.oneof(
      fc.constantFrom(" ", "\t", "\n", "\r\n", "\r", "\f", "\v", ";", ";;", "; ;"),
      fc.constantFrom("-- a; 'b\n", "--\r\n", "-- é😀 $$\r", "--;--\n"),
      fc.constantFrom("/* a; */", "/* ' /* \" ; */ $$ */", "/**/", "/* é😀\r\n-- */", "/*/**/*/"),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(""));

/** Characters that mean something to one kind of quote and nothing to another. */
const inside = fc.string({
  unit: fc.constantFrom(
    ...["a", "é", "日", "😀", "\u00a0", ";", "'", '"', "$", "$$", "\\", "-", "--", "/*", "*/"],
    ...[" ", "\n", "\r\n", "BEGIN", "END;", ":x", "\\i "],
  ),
  maxLength: 8,
});

const tag = fc.constantFrom("", "a", "fn", "é_1");

const dollarQuoted = fc.tuple(tag, inside).map(([name, text]) => {
  const quote = `$${name}$`;
  // Neither may the text hold the quote, nor end with a $ that would begin the closing one early.
  return `${quote}${text.replaceAll("$", name === "" ? "" : "$ ")}${quote}`;
});

const value = fc.oneof(
  inside.map((text) => `'${text.replaceAll("'", "''")}'`),
  inside.map((text) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
  inside.map((text) => `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}\\\\'`),
  inside.map((text) => `U&'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`),
  inside.map((text) => `N'${text.replaceAll("'", "''")}'`),
  inside.map((text) => `'a'\n  '${text.replaceAll("'", "''")};'`),
  dollarQuoted,
  fc.constantFrom("U&'!0061;' UESCAPE '!'", "B'101'", "X'1f'", "1.5e-3", "'\\'", "E'\\';\\''"),
);

const name = fc.oneof(
  inside.map((text) => `"${text.replaceAll('"', '""')}x"`),
  fc.constantFrom("a", "é😀", "a$$b", "x\u00a0", 'U&"d\\0061;t"', '"a;""b"', "Ünï"),
);

/** A statement without its semicolon. */
const statement = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(value, name).map(([v, n]) => `SELECT ${v} AS ${n}`) },
  fc.tuple(name, value).map(([n, v]) => `CREATE TABLE ${n} (a int, b text DEFAULT ${v})`),
  fc.tuple(name, value, value).map(([n, v, w]) => `INSERT INTO ${n} VALUES (${v}, ${w}), (1, 2)`),
  name.map((n) => `ALTER TABLE t RENAME TO ${n}`),
  inside.map((text) => `COMMENT ON TABLE t IS '${text.replaceAll("'", "''")}'`),
  dollarQuoted.map((body) => `DO ${body}`),
  dollarQuoted.map(
    (body) =>
      `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $body_$ BEGIN ${body}; END $body_$`,
  ),
  value.map((v) => `CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT ${v}; SELECT 2; END`),
  fc.constant(
    "CREATE PROCEDURE p() BEGIN ATOMIC SELECT CASE WHEN true THEN 1 ELSE 2 END; INSERT INTO t VALUES (';'); END",
  ),
  value.map(
    (v) =>
      `CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES (${v}); DELETE FROM b; NOTIFY c)`,
  ),
  gap.map((g) => `SELECT 1 ${g.replaceAll(";", " ")}\n + 2`),
  fc.constantFrom("BEGIN", "COMMIT", "VACUUM", "SET x.y = 'a;b'", "COPY t FROM '/tmp/x;y'"),
);

/** A script with what it is made of. */
export interface Script {
  readonly text: string;
  readonly statements: readonly string[];
}

/** Scripts that PostgreSQL's parser takes; the last semicolon is there or not. */
export const script: fc.Arbitrary<Script> = fc
  .tuple(fc.array(fc.tuple(gap, statement, fc.boolean()), { maxLength: 6 }), gap, fc.boolean())
  .map(([parts, end, isClosed]) => {
    const text = parts
      .map(([before, sql, isTight], at) => {
        const isLast = at === parts.length - 1;
        return `${before}${sql}${isTight ? "" : "\n"}${isLast && !isClosed ? "" : ";"}`;
      })
      .join("");
    // Without its semicolon the last statement would take a gap's one as its own, which is as good.
    return { text: text + end, statements: parts.map(([, sql]) => sql) };
  });

/** Text of pieces that begin, end or spoil something. */
export const garbage = fc
  .array(
    fc.constantFrom(
      ...["'", '"', "$$", "$a$", "$", "\\", "\\i x", "\\.", ":x", "E'", "U&'", "--", "/*", "*/"],
      ...[";", "(", ")", "[", ",", ".", "\n", "\r", " ", "\ufeff", "\u00a0", "é", "😀"],
      ...["select", "1", "a", "copy t from stdin;", "begin atomic", "end", "as", "not ", "do $$"],
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(""));
