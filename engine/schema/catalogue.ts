// Parts of catalogue queries that all of them share: which objects count, and how they are named.

/** User objects have OIDs from here on (FirstNormalObjectId); what initdb made lies below. */
export const FIRST_USER_OID = 16_384;

/** Whether an object of `catalogue` belongs to an extension: then CREATE EXTENSION makes it, not a migration. */
export function isMember(catalogue: string, oid: string): string {
  return `EXISTS (SELECT FROM pg_depend member WHERE member.classid = '${catalogue}'::regclass AND member.objid = ${oid} AND member.deptype = 'e')`;
}

/** Whether an object of `catalogue` came along with another one and goes with it: a range type's functions. */
export function isInternal(catalogue: string, oid: string): string {
  return `EXISTS (SELECT FROM pg_depend owner WHERE owner.classid = '${catalogue}'::regclass AND owner.objid = ${oid} AND owner.deptype = 'i')`;
}

/** Whether the schema `alias` is a user's: neither the server's, nor a session's, nor the ledger's. */
export function isUsers(alias: string): string {
  return `${alias}.nspname !~ '^pg_' AND ${alias}.nspname NOT IN ('information_schema', 'lockstep')`;
}

/** One object a row; `facts` and `printed` are SQL expressions for a JSON object. */
export interface ObjectQuery {
  /** An SQL expression, mostly a literal. */
  readonly kind: string;
  readonly name: string;
  /** @default the name */
  readonly of?: string;
  readonly facts?: string;
  readonly printed?: string;
  readonly position?: string;
  /** What follows SELECT's list. */
  readonly from: string;
}

/** The query's text, with the columns that `readSnapshot` expects. */
export function objectSql(query: ObjectQuery): string {
  const {
    kind,
    name,
    of = name,
    facts = "'{}'",
    printed = "'{}'",
    position = "NULL",
    from,
  } = query;
  return `SELECT ${kind} AS kind, ${name} AS name, ${of} AS of, ${facts} AS facts, ${printed} AS printed, ${position} AS position FROM ${from}`;
}

/** A JSON object of `entries` (name to SQL expression); what is NULL or false is left out. */
export function factsSql(entries: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(entries).map(([key, sql]) => `'${key}', ${sql}`);
  return `jsonb_strip_nulls(jsonb_build_object(${pairs.join(", ")}))`;
}

/** The names, in order, of the columns of `relation` whose numbers the array or vector `numbers` holds. */
export function columnNames(relation: string, numbers: string): string {
  return `(SELECT string_agg(coalesce(quote_ident(part.attname), '(expression)'), ', ' ORDER BY listed.place)
    FROM unnest(${numbers}) WITH ORDINALITY AS listed (number, place)
    LEFT JOIN pg_attribute part ON part.attrelid = ${relation} AND part.attnum = listed.number)`;
}

/** A list of texts in a fixed order, as one text. */
export function sortedList(array: string): string {
  return `(SELECT string_agg(item, ', ' ORDER BY item) FROM unnest(${array}) AS item)`;
}

/** Names of roles in a fixed order; 0 is PUBLIC. */
export function roleNames(oids: string): string {
  return `(SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r) END, ', ' ORDER BY CASE WHEN r = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r) END) FROM unnest(${oids}) AS r)`;
}

/** One of several words for a letter of the catalogue; the letter itself where none fits. */
export function words(letter: string, meanings: Readonly<Record<string, string>>): string {
  const cases = Object.entries(meanings).map(([key, word]) => `WHEN '${key}' THEN '${word}'`);
  return `CASE ${letter}::text ${cases.join(" ")} ELSE ${letter}::text END`;
}
