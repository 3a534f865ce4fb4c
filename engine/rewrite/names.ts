// Names in generated SQL and in the names of generated files: quoted where they must be, cut where they are too long.
import { createHash } from "node:crypto";
import pg from "pg";
import { toSnakeCase } from "../sources/migrationName.ts";
import type { SqlParser } from "../sql/parse.ts";

/** A name as SQL has it. */
export type Quote = (name: string) => string;

/** Quotes what is no plain word in lower case, and what PostgreSQL's grammar takes for a keyword somewhere. */
export function createQuote(parser: SqlParser): Quote {
  const known = new Map<string, string>();
  return (name) => {
    const found = known.get(name) ?? (isPlain(parser, name) ? name : pg.escapeIdentifier(name));
    known.set(name, found);
    return found;
  };
}

function isPlain(parser: SqlParser, name: string): boolean {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) return false;
  try {
    const [select] = parser.parse(
      `SELECT ${name}; ALTER TABLE ${name} RENAME ${name} TO ${name}`,
      "",
    );
    return JSON.stringify(select?.node).includes('"ColumnRef"');
  } catch {
    return false;
  }
}

/** NAMEDATALEN - 1. */
const NAME_BYTES = 63;

/** `name`, or where PostgreSQL would cut it its beginning with a digest of the whole. */
export function fittingName(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  let start = name;
  while (Buffer.byteLength(start) > NAME_BYTES - digest.length - 1)
    start = [...start].slice(0, -1).join("");
  return `${start}_${digest}`;
}

/** The name for what takes the place of `old`, which is called after the column `from`; not one of `taken`, to which it is added. */
export function derivedName(
  old: string,
  { from, to }: { readonly from: string; readonly to: string },
  taken: Set<string>,
): string {
  const renamed =
    old.includes(from) && !old.startsWith(from) ? replaceLast(old, from, to) : `${old}_${to}`;
  let name = fittingName(renamed);
  for (let count = 2; taken.has(name); count += 1) name = fittingName(`${renamed}_${count}`);
  taken.add(name);
  return name;
}

function replaceLast(text: string, from: string, to: string): string {
  const at = text.lastIndexOf(from);
  return text.slice(0, at) + to + text.slice(at + from.length);
}

/** The longest name of a migration (migrationName.ts). */
const SLUG_CHARACTERS = 60;

/** `words` as a migration's name: in snake_case, short enough. */
export function slug(...words: readonly string[]): string {
  const name = words
    .map(toSnakeCase)
    .filter((word) => word !== "")
    .join("_");
  return name.slice(0, SLUG_CHARACTERS).replace(/_+$/, "");
}
