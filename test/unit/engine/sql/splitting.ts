// What must hold of the splitting of any text, judged by PostgreSQL's own parser.
import assert from "node:assert/strict";
import fc from "fast-check";
import * as library from "libpg-query";
import { isLockstepError } from "../../../../engine/errors/lockstepError.ts";
import { decodeSql } from "../../../../engine/sources/decodeSql.ts";
import { hasSql } from "../../../../engine/sql/blank.ts";
import { locate } from "../../../../engine/sql/locate.ts";
import { loadParser, type SqlParser } from "../../../../engine/sql/parse.ts";
import { garbage, script, type Script } from "./scripts.ts";

const PATH = "m/01_a_up.sql";

/** Something that no parser takes at the beginning of a statement, and what is said of it. */
const FAULTS: readonly (readonly [string, RegExp])[] = [
  ["SELEC 1", /at or near "SELEC"/],
  ["\\i other.sql", /\\i is a command of psql/],
  ["\\set x 'it''s; \"'", /\\set is a command of psql[^]*write the value itself/],
  ["\\copy t from 'x;y.csv'", /\\copy is a command of psql[^]*INSERT/],
  [":'name'", /a variable of psql/],
  [")", /at or near "\)"/],
];
const fault = fc.constantFrom(...FAULTS);

const COPY_HEADS = [
  "COPY t FROM STDIN",
  "copy public.t (a, b)\nfrom stdin with (format csv)",
] as const;
const rows = fc.tuple(
  fc.constantFrom(...COPY_HEADS),
  fc.array(
    fc.string({ unit: fc.constantFrom("1", "\t", "a", "'", ";", "$$", "é", ",", "\\N", '"') }),
  ),
);

/** A property with its name, to be checked `runs` times. */
export interface NamedProperty {
  readonly name: string;
  readonly check: (runs: number) => Promise<void>;
}

function property<T>(
  name: string,
  given: fc.Arbitrary<T>,
  holds: (value: T, parser: SqlParser) => void,
): NamedProperty {
  return {
    name,
    check: async (runs) => {
      const parser = await loadParser();
      fc.assert(
        fc.property(given, (value) => {
          holds(value, parser);
        }),
        { numRuns: runs },
      );
    },
  };
}

/** All of them. */
export const SPLITTING: readonly NamedProperty[] = [
  property("parts are as many as were written, each as written", script, isAsWritten),
  property("parts are those of the parser, by its byte offsets", script, isAsParsed),
  property("parts and what lies between them are the text, with no SQL between", script, isWhole),
  property("each part parses alone to the same tree", script, isSameAlone),
  property("parts joined parse to the same trees", script, isSameJoined),
  property("a byte order mark and a missing end change nothing", script, survivesDecoding),
  property("a fault is shown where it is", fc.tuple(script, fault), isPointedAt),
  property(
    "a COPY with its rows is refused with a remedy",
    fc.tuple(script, rows),
    isStreamRefused,
  ),
  property("any other text is split or refused, at a place in it", garbage, isSplitOrRefused),
];

function isAsWritten({ text, statements }: Script, parser: SqlParser): void {
  const found = parser.parse(text, PATH).map(({ sql }) => sql);
  assert.equal(found.length, statements.length);
  // A comment behind a statement, before its semicolon, belongs to it.
  found.forEach((sql, at) => {
    assert.ok(sql.startsWith(statements[at]!.replace(/[ \t\n\r\f\v]+$/, "")));
  });
}

function isAsParsed({ text }: Script, parser: SqlParser): void {
  const bytes = Buffer.from(text);
  const raw = rawStatements(text);
  const parts = parser.parse(text, PATH);
  assert.equal(parts.length, raw.length);
  parts.forEach(({ sql, offset, kind }, at) => {
    const { stmt, stmt_location: from = 0, stmt_len: length } = raw[at]!;
    const inBytes = bytes.subarray(from, length ? from + length : undefined).toString();
    assert.equal(sql, inBytes.replace(/^[ \t\n\r\f\v]+|[ \t\n\r\f\v]+$/g, ""));
    assert.equal(text.slice(offset, offset + sql.length), sql);
    assert.deepEqual(Object.keys(stmt!), [kind]);
  });
}

function isWhole({ text }: Script, parser: SqlParser): void {
  let at = 0;
  for (const { sql, offset } of parser.parse(text, PATH)) {
    assert.ok(offset >= at);
    assert.equal(hasSql(text.slice(at, offset)), false);
    at = offset + sql.length;
  }
  assert.equal(hasSql(text.slice(at)), false);
}

function isSameAlone({ text }: Script, parser: SqlParser): void {
  for (const { sql, node } of parser.parse(text, PATH)) {
    const alone = parser.parse(sql, PATH);
    assert.equal(alone.length, 1);
    assert.equal(alone[0]!.sql, sql);
    assert.equal(alone[0]!.offset, 0);
    assert.equal(tree(alone[0]!.node), tree(node));
  }
}

function isSameJoined({ text }: Script, parser: SqlParser): void {
  const parts = parser.parse(text, PATH);
  // On a new line, since a part may end with a comment.
  const joined = parser.parse(parts.map(({ sql }) => `${sql}\n;`).join(""), PATH);
  assert.deepEqual(
    joined.map(({ node }) => tree(node)),
    parts.map(({ node }) => tree(node)),
  );
}

function survivesDecoding({ text }: Script, parser: SqlParser): void {
  const decoded = decodeSql(Buffer.from(`\ufeff${text}`));
  assert.ok("text" in decoded);
  const parts = parser.parse(decoded.text, PATH);
  assert.deepEqual(parts, parser.parse(`${text}\n`, PATH));
}

function isPointedAt(
  [{ text }, [bad, said]]: readonly [Script, readonly [string, RegExp]],
  parser: SqlParser,
) {
  const before = `${text}\n;`;
  const error = refusal(parser, `${before}${bad}\n; SELECT 'é' AS "x;";`);
  assert.match(`${error.message} ${error.next ?? ""}`, said);
  const { line, column } = locate(before, before.length);
  assert.equal(error.where, `${PATH}:${line}:${column}`);
}

function isStreamRefused(
  [{ text }, [head, lines]]: readonly [Script, readonly [string, readonly string[]]],
  parser: SqlParser,
): void {
  const copy = `${text}\n;${head};\n${lines.map((line) => `${line}\n`).join("")}\\.\nSELECT 1;`;
  const error = refusal(parser, copy);
  assert.match(error.message, /^COPY FROM STDIN/);
  assert.match(error.next ?? "", /INSERT/);
}

function isSplitOrRefused(text: string, parser: SqlParser): void {
  let parts;
  try {
    parts = parser.parse(text, PATH);
  } catch (error) {
    assert.ok(isLockstepError(error) && error.code === "SQL_SYNTAX", String(error));
    const [, line = 0, column = 0] = (/:(\d+):(\d+)$/.exec(error.where ?? "") ?? []).map(Number);
    const lines = text.split("\n");
    assert.ok(line >= 1 && line <= lines.length, error.where);
    assert.ok(column >= 1 && column <= [...lines[line - 1]!].length + 1, error.where);
    return;
  }
  isAsParsed({ text, statements: [] }, parser);
  isWhole({ text, statements: [] }, parser);
  assert.equal(hasSql(text), parts.length > 0);
}

function refusal(parser: SqlParser, text: string) {
  try {
    parser.parse(text, PATH);
  } catch (error) {
    assert.ok(isLockstepError(error) && error.code === "SQL_SYNTAX", String(error));
    return error;
  }
  return assert.fail("it was not refused");
}

function rawStatements(text: string) {
  return text === "" ? [] : (library.parseSync(text).stmts ?? []);
}

/** A tree without the places in the text, which alone may differ. */
function tree(node: unknown): string {
  return JSON.stringify(node, (key, value: unknown) =>
    /location|^(?:rexpr_)?list_(?:start|end)$|^stmt_len$/.test(key) ? undefined : value,
  );
}
