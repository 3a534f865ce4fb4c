// Pairs of schemas: what a database has, and what is wanted.

/** One way from a schema to another. */
export interface Pair {
  readonly about: string;
  readonly from: string;
  readonly to: string;
  /** Words that the up files must hold, in this order. */
  readonly holds?: readonly string[];
  /** Names of the files, numbers left out. */
  readonly files?: readonly string[];
  /** Rules of errors that lint has of the draft. */
  readonly errors?: readonly string[];
  /** Whoever is asked says that what goes and what comes are one. */
  readonly renamed?: boolean;
  /** Bodies of functions name tables of the schema public. */
  readonly alone?: boolean;
  /** Values of a type cannot be taken back. */
  readonly stays?: boolean;
}

const T = "CREATE TABLE t (id bigint PRIMARY KEY, a text, b integer);";
const U = "CREATE TABLE u (id bigint PRIMARY KEY);";

/** The table of the test. */
export const PAIRS: readonly Pair[] = [
  {
    about: "a table with an identity, a check, an index and a comment",
    from: T,
    to: `${T} CREATE TABLE u (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t_id bigint REFERENCES t, n numeric(10,2) NOT NULL DEFAULT 0 CHECK (n >= 0));
      CREATE INDEX u_t_idx ON u (t_id); COMMENT ON TABLE u IS 'it''s new'; COMMENT ON COLUMN u.n IS 'in EUR';`,
  },
  {
    about: "columns, with and without a default",
    from: T,
    to: 'CREATE TABLE t (id bigint PRIMARY KEY, a text, b integer, c timestamptz NOT NULL DEFAULT now(), d text COLLATE "C");',
  },
  {
    about: "a required column without a default",
    from: T,
    to: "CREATE TABLE t (id bigint PRIMARY KEY, a text, b integer, c text NOT NULL);",
    files: ["add_t_c_objects", "bind_t_c", "validate_t_c", "require_t_c"],
    holds: ["ADD COLUMN c text;", "NOT VALID;", "VALIDATE CONSTRAINT c_not_null;", "SET NOT NULL;"],
  },
  {
    about: "a column that goes, with its index",
    from: `${T} CREATE INDEX t_b_idx ON t (b);`,
    to: "CREATE TABLE t (id bigint PRIMARY KEY, a text);",
  },
  {
    about: "a table that goes, with all that is its own, and a key to it",
    from: `${T} CREATE TABLE u (id serial PRIMARY KEY, t_id bigint CONSTRAINT u_t REFERENCES t, n int UNIQUE, s text);
      CREATE INDEX u_s ON u (s) WHERE s <> ''; COMMENT ON TABLE u IS 'old'; COMMENT ON COLUMN u.s IS 'x'; ALTER TABLE t ADD CONSTRAINT t_b_u FOREIGN KEY (b) REFERENCES u;`,
    to: T,
  },
  {
    about:
      "tables that refer to one another, with functions behind their triggers, policies and defaults",
    from: `CREATE FUNCTION old_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE FUNCTION zz_f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
      CREATE TABLE old_a (id int PRIMARY KEY, b int DEFAULT zz_f(1)); CREATE TABLE old_b (id int PRIMARY KEY, a int REFERENCES old_a); ALTER TABLE old_a ADD CONSTRAINT ab FOREIGN KEY (b) REFERENCES old_b;
      CREATE TABLE old_c (b int REFERENCES old_b, self int UNIQUE REFERENCES old_c (self)); CREATE TRIGGER t BEFORE INSERT ON old_a FOR EACH ROW EXECUTE FUNCTION old_f(); CREATE INDEX old_i ON old_c (zz_f(b));`,
    to: `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE FUNCTION ok(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT true';
      CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); ALTER TABLE a ADD CONSTRAINT ab FOREIGN KEY (b) REFERENCES b;
      CREATE TABLE c (b int REFERENCES b); CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); CREATE POLICY p ON c USING (ok(b)); CREATE FUNCTION of_a(a) RETURNS int LANGUAGE sql AS 'SELECT 1';`,
  },
  {
    about: "indexes: one comes, one goes, one is another",
    from: `${T} CREATE INDEX i1 ON t (a); CREATE INDEX i2 ON t (b);`,
    to: `${T} CREATE INDEX i1 ON t (a) WHERE b > 0; CREATE UNIQUE INDEX i3 ON t (lower(a), b DESC);`,
    files: ["add_i1", "add_i3", "drop_i2", "drop_i1", "remove_i1"],
  },
  {
    about: "constraints on a table in use",
    from: `${T} ${U}`,
    to: `${U} CREATE TABLE t (id bigint PRIMARY KEY, a text UNIQUE, b integer CONSTRAINT positive CHECK (b > 0), CONSTRAINT t_u FOREIGN KEY (id) REFERENCES u DEFERRABLE);`,
    holds: [
      "CREATE UNIQUE INDEX CONCURRENTLY t_a_key",
      "UNIQUE USING INDEX t_a_key",
      "NOT VALID;",
      "VALIDATE CONSTRAINT",
    ],
  },
  {
    about: "a key on a new column",
    from: `${T} ${U}`,
    to: `${U} CREATE TABLE t (id bigint PRIMARY KEY, a text, b integer, u_id bigint REFERENCES u); CREATE INDEX t_u ON t (u_id);`,
  },
  {
    about: "a constraint that is another, and one that goes",
    from: "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0), b int CONSTRAINT d CHECK (b > 0), e int UNIQUE);",
    to: "CREATE TABLE t (a int CONSTRAINT c CHECK (a > 1), b int, e int);",
  },
  {
    about: "a primary key where there is none",
    from: "CREATE TABLE t (id bigint, a text);",
    to: "CREATE TABLE t (id bigint PRIMARY KEY, a text);",
    holds: [
      "CREATE UNIQUE INDEX CONCURRENTLY t_pkey",
      "SET NOT NULL;",
      "PRIMARY KEY USING INDEX t_pkey;",
    ],
  },
  {
    about: "defaults and nulls",
    from: "CREATE TABLE t (a int DEFAULT 1, b int, c int NOT NULL, d int DEFAULT 4);",
    to: "CREATE TABLE t (a int DEFAULT 2, b int DEFAULT 3, c int, d int);",
  },
  {
    about: "a type",
    from: "CREATE TABLE t (a int DEFAULT 1, b varchar(10));",
    to: "CREATE TABLE t (a bigint DEFAULT 1, b text);",
    files: ["change_t_a_objects", "change_t_b_objects"],
    errors: ["breaks-running-code", "breaks-running-code"],
  },
  {
    about: "a column and a table under new names, and an index that follows",
    from: `CREATE TABLE t (a int, "B c" text); CREATE TABLE old (x int); CREATE INDEX i ON t ("B c");`,
    to: `CREATE TABLE t (a int, "D.e" text); CREATE TABLE "New" (x int, CHECK (x > 0)); CREATE INDEX i ON t ("D.e");`,
    renamed: true,
    files: ["rename_old", "rename_t_b_c", "bind_new_x_check", "validate_new_x_check"],
    errors: ["breaks-running-code", "breaks-running-code"],
  },
  {
    about: "enum values at any place",
    from: "CREATE TYPE mood AS ENUM ('b', 'd'); CREATE TABLE t (m mood);",
    to: "CREATE TYPE mood AS ENUM ('_', 'a', 'b', 'c', 'c2', 'd', 'e', 'f'); CREATE TABLE t (m mood, n mood DEFAULT 'e');",
    files: ["add_mood_values", "add_t_n_objects"],
    stays: true,
  },
  {
    about: "types: an enum, a domain and a composite type come, others go",
    from: "CREATE TYPE old AS ENUM ('x'); CREATE DOMAIN plz AS text CHECK (VALUE ~ '^[0-9]{5}$'); CREATE TYPE pair AS (x int, y text);",
    to: "CREATE TYPE kind AS ENUM ('it''s', 'b'); CREATE DOMAIN mail AS text DEFAULT '' NOT NULL CONSTRAINT at CHECK (VALUE ~ '@' OR VALUE = ''); CREATE TYPE pos AS (x int, y int); CREATE TABLE t (k kind, m mail, p pos[]);",
  },
  {
    about: "a domain that is another",
    from: "CREATE DOMAIN d AS int CONSTRAINT a CHECK (VALUE > 0); CREATE TABLE t (x d);",
    to: "CREATE DOMAIN d AS int DEFAULT 5 CONSTRAINT b CHECK (VALUE > 1); CREATE TABLE t (x d);",
  },
  {
    about: "sequences, of their own and of a column",
    from: "CREATE SEQUENCE s; CREATE SEQUENCE gone; CREATE TABLE t (a text);",
    to: "CREATE SEQUENCE s AS int INCREMENT BY 5 MAXVALUE 1000 CYCLE; CREATE TABLE t (a text, n serial); CREATE TABLE u (id bigserial PRIMARY KEY);",
  },
  {
    about: "an identity that comes, one that goes, one that is another",
    from: "CREATE TABLE t (a int NOT NULL, b int GENERATED ALWAYS AS IDENTITY); CREATE TABLE u (a int GENERATED ALWAYS AS IDENTITY);",
    to: "CREATE TABLE t (a int NOT NULL GENERATED BY DEFAULT AS IDENTITY (START WITH 10), b int NOT NULL); CREATE TABLE u (a int GENERATED BY DEFAULT AS IDENTITY);",
  },
  {
    about: "views on views and on a column that goes",
    from: `${T} CREATE VIEW v AS SELECT id, a, b FROM t; CREATE VIEW w AS SELECT id, a FROM v; COMMENT ON VIEW w IS 'w'; CREATE VIEW x AS SELECT 1 AS one;`,
    to: "CREATE TABLE t (id bigint PRIMARY KEY, a text); CREATE VIEW v AS SELECT id, a FROM t; CREATE VIEW w AS SELECT id, a FROM v; COMMENT ON VIEW w IS 'w'; CREATE VIEW y WITH (security_barrier) AS SELECT id FROM w;",
  },
  {
    about: "a view that is replaced, and a materialized one",
    from: `${T} CREATE VIEW v AS SELECT id FROM t; CREATE MATERIALIZED VIEW m AS SELECT a FROM t; CREATE INDEX m_a ON m (a);`,
    to: `${T} CREATE VIEW v AS SELECT id FROM t WHERE b > 0; CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t; CREATE INDEX m_a ON m (a);`,
  },
  {
    about: "functions and triggers",
    alone: true,
    from: `${T} CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
      CREATE FUNCTION g(x int) RETURNS int LANGUAGE sql AS 'SELECT x'; CREATE FUNCTION gone() RETURNS int LANGUAGE sql AS 'SELECT 1';`,
    to: `${T} CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 'it''s'; RETURN NEW; END $$; CREATE TRIGGER a BEFORE UPDATE OR INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
      CREATE FUNCTION g(x int) RETURNS bigint LANGUAGE sql AS 'SELECT x::bigint'; CREATE FUNCTION h(y text DEFAULT 'a') RETURNS SETOF t LANGUAGE sql STABLE AS 'SELECT * FROM t WHERE a = y';
      CREATE PROCEDURE p() LANGUAGE sql AS 'DELETE FROM t'; CREATE TRIGGER b AFTER DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION f();`,
  },
  {
    about: "a table whose default and check need a new function",
    from: "CREATE TABLE zz (a int);",
    to: `CREATE TABLE zz (a int); CREATE FUNCTION next() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION ok(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
      CREATE TABLE aa (n int DEFAULT next() CHECK (ok(n))); CREATE VIEW ab AS SELECT n FROM aa;`,
  },
  {
    about: "a schema with names that need quotes",
    from: "",
    to: `CREATE SCHEMA "My Shop"; CREATE TABLE "My Shop"."Order" ("Group" int PRIMARY KEY, "sel""ect" text UNIQUE); CREATE INDEX "An Index" ON "My Shop"."Order" ("sel""ect");`,
  },
  {
    about: "a schema that goes",
    from: "CREATE SCHEMA old; CREATE TABLE old.t (a int); CREATE FUNCTION old.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMENT ON SCHEMA old IS 'x';",
    to: "",
  },
  {
    about: "partitions",
    from: "CREATE TABLE x (a int);",
    to: "CREATE TABLE x (a int); CREATE TABLE p (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); CREATE TABLE pd PARTITION OF p DEFAULT; CREATE INDEX p_at ON p (at);",
  },
  {
    about: "row security, policies, options and comments",
    from: `${T} CREATE POLICY old ON t USING (true); COMMENT ON TABLE t IS 'one'; COMMENT ON COLUMN t.a IS 'a';`,
    to: `CREATE TABLE t (id bigint PRIMARY KEY, a text, b integer) WITH (fillfactor = 70); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON t FOR SELECT USING (id > 0); COMMENT ON TABLE t IS 'two'; COMMENT ON COLUMN t.b IS 'b';`,
  },
  {
    about: "a generated column, storage and statistics",
    from: T,
    to: `CREATE TABLE t (id bigint PRIMARY KEY, a text STORAGE EXTERNAL, b integer, c int GENERATED ALWAYS AS (b * 2) STORED); ALTER TABLE t ALTER b SET STATISTICS 500; CREATE STATISTICS st ON a, b FROM t;`,
  },
];
