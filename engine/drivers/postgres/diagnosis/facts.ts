// What the server's error itself tells, with the values of rows taken out: they may be anybody's personal data.
import pg, { type DatabaseError } from "pg";
import type { Facts } from "./entry.ts";

/** The facts that the error's own fields hold. */
export function errorFacts(error: DatabaseError): Facts {
  const columns = keyColumns(error.detail);
  return {
    ...known("table", tablePath(error.schema, error.table)),
    ...known("column", error.column === undefined ? undefined : pg.escapeIdentifier(error.column)),
    ...known(
      "constraint",
      error.constraint === undefined ? undefined : pg.escapeIdentifier(error.constraint),
    ),
    ...known("columns", columns),
  };
}

/** `{ [name]: value }`, or nothing where there is no value. */
export function known(name: string, value: string | undefined): Facts {
  return value === undefined || value === "" ? {} : { [name]: value };
}

/** `schema.table`, quoted where it must be; undefined without a table. */
export function tablePath(
  schema: string | undefined,
  table: string | undefined,
): string | undefined {
  if (table === undefined) return undefined;
  return [...(schema === undefined ? [] : [schema]), table].map(quoteIfNeeded).join(".");
}

/** `name` as SQL wants it: bare where PostgreSQL reads it back as it is. */
export function quoteIfNeeded(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : pg.escapeIdentifier(name);
}

/** The columns or expressions of `Key (lower(name))=(a) is duplicated.`, in whatever language. */
function keyColumns(detail: string | undefined): string | undefined {
  const [, columns] = /\((.*?)\)=\(/s.exec(detail ?? "") ?? [];
  return columns;
}

/** SQLSTATE classes whose details quote rows: data exceptions and violated constraints. */
const QUOTE_ROWS = /^2[23]/;

/** The server's detail without the values of rows. */
export function detailWithoutValues({ code, detail }: DatabaseError): string | undefined {
  if (detail === undefined || !QUOTE_ROWS.test(code ?? "")) return detail;
  const key = /^(.*?\)\s?=\s?)\(.*\)(.*)$/s.exec(detail);
  if (key) return `${key[1] ?? ""}(…)${key[2] ?? ""}`;
  return detail.replace(/\(.*\)/s, "(…)");
}

/**
 * The server's message without a row's value at its end. A value that stands in the file itself has a position, and is
 * shown there anyhow.
 */
export function messageWithoutValues({ code, message, position }: DatabaseError): string {
  if (!QUOTE_ROWS.test(code ?? "") || position) return message;
  return message.replace(/: ".*"$/s, ': "…"');
}
