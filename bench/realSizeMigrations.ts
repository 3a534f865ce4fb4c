// Generated migrations of the size that people write: a table with its indexes, or a few changes, with comments.
import type { SmallMigration } from "./smallMigrations.ts";

/** `count` files of about 1.5 kB, the same for every contender; every fifth makes a table, the others change it. */
export function realSizeMigrations(count: number): readonly SmallMigration[] {
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const table = `orders_${String(number - (index % 5))}`;
    return index % 5 === 0
      ? { number, name: `create_${table}`, sql: created(table) }
      : { number, name: `add_to_${table}`, sql: changed(table, number) };
  });
}

function created(table: string): string {
  const columns = ["customer", "status", "currency", "note", "source", "channel", "region"];
  return [
    `-- Keeps ${table}: one row for each, written by the shop and read by the reports.`,
    "-- Amounts are in the currency's smallest unit, times are those of the shop's clock.",
    `CREATE TABLE ${table} (`,
    "    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,",
    ...columns.map((column) => `    ${column.padEnd(11)} text NOT NULL CHECK (${column} <> ''),`),
    "    amount      numeric(12, 2) NOT NULL DEFAULT 0 CHECK (amount >= 0),",
    "    placed_at   timestamptz NOT NULL DEFAULT now(),",
    "    shipped_at  timestamptz,",
    "    details     jsonb NOT NULL DEFAULT '{}'::jsonb",
    ");",
    ...columns.map((column) => `CREATE INDEX ${table}_${column}_idx ON ${table} (${column});`),
    `COMMENT ON TABLE ${table} IS 'one row for each order';`,
    `COMMENT ON COLUMN ${table}.amount IS 'without taxes';`,
    `GRANT SELECT ON ${table} TO reports;`,
  ].join("\n");
}

function changed(table: string, number: number): string {
  const column = `extra_${String(number)}`;
  return [
    `-- ${table} learns of ${column}, which the next release of the shop writes.`,
    `ALTER TABLE ${table} ADD COLUMN ${column} integer NOT NULL DEFAULT 0;`,
    `ALTER TABLE ${table} ADD CONSTRAINT ${column}_sane CHECK (${column} >= 0 AND ${column} < 1000);`,
    `CREATE INDEX ${table}_${column}_idx ON ${table} (${column}) WHERE ${column} > 0;`,
    `CREATE FUNCTION ${table}_${column}_sum(customer_name text) RETURNS bigint`,
    "    LANGUAGE sql STABLE SET search_path = pg_catalog, public",
    `AS $$ SELECT sum(${column}) FROM ${table} WHERE customer = customer_name $$;`,
    `CREATE VIEW ${table}_${column}_report AS`,
    `    SELECT o.customer, o.region, count(*) AS orders, sum(o.${column}) AS total`,
    `    FROM ${table} o`,
    "    WHERE o.placed_at > now() - interval '30 days' AND o.status IN ('paid', 'shipped')",
    "    GROUP BY o.customer, o.region",
    `    HAVING sum(o.${column}) > 10`,
    "    ORDER BY total DESC;",
    `INSERT INTO ${table} (customer, status, currency, note, source, channel, region)`,
    "    VALUES ('first', 'paid', 'EUR', 'made to measure', 'shop', 'web', 'north');",
    `GRANT SELECT ON ${table}_${column}_report TO reports;`,
  ].join("\n");
}
