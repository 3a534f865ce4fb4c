// A query for the rows that are in the way. It is shown, never run: on a big table it takes long, and keys may be personal.
import type { Constraint } from "@pgsql/types";
import { loadTokens } from "../../../../sql/tokens.ts";
import type { Asked } from "../asked.ts";
import type { Facts } from "../entry.ts";
import { quoteIfNeeded } from "../facts.ts";
import {
  commandsOf,
  constraintsOf,
  nameOf,
  pathOf,
  tableOf,
  type ReadStatement,
} from "../statement.ts";

/** pg_input_is_valid came with PostgreSQL 16. */
const INPUT_CHECK_SINCE = 160_000;

/** Facts `offending` (a query); `written` where the file's own rows are it. */
export async function askRows(asked: Asked): Promise<Facts> {
  const { error, facts } = asked;
  const { table, column, columns } = facts;
  switch (error.code) {
    case "23502":
      return table && column
        ? { offending: `SELECT count(*) FROM ${table} WHERE ${column} IS NULL;` }
        : {};
    case "23505":
      return table && columns ? { offending: duplicates(table, columns) } : {};
    case "23503":
      return orphans(asked);
    case "23514":
      return unchecked(asked);
    default:
      return unfit(asked);
  }
}

function duplicates(table: string, columns: string): string {
  return `SELECT ${columns}, count(*) FROM ${table} GROUP BY ${columns} HAVING count(*) > 1;`;
}

interface Key {
  readonly child: string;
  readonly parent: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const WRITES = /^(Insert|Update|Delete|Merge|Copy)/;

async function orphans(asked: Asked): Promise<Facts> {
  if (asked.statement && WRITES.test(asked.statement.kind)) return { written: "yes" };
  const key = (await addedKey(asked)) ?? (await storedKey(asked));
  if (!key || key.from.length !== key.to.length) return {};
  const set = key.from.map((column) => `c.${column} IS NOT NULL`).join(" AND ");
  const same = key.from.map((column, index) => `p.${key.to[index] ?? "?"} = c.${column}`);
  return {
    table: key.child,
    offending: `SELECT count(*) FROM ${key.child} c WHERE ${set} AND NOT EXISTS (SELECT FROM ${key.parent} p WHERE ${same.join(" AND ")});`,
  };
}

/** The key that the statement adds: after the rollback only its text knows it. */
async function addedKey({ client, statement }: Asked): Promise<Key | undefined> {
  if (statement?.kind !== "AlterTableStmt") return undefined;
  const added = constraintsOf(statement).find(({ contype }) => contype === "CONSTR_FOREIGN");
  const child = pathOf(tableOf(statement));
  const parent = pathOf(added?.pktable);
  if (!added || child === undefined || parent === undefined) return undefined;
  const from = added.fk_attrs ?? [inColumn(statement, added)];
  const to = added.pk_attrs ?? [];
  return {
    ...{ child, parent },
    from: from.flatMap((node) => (node && "String" in node ? nameOf([node]) : [])),
    to: to.length > 0 ? to.map((node) => nameOf([node])) : await primaryKey(client, parent),
  };
}

/** The column that a constraint is written behind: `ADD COLUMN c int REFERENCES p`. */
function inColumn(statement: ReadStatement, constraint: Constraint) {
  const columns = commandsOf(statement).flatMap(({ def }) =>
    def && "ColumnDef" in def ? [def.ColumnDef] : [],
  );
  const found = columns.find(({ constraints = [] }) =>
    constraints.some((node) => "Constraint" in node && node.Constraint === constraint),
  );
  return found?.colname === undefined ? undefined : { String: { sval: found.colname } };
}

async function primaryKey(client: Asked["client"], table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(a.attname) AS name FROM pg_catalog.pg_index i
     JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (number, place) ON true
     JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
     WHERE i.indrelid = to_regclass(nullif($1, '')) AND i.indisprimary ORDER BY k.place`,
    [table],
  );
  return rows.map(({ name }) => name);
}

/** A key that was there before: VALIDATE CONSTRAINT, or a row that the file writes. */
async function storedKey({ client, facts }: Asked): Promise<Key | undefined> {
  const { rows } = await client.query<Key>(
    `SELECT k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent,
       ARRAY(SELECT quote_ident(attname) FROM unnest(k.conkey) WITH ORDINALITY u (n, place)
         JOIN pg_catalog.pg_attribute ON attrelid = k.conrelid AND attnum = n ORDER BY place) AS from,
       ARRAY(SELECT quote_ident(attname) FROM unnest(k.confkey) WITH ORDINALITY u (n, place)
         JOIN pg_catalog.pg_attribute ON attrelid = k.confrelid AND attnum = n ORDER BY place) AS to
     FROM pg_catalog.pg_constraint k
     WHERE k.conrelid = to_regclass(nullif($1, '')) AND quote_ident(k.conname) = $2 AND k.contype = 'f'`,
    [facts.table ?? "", bare(facts.constraint)],
  );
  return rows[0];
}

/** As quote_ident writes what the facts always quote. */
function bare(name: string | undefined): string {
  return quoteIfNeeded((name ?? "").slice(1, -1).replaceAll('""', '"'));
}

async function unchecked({ client, statement, facts }: Asked): Promise<Facts> {
  const { table, constraint } = facts;
  if (table === undefined) return {};
  const added = statement && (await checkText(statement, constraint));
  const { rows } = await client.query<{ condition: string }>(
    `SELECT pg_get_expr(conbin, conrelid) AS condition FROM pg_catalog.pg_constraint
     WHERE conrelid = to_regclass(nullif($1, '')) AND quote_ident(conname) = $2 AND contype = 'c'`,
    [table, bare(constraint)],
  );
  const condition = added ?? rows[0]?.condition;
  if (condition === undefined) return {};
  return { offending: `SELECT count(*) FROM ${table} WHERE NOT (${condition});` };
}

/** What stands in the parentheses behind CHECK: the one of that name, or the only one. */
async function checkText(
  { sql }: ReadStatement,
  constraint: string | undefined,
): Promise<string | undefined> {
  const tokens = await loadTokens(sql);
  const checks = tokens.flatMap(({ word }, index) => (word === "check" ? [index] : []));
  const named = checks.filter((index) => {
    const name = tokens[index - 1]?.word;
    return name !== undefined && (name === bare(constraint) || name === constraint);
  });
  const [at] = named.length > 0 ? named : checks;
  if (at === undefined || (named.length === 0 && checks.length > 1)) return undefined;
  const open = tokens[at + 1];
  const close = tokens
    .slice(at + 2)
    .find(({ word, depth }) => word === ")" && depth === open?.depth);
  return open && close ? sql.slice(open.end, close.start).trim() : undefined;
}

/** Values that the new type of a column does not take. */
function unfit({ statement, version, facts }: Asked): Facts {
  const { table, column, type } = facts;
  const isChange = statement?.kind === "AlterTableStmt" && version >= INPUT_CHECK_SINCE;
  if (!isChange || table === undefined || column === undefined || type === undefined) return {};
  return {
    offending: `SELECT count(*) FROM ${table} WHERE NOT pg_input_is_valid(${column}::text, '${type}');`,
  };
}
