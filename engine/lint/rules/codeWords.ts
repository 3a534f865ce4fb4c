// Looks for statements in the text of code, which no parse tree tells of.

/** A statement that code holds. */
export interface HiddenStatement {
  /** In upper case, as far as it tells what it is: `ALTER TABLE customers`. */
  readonly text: string;
}

const NAME = String.raw`(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?("[^"]*"|[\w$.%]+)?`;
/** CREATE TEMP TABLE is the code's own business. */
const DDL = new RegExp(
  String.raw`\b((?:alter|drop)\s+(?:table|index|view|materialized\s+view|column|schema|type|sequence|function|trigger|policy|constraint)|` +
    String.raw`create\s+(?:unique\s+)?(?:table|index|view|materialized\s+view|schema|type|sequence|trigger|policy)|` +
    String.raw`truncate(?:\s+table)?|reindex\s+\w+|vacuum\s+full|refresh\s+materialized\s+view)\s+(?:concurrently\s+)?${NAME}`,
  "i",
);
/** Beyond this, code is searched no further (UTF-16 units). */
const LIMIT = 1_000_000;

/** The first schema change in `body`, also one within the text of an EXECUTE; comments do not count. */
export function findDdl(body: string): HiddenStatement | undefined {
  const code = body.slice(0, LIMIT).replace(/--[^\n]*|\/\*[^]*?\*\//g, " ");
  const [, verb, name] = DDL.exec(code) ?? [];
  if (verb === undefined) return undefined;
  const words = verb.toUpperCase().replace(/\s+/g, " ");
  return { text: name === undefined ? words : `${words} ${name}` };
}
