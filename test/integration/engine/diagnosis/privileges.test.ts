// What a role may not do: each GRANT that the error names, run as it stands, lets the migration through.
import assert from "node:assert/strict";
import { createOwnerRole, queryAll, serverMajor, useDatabase } from "../../../support/database.ts";
import { applyAgain, begin, cure, provoke, type Failing } from "./provoke.ts";

/** Made by the superuser, before the migrations of the plain role. */
const OTHERS = `
  CREATE SCHEMA other;
  CREATE TABLE other.customers (id int PRIMARY KEY, name text);
  CREATE TABLE public.vault (id int PRIMARY KEY, name text);
  CREATE VIEW public.names AS SELECT name FROM public.vault;
  CREATE SEQUENCE public.numbers;
  CREATE TYPE public.colour AS ENUM ('red');
  REVOKE USAGE ON TYPE public.colour FROM public;
  CREATE FUNCTION public.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * $1';
  REVOKE EXECUTE ON FUNCTION public.twice(int) FROM public;`;

interface Case extends Failing {
  readonly title: string;
  /** The commands, {role} standing for the role that migrates. */
  readonly grants: readonly (readonly string[])[];
}

/** Rights on settings can be granted since PostgreSQL 15. */
const PARAMETER = "a setting that superusers change";

const OWN = "CREATE TABLE mine (id int);";

const CASES: readonly Case[] = [
  {
    title: "a column on a superuser's table",
    sql: "ALTER TABLE vault ADD phone text;",
    grants: [["ALTER TABLE vault OWNER TO {role}"]],
  },
  {
    title: "the same from a DO block",
    sql: "DO $$ BEGIN EXECUTE 'ALTER TABLE vault ADD phone text'; END $$;",
    grants: [["ALTER TABLE vault OWNER TO {role}"]],
  },
  {
    title: "an index of a superuser's table",
    sql: "ALTER INDEX vault_pkey RENAME TO vault_key;",
    grants: [["ALTER TABLE vault OWNER TO {role}"]],
  },
  {
    title: "a foreign key to a table that may only be read",
    setup: OWN,
    sql: "ALTER TABLE mine ADD FOREIGN KEY (id) REFERENCES vault;",
    grants: [["GRANT REFERENCES ON vault TO {role}"]],
  },
  {
    title: "a trigger",
    sql: "CREATE TRIGGER t BEFORE UPDATE ON vault FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();",
    grants: [["GRANT TRIGGER ON vault TO {role}"]],
  },
  {
    title: "rows written with a condition",
    sql: "UPDATE vault SET name = 'x' WHERE id = 1;",
    grants: [["GRANT UPDATE, SELECT ON vault TO {role}"]],
  },
  {
    title: "rows copied from another table",
    setup: OWN,
    sql: "INSERT INTO mine SELECT id FROM vault;",
    grants: [["GRANT SELECT ON vault TO {role}"]],
  },
  {
    title: "a table in a closed schema, then the table itself",
    sql: "INSERT INTO other.customers VALUES (1, 'a');",
    grants: [
      ["GRANT USAGE ON SCHEMA other TO {role}"],
      ["GRANT INSERT ON other.customers TO {role}"],
    ],
  },
  {
    title: "a new table in a closed schema",
    sql: "CREATE TABLE other.mine (id int);",
    grants: [["GRANT USAGE, CREATE ON SCHEMA other TO {role}"]],
  },
  {
    title: "a view replaced",
    sql: "CREATE OR REPLACE VIEW names AS SELECT name, id FROM vault;",
    grants: [["ALTER VIEW names OWNER TO {role}"]],
  },
  {
    title: "a sequence's next number",
    sql: "SELECT nextval('numbers');",
    grants: [["GRANT USAGE ON SEQUENCE numbers TO {role}"]],
  },
  {
    title: "a type that not everybody may use",
    setup: OWN,
    sql: "ALTER TABLE mine ADD colour colour;",
    grants: [["GRANT USAGE ON TYPE colour TO {role}"]],
  },
  {
    title: "a value for a superuser's enum",
    sql: "ALTER TYPE colour RENAME VALUE 'red' TO 'dark red';",
    grants: [["ALTER TYPE colour OWNER TO {role}"]],
  },
  {
    title: "a function that not everybody may call",
    sql: "SELECT twice(1);",
    grants: [["GRANT EXECUTE ON FUNCTION twice(integer) TO {role}"]],
  },
  {
    title: "a function replaced",
    sql: "CREATE OR REPLACE FUNCTION twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $1';",
    grants: [["ALTER FUNCTION twice(integer) OWNER TO {role}"]],
  },
  {
    title: "an extension that only a superuser may install",
    sql: "CREATE EXTENSION IF NOT EXISTS dblink;",
    grants: [["CREATE EXTENSION IF NOT EXISTS dblink"]],
  },
  {
    title: "a role",
    sql: "SET createrole_self_grant = ''; CREATE ROLE {role}_r2;",
    grants: [["ALTER ROLE {role} CREATEROLE"]],
  },
  {
    title: "another role's rights",
    sql: "SET LOCAL ROLE pg_monitor;",
    grants: [["GRANT pg_monitor TO {role}"]],
  },
  {
    title: PARAMETER,
    sql: "SET LOCAL log_statement = 'all';",
    grants: [["GRANT SET ON PARAMETER log_statement TO {role}"]],
  },
  {
    title: "a server's file",
    setup: OWN,
    sql: "COPY mine TO PROGRAM 'cat > /dev/null';",
    grants: [["GRANT pg_execute_server_program TO {role}"]],
  },
];

describe("a missing privilege", () => {
  const database = useDatabase();

  for (const { title, grants, ...failing } of CASES) {
    it(title, async () => {
      const url = await createOwnerRole(database.url);
      const role = new URL(url).username;
      const major = await serverMajor(database.url);
      const sql = failing.sql.replaceAll("{role}", role);
      // Only since 16 whoever makes a role gets it.
      const files = {
        ...failing,
        sql: major < 16 ? sql.replace(/^SET createrole\w+ = ''; /, "") : sql,
      };
      await begin(url, files);
      await queryAll(database.url, OTHERS);
      for (const expected of grants) {
        const error = await provoke(url, files);
        assert.equal(error.sqlstate, "42501", `${error.message}: ${error.seen ?? ""}`);
        assert.match(error.likely ?? "", new RegExp(`^role ${role} lacks `));
        if (title === PARAMETER && major < 15) {
          assert.match(
            error.next ?? "",
            /let a superuser run this statement: no GRANT gives the right/,
          );
          return;
        }
        const commands = await cure(database.url, error);
        assert.deepEqual(
          commands,
          expected.map((command) => command.replaceAll("{role}", role)),
        );
      }
      await applyAgain(url, files);
      // A right on a setting is the server's, and would keep the role from being dropped.
      await queryAll(database.url, `DROP OWNED BY ${role} CASCADE`);
    });
  }
});
