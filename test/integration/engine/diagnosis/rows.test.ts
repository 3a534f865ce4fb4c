// Rows in the way of a change: a query that finds them, and no row's values in the error.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { queryAll, serverMajor, useDatabase } from "../../../support/database.ts";
import { applyAgain, commandsIn, provoke, type Failing } from "./provoke.ts";

/** `hunter2` and 4711 stand for data that must not be told. */
const SETUP = `
  CREATE TABLE parent (id int PRIMARY KEY, name text, big bigint DEFAULT 1);
  CREATE TABLE child (id int, parent int, extra int);
  INSERT INTO parent (id, name) VALUES (1, 'hunter2'), (2, 'hunter2'), (3, NULL);
  INSERT INTO child VALUES (1, 1, 4711), (2, 4711, 4711), (3, NULL, 4711);`;

interface Case extends Failing {
  readonly title: string;
  readonly sqlstate: string;
  readonly likely: RegExp | string;
  /** The query, and what it counts (its first column). */
  readonly query?: readonly [sql: string, rows: readonly unknown[]];
  readonly next?: RegExp;
  /** What settles it. */
  readonly settle?: string;
}

const CASES: readonly Case[] = [
  {
    title: "NULLs before NOT NULL",
    sqlstate: "23502",
    sql: "ALTER TABLE parent ALTER name SET NOT NULL;",
    likely: 'existing rows of public.parent hold NULL in "name"',
    query: ['SELECT count(*) FROM public.parent WHERE "name" IS NULL', ["1"]],
    settle: "DELETE FROM parent WHERE name IS NULL",
  },
  {
    title: "a row of the file's own without a value",
    sqlstate: "23502",
    sql: "INSERT INTO parent (name) VALUES ('hunter3');",
    likely: 'a row that the file writes has no "id"',
    next: /DEFAULT/,
  },
  {
    title: "duplicates before a unique index",
    sqlstate: "23505",
    sql: "CREATE UNIQUE INDEX ON parent (lower(name));",
    likely: "existing rows of public.parent hold duplicates",
    query: [
      "SELECT lower(name), count(*) FROM public.parent GROUP BY lower(name) HAVING count(*) > 1",
      ["hunter2"],
    ],
    settle: "DELETE FROM parent WHERE id = 2",
  },
  {
    title: "duplicates before a UNIQUE constraint",
    sqlstate: "23505",
    sql: "ALTER TABLE parent ADD CONSTRAINT one_name UNIQUE (name);",
    likely: "existing rows of public.parent hold duplicates",
    query: [
      "SELECT name, count(*) FROM public.parent GROUP BY name HAVING count(*) > 1",
      ["hunter2"],
    ],
    settle: "DELETE FROM parent WHERE id = 2",
  },
  {
    title: "duplicates before an index that is built concurrently",
    sqlstate: "23505",
    sql: "CREATE UNIQUE INDEX CONCURRENTLY one_name ON parent (name);",
    likely: "existing rows of public.parent hold duplicates",
    query: [
      "SELECT name, count(*) FROM public.parent GROUP BY name HAVING count(*) > 1",
      ["hunter2"],
    ],
    settle: "DELETE FROM parent WHERE id = 2",
  },
  {
    title: "a row of the file's own that is there already",
    sqlstate: "23505",
    sql: "INSERT INTO parent (id) VALUES (1);",
    likely: 'a row that the file writes is there already, by "parent_pkey" on public.parent',
    next: /ON CONFLICT/,
  },
  {
    title: "orphans before a foreign key",
    sqlstate: "23503",
    sql: "ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent;",
    likely: "rows of child point to rows that are not there",
    query: [
      "SELECT count(*) FROM child c WHERE c.parent IS NOT NULL AND NOT EXISTS (SELECT FROM parent p WHERE p.id = c.parent)",
      ["1"],
    ],
    settle: "DELETE FROM child WHERE parent = 4711",
  },
  {
    title: "orphans before a key's validation",
    sqlstate: "23503",
    setup: `${SETUP} ALTER TABLE child ADD CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parent NOT VALID;`,
    sql: "ALTER TABLE child VALIDATE CONSTRAINT of_parent;",
    likely: "rows of child point to rows that are not there",
    query: [
      "SELECT count(*) FROM child c WHERE c.parent IS NOT NULL AND NOT EXISTS (SELECT FROM parent p WHERE p.id = c.parent)",
      ["1"],
    ],
    settle: "UPDATE child SET parent = NULL WHERE parent = 4711",
  },
  {
    title: "a row of the file's own that points to none",
    sqlstate: "23503",
    setup: `${SETUP} DELETE FROM child; ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent;`,
    sql: "INSERT INTO child VALUES (1, 4711);",
    likely: /^a row that the file writes points to none, .*"child_parent_fkey" on public\.child/,
    next: /before those that point/,
  },
  {
    title: "rows before a CHECK",
    sqlstate: "23514",
    sql: "ALTER TABLE child ADD CONSTRAINT small CHECK (extra < (1000)), ADD CHECK (id > 0);",
    likely: 'existing rows of public.child do not satisfy "small"',
    query: ["SELECT count(*) FROM public.child WHERE NOT (extra < (1000))", ["3"]],
    settle: "UPDATE child SET extra = 1",
  },
  {
    title: "rows before a CHECK's validation",
    sqlstate: "23514",
    setup: `${SETUP} ALTER TABLE child ADD CONSTRAINT "Small one" CHECK (extra < 1000) NOT VALID;`,
    sql: 'ALTER TABLE child VALIDATE CONSTRAINT "Small one";',
    likely: 'existing rows of public.child do not satisfy "Small one"',
    query: ["SELECT count(*) FROM public.child WHERE NOT ((extra < 1000))", ["3"]],
    settle: "UPDATE child SET extra = 1",
  },
  {
    title: "a row of the file's own against a CHECK",
    sqlstate: "23514",
    setup: `${SETUP} ALTER TABLE child ADD CONSTRAINT positive CHECK (id > 0);`,
    sql: "INSERT INTO child VALUES (-4711);",
    likely: 'a row that the file writes does not satisfy "positive"',
    next: /values in the file/,
  },
  {
    title: "a row that no partition takes",
    sqlstate: "23514",
    setup: "CREATE TABLE visits (at date) PARTITION BY RANGE (at);",
    sql: "INSERT INTO visits VALUES ('4711-01-01');",
    likely: "no partition of public.visits takes the row",
    next: /DEFAULT/,
  },
  {
    title: "rows that exclude each other",
    sqlstate: "23P01",
    setup: `CREATE TABLE visits (during int4range);
      INSERT INTO visits VALUES ('[1,4711)'), ('[3,4)');`,
    sql: "ALTER TABLE visits ADD CONSTRAINT one_at_a_time EXCLUDE USING gist (during WITH &&);",
    likely: 'rows of public.visits exclude each other by "one_at_a_time"',
    next: /settle one of each pair/,
    settle: "DELETE FROM visits WHERE during = '[3,4)'",
  },
  {
    title: "texts that are no numbers",
    sqlstate: "22P02",
    sql: "ALTER TABLE parent ALTER name TYPE int USING name::int;",
    likely: "rows of parent hold values in name that int4 cannot take",
    query: ["SELECT count(*) FROM parent WHERE NOT pg_input_is_valid(name::text, 'int4')", ["2"]],
    settle: "UPDATE parent SET name = '1'",
  },
  {
    title: "numbers beyond the new type",
    sqlstate: "22003",
    setup: `${SETUP} UPDATE parent SET big = 47110000000;`,
    sql: "ALTER TABLE parent ALTER big TYPE int;",
    likely: "rows of parent hold values in big that int4 cannot take",
    query: ["SELECT count(*) FROM parent WHERE NOT pg_input_is_valid(big::text, 'int4')", ["3"]],
    settle: "UPDATE parent SET big = 1",
  },
  {
    title: "texts that are too long",
    sqlstate: "22001",
    sql: "ALTER TABLE parent ALTER name TYPE varchar(3);",
    likely: "rows of parent hold values in name that varchar(3) cannot take",
    query: [
      "SELECT count(*) FROM parent WHERE NOT pg_input_is_valid(name::text, 'varchar(3)')",
      ["2"],
    ],
    settle: "UPDATE parent SET name = 'abc'",
  },
  {
    title: "texts that are no dates",
    sqlstate: "22007",
    sql: "ALTER TABLE parent ALTER name TYPE date USING name::date;",
    likely: "rows of parent hold values in name that date cannot take",
    query: ["SELECT count(*) FROM parent WHERE NOT pg_input_is_valid(name::text, 'date')", ["2"]],
    settle: "UPDATE parent SET name = '2026-01-01'",
  },
  {
    title: "dates that do not exist",
    sqlstate: "22008",
    setup: `${SETUP} UPDATE parent SET name = '2026-02-30';`,
    sql: "ALTER TABLE parent ALTER name TYPE date USING name::date;",
    likely: "rows of parent hold values in name that date cannot take",
    query: ["SELECT count(*) FROM parent WHERE NOT pg_input_is_valid(name::text, 'date')", ["3"]],
    settle: "UPDATE parent SET name = '2026-01-01'",
  },
  {
    title: "a division by zero",
    sqlstate: "22012",
    sql: "ALTER TABLE child ADD ratio int GENERATED ALWAYS AS (1 / (id - 1)) STORED;",
    likely: /divides/,
    next: /nullif/,
    settle: "DELETE FROM child WHERE id = 1",
  },
  {
    title: "bytes that are no UTF-8",
    sqlstate: "22021",
    sql: "SELECT convert_from('\\xff', 'UTF8');",
    likely: /bytes/,
    next: /LATIN1/,
  },
  {
    title: "a character that another encoding does not have",
    sqlstate: "22P05",
    sql: "SELECT convert_to('€', 'LATIN1');",
    likely: /no character for/,
    next: /UTF-8/,
  },
  {
    title: "a value that a function does not take",
    sqlstate: "22023",
    sql: "ALTER TABLE parent ALTER name TYPE varchar(0);",
    likely: /value that it does not take/,
  },
  {
    title: "a row that others point to",
    sqlstate: "23001",
    setup: `${SETUP} DELETE FROM child WHERE parent = 4711;
      ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE RESTRICT;`,
    sql: "DELETE FROM parent WHERE id = 1;",
    likely: /still point/,
    next: /before/,
    settle: "DELETE FROM child",
  },
];

describe("rows in the way", () => {
  const database = useDatabase();

  for (const { title, sqlstate, likely, query, next, settle, ...failing } of CASES) {
    it(`${sqlstate}: ${title}`, async () => {
      const files = { setup: SETUP, ...failing };
      const error = await provoke(database.url, files);
      const major = await serverMajor(database.url);
      // ON DELETE RESTRICT has a code of its own since 18.
      assert.equal(error.sqlstate, sqlstate === "23001" && major < 18 ? "23503" : sqlstate);
      if (typeof likely === "string") assert.equal(error.likely, likely);
      else assert.match(error.likely ?? "", likely);
      assert.match(error.next ?? "", next ?? /./);
      assert.match(error.next ?? "", /nothing of this file was applied|not repeated/);
      const told = formatError(error).replace(/^.*\d+ \| .*$/gm, "");
      assert.doesNotMatch(told, /hunter|4711/);
      // Values are asked whether they fit since 16.
      if (query && (major >= 16 || !query[0].includes("pg_input_is_valid"))) {
        const [sql, values] = query;
        assert.ok(commandsIn(error.next).includes(sql), error.next);
        const rows = await queryAll<Record<string, unknown>>(database.url, sql);
        assert.deepEqual(
          rows.map((row) => Object.values(row)[0]),
          values,
        );
      }
      if (settle === undefined) return;
      await queryAll(database.url, settle);
      await applyAgain(database.url, files);
    });
  }
});
