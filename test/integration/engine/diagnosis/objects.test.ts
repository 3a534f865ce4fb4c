// Objects that are there, missing or needed by others: the error names them, and its commands let the file through.
import assert from "node:assert/strict";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { applyAgain, begin, cure, provoke, type Failing } from "./provoke.ts";

const SETUP = `
  CREATE TABLE parent (id int PRIMARY KEY, name text);
  CREATE TABLE child (id int, parent int REFERENCES parent);
  CREATE VIEW names AS SELECT name FROM parent;
  CREATE VIEW long_names AS SELECT name FROM names WHERE length(name) > 9;`;

interface Case extends Failing {
  readonly title: string;
  readonly sqlstate: string;
  /** Made by hand between the two files. */
  readonly byHand?: string;
  readonly likely: RegExp;
  readonly next: RegExp;
  /** The commands of the remedy. */
  readonly commands?: readonly string[];
  /** What the reader does otherwise. */
  readonly settle?: string;
  /** The file as the remedy wants it. */
  readonly mended?: string;
}

const DUPLICATES: readonly Case[] = [
  {
    title: "a table made by hand",
    sqlstate: "42P07",
    byHand: "CREATE TABLE visits (id int)",
    sql: "CREATE TABLE visits (id int);",
    likely: /^the table visits is there already/,
    next: /lockstep baseline/,
    mended: "CREATE TABLE IF NOT EXISTS visits (id int);",
  },
  {
    title: "an index made by hand",
    sqlstate: "42P07",
    byHand: "CREATE INDEX by_name ON parent (name)",
    sql: "CREATE INDEX by_name ON parent (name);",
    likely: /^the index by_name on parent is there already/,
    next: /IF NOT EXISTS/,
    settle: "DROP INDEX by_name",
  },
  {
    title: "a column made by hand",
    sqlstate: "42701",
    sql: "ALTER TABLE parent ADD name text;",
    likely: /^parent has the column already/,
    next: /ADD COLUMN IF NOT EXISTS/,
    mended: "ALTER TABLE parent ADD COLUMN IF NOT EXISTS name text;",
  },
  {
    title: "a constraint made by hand",
    sqlstate: "42710",
    byHand: "ALTER TABLE parent ADD CONSTRAINT positive CHECK (id > 0)",
    sql: "ALTER TABLE parent ADD CONSTRAINT positive CHECK (id > 0);",
    likely: /there already/,
    next: /compare it/,
    settle: "ALTER TABLE parent DROP CONSTRAINT positive",
  },
  {
    title: "a function made by hand",
    sqlstate: "42723",
    byHand: "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    sql: "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    likely: /there already/,
    next: /OR REPLACE/,
    mended: "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
  },
  {
    title: "a schema made by hand",
    sqlstate: "42P06",
    byHand: "CREATE SCHEMA app",
    sql: "CREATE SCHEMA app;",
    likely: /there already/,
    next: /IF NOT EXISTS/,
    mended: "CREATE SCHEMA IF NOT EXISTS app;",
  },
  {
    title: "a second primary key",
    sqlstate: "42P16",
    sql: "ALTER TABLE parent ADD PRIMARY KEY (name);",
    likely: /^parent has a primary key already/,
    next: /DROP CONSTRAINT/,
    mended:
      "ALTER TABLE child DROP CONSTRAINT child_parent_fkey; ALTER TABLE parent DROP CONSTRAINT parent_pkey, ADD PRIMARY KEY (name);",
  },
];

const MISSING: readonly Case[] = [
  {
    title: "a table in another schema",
    sqlstate: "42P01",
    byHand: "CREATE SCHEMA billing; CREATE TABLE billing.visits (id int)",
    sql: "ALTER TABLE visits ADD at date;",
    likely: /search_path \("\$user", public\) does not have: billing\.visits/,
    next: /^write it as billing\.visits/,
    mended: "ALTER TABLE billing.visits ADD at date;",
  },
  {
    title: "a table that nobody made",
    sqlstate: "42P01",
    sql: "ALTER TABLE visits ADD at date;",
    likely: /does not exist in the search_path/,
    next: /file that creates it comes before/,
  },
  {
    title: "a column",
    sqlstate: "42703",
    sql: "CREATE INDEX ON parent (mail);",
    likely: /column .* does not exist/,
    next: /file that adds it comes before/,
  },
  {
    title: "a schema",
    sqlstate: "3F000",
    sql: "CREATE TABLE billing.visits (id int);",
    likely: /schema/,
    next: /CREATE SCHEMA/,
    settle: "CREATE SCHEMA billing",
  },
  {
    title: "an extension's function",
    sqlstate: "42883",
    sql: "ALTER TABLE child ADD key uuid DEFAULT uuid_generate_v4();",
    likely: /belongs to the extension "uuid-ossp"/,
    next: /put this before/,
    commands: ['CREATE EXTENSION IF NOT EXISTS "uuid-ossp"'],
  },
  {
    title: "an extension's function in another schema",
    sqlstate: "42883",
    byHand: "CREATE SCHEMA ext; CREATE EXTENSION unaccent SCHEMA ext",
    sql: "SELECT unaccent('é');",
    likely: /does not have: ext\.unaccent$/,
    next: /^write it as ext\.unaccent;/,
    mended: "SELECT ext.unaccent('é');",
  },
  {
    title: "a function for such arguments",
    sqlstate: "42883",
    sql: "ALTER TABLE parent ADD CHECK (name > 1);",
    likely: /arguments of these types/,
    next: /cast/,
    mended: "ALTER TABLE parent ADD CHECK (name > '1');",
  },
  {
    title: "an extension's type",
    sqlstate: "42704",
    sql: "ALTER TABLE parent ADD mail citext;",
    likely: /belongs to the extension citext/,
    next: /put this before/,
    commands: ["CREATE EXTENSION IF NOT EXISTS citext"],
  },
  {
    title: "an extension's operator class",
    sqlstate: "42704",
    sql: "CREATE INDEX ON parent USING gin (name gin_trgm_ops);",
    likely: /belongs to the extension pg_trgm/,
    next: /put this before/,
    commands: ["CREATE EXTENSION IF NOT EXISTS pg_trgm"],
  },
  {
    title: "a type in another schema",
    sqlstate: "42704",
    byHand: "CREATE SCHEMA billing; CREATE TYPE billing.colour AS ENUM ('red')",
    sql: "ALTER TABLE parent ADD colour colour;",
    likely: /does not have: billing\.colour/,
    next: /^write it as billing\.colour/,
    mended: "ALTER TABLE parent ADD colour billing.colour;",
  },
  {
    title: "a constraint",
    sqlstate: "42704",
    sql: "ALTER TABLE parent DROP CONSTRAINT positive;",
    likely: /does not exist/,
    next: /file that creates it comes before/,
  },
  {
    title: "a tablespace",
    sqlstate: "42704",
    sql: "CREATE TABLE visits (id int) TABLESPACE fast;",
    likely: /no tablespace of that name/,
    next: /CREATE TABLESPACE/,
    mended: "CREATE TABLE visits (id int);",
  },
  {
    title: "a role",
    sqlstate: "42704",
    sql: "GRANT SELECT ON parent TO nobody_at_all;",
    likely: /no role of that name/,
    next: /CREATE ROLE/,
  },
  {
    title: "a setting",
    sqlstate: "42704",
    sql: "SET LOCAL no_such_setting = 1;",
    likely: /no setting of that name/,
    next: /version/,
  },
];

const DEPENDED: readonly Case[] = [
  {
    title: "a column that views show",
    sqlstate: "2BP01",
    sql: "ALTER TABLE parent DROP COLUMN name;",
    likely: /other objects depend/,
    next: /CASCADE would hide/,
    commands: ["DROP VIEW long_names", "DROP VIEW names"],
  },
  {
    title: "a table that views show and keys point to",
    sqlstate: "2BP01",
    sql: "DROP TABLE parent;",
    likely: /other objects depend/,
    next: /in a file of their own/,
    commands: [
      "DROP VIEW long_names",
      "ALTER TABLE child DROP CONSTRAINT child_parent_fkey",
      "DROP VIEW names",
    ],
  },
  {
    title: "a function that a trigger, a default and a policy call",
    sqlstate: "2BP01",
    setup: `${SETUP}
      CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
      ALTER TABLE parent ALTER id SET DEFAULT one();
      CREATE POLICY first ON parent USING (id = one());`,
    sql: "DROP FUNCTION one();",
    likely: /other objects depend/,
    next: /make anew what is still wanted/,
    commands: ["ALTER TABLE parent ALTER id DROP DEFAULT", "DROP POLICY first ON parent"],
  },
  {
    title: "a trigger's function",
    sqlstate: "2BP01",
    setup: `${SETUP}
      CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
      CREATE TRIGGER keep BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION keep();`,
    sql: "DROP FUNCTION keep();",
    likely: /other objects depend/,
    next: /make anew/,
    commands: ["DROP TRIGGER keep ON parent"],
  },
  {
    title: "a column whose type a view keeps",
    sqlstate: "0A000",
    sql: "ALTER TABLE parent ALTER name TYPE varchar(99);",
    likely: /uses the column whose type changes/,
    next: /in the same file/,
    commands: ["DROP VIEW long_names", "DROP VIEW names"],
  },
];

const OTHERS: readonly Case[] = [
  {
    title: "a type that is not cast by itself",
    sqlstate: "42804",
    setup: "CREATE TABLE parent (id text);",
    sql: "ALTER TABLE parent ALTER id TYPE int;",
    likely: /by itself/,
    next: /ALTER COLUMN id TYPE int4 USING id::int4/,
    mended: "ALTER TABLE parent ALTER COLUMN id TYPE int4 USING id::int4;",
  },
  {
    title: "a key to columns that are not unique",
    sqlstate: "42830",
    sql: "ALTER TABLE child ADD FOREIGN KEY (id) REFERENCES parent (name);",
    likely: /primary key or to columns with a UNIQUE/,
    next: /unique before/,
    settle: "ALTER TABLE parent ADD UNIQUE (name)",
    mended:
      "ALTER TABLE child ALTER id TYPE text; ALTER TABLE child ADD FOREIGN KEY (id) REFERENCES parent (name);",
  },
  {
    title: "an index on what changes by itself",
    sqlstate: "42P17",
    sql: "CREATE INDEX ON parent (id) WHERE now() > '2026-01-01';",
    likely: /only depend on the row/,
    next: /immutable/,
  },
  {
    title: "partitions that overlap",
    sqlstate: "42P17",
    setup: `CREATE TABLE parts (id int) PARTITION BY RANGE (id);
      CREATE TABLE one PARTITION OF parts FOR VALUES FROM (1) TO (10);`,
    sql: "CREATE TABLE two PARTITION OF parts FOR VALUES FROM (5) TO (10);",
    likely: /contradicts/,
    next: /as the message says/,
  },
  {
    title: "a view taken for a table",
    sqlstate: "42809",
    sql: "ALTER VIEW parent RENAME TO parents;",
    likely: /another kind/,
    next: /of its kind/,
  },
  {
    title: "two collations in one comparison",
    sqlstate: "42P21",
    sql: `SELECT 'a' COLLATE "C" < 'b' COLLATE "POSIX";`,
    likely: /different collations/,
    next: /COLLATE "C"/,
  },
  {
    title: "SQL in a string that is none",
    sqlstate: "42601",
    sql: "DO $$ BEGIN EXECUTE 'selec 1'; END $$;",
    likely: /grammar of PostgreSQL \d+\.\d+/,
    next: /mend the file/,
  },
];

describe("objects in the way", () => {
  const database = useDatabase();

  for (const [what, cases] of Object.entries({ DUPLICATES, MISSING, DEPENDED, OTHERS })) {
    describe(what.toLowerCase(), () => {
      for (const { title, sqlstate, byHand, likely, next, ...rest } of cases) {
        it(`${sqlstate}: ${title}`, async () => {
          const { commands, settle, mended, ...failing } = rest;
          const files = { setup: SETUP, ...failing };
          await begin(database.url, files);
          if (byHand !== undefined) await queryAll(database.url, byHand);
          const error = await provoke(database.url, files);
          assert.equal(error.sqlstate, sqlstate, error.message);
          assert.match(error.likely ?? "", likely);
          assert.match(error.next ?? "", next);
          assert.match(error.where ?? "", /^migrations\/02_change_things_up\.sql:1:\d+$/);
          // Where both orders do, they come as the catalogue of that version has them; that they do is told by running them.
          if (commands)
            assert.deepEqual((await cure(database.url, error)).sort(), commands.toSorted());
          if (settle !== undefined) await queryAll(database.url, settle);
          if (commands ?? settle ?? mended) {
            await applyAgain(
              database.url,
              mended === undefined ? files : { ...files, sql: mended },
            );
          }
        });
      }
    });
  }
});
