// The effect of every kind of statement on running code.
import assert from "node:assert/strict";
import { readEffects } from "../../../../engine/lint/effects.ts";
import type { Effect } from "../../../../engine/sources/migration.ts";
import { parseSql } from "../../../../engine/sql/parse.ts";

async function read(sql: string, newRelations: readonly string[] = []) {
  const readings = readEffects(await parseSql(sql, "x.sql"), { newRelations });
  return readings.map(({ verdict }) => verdict);
}

/** Scripts with the effects of their statements, in order. */
type Cases = readonly (readonly [string, ...Effect[]])[];

function check(title: string, cases: Cases): void {
  describe(title, () => {
    for (const [sql, ...effects] of cases) {
      it(`${sql} -> ${effects.join(", ")}`, async () => {
        assert.deepEqual(
          (await read(sql)).map(({ effect }) => effect),
          effects,
        );
      });
    }
  });
}

check("CREATE", [
  ["CREATE TABLE t (a int)", "adds"],
  ["CREATE TABLE t AS SELECT 1", "adds"],
  ["SELECT 1 INTO t", "adds"],
  ["CREATE INDEX i ON t (a)", "adds"],
  ["CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "adds"],
  ["CREATE VIEW v AS SELECT 1", "adds"],
  ["CREATE OR REPLACE VIEW v AS SELECT 1", "adds"],
  ["CREATE MATERIALIZED VIEW v AS SELECT 1", "adds"],
  ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "adds"],
  ["CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "adds"],
  ["CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()", "adds"],
  ["CREATE TYPE e AS ENUM ('a')", "adds"],
  ["CREATE TYPE c AS (a int)", "adds"],
  ["CREATE DOMAIN d AS int", "adds"],
  ["CREATE SEQUENCE s", "adds"],
  ["CREATE SCHEMA s", "adds"],
  ["CREATE EXTENSION x", "adds"],
  ["CREATE POLICY p ON t", "adds"],
  ["CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING", "adds"],
  ["CREATE ROLE r", "adds"],
  ["CREATE STATISTICS s ON a, b FROM t", "adds"],
  ["CREATE AGGREGATE g (int) (sfunc = f, stype = int)", "adds"],
  ["CREATE PUBLICATION p", "adds"],
  ["CREATE CAST (text AS x) WITH INOUT", "adds"],
  ["CREATE FOREIGN TABLE t (a int) SERVER s", "adds"],
  ["CREATE TABLE t PARTITION OF p DEFAULT", "adds"],
]);

/** With and without rows' values known: null passes a check, and so does a default that the text shows to pass. */
const CHECKS: readonly (readonly [column: string, check: string, Effect])[] = [
  ["a int", "a > 0", "adds"],
  ["a int", "a IS NULL OR a > 0", "adds"],
  ["a text", "length(a) < 20 AND a ~ '^x'", "adds"],
  ["a text", "a IN ('x', 'y')", "adds"],
  ["a text", "a::varchar LIKE 'x%'", "adds"],
  ["a int", "a BETWEEN 1 AND 9", "adds"],
  ["a int", "a IS NOT NULL", "removes"],
  ["a int", "a > 0 AND a IS NOT NULL", "removes"],
  ["a int", "coalesce(a, 0) > 0", "removes"],
  ["a text", "my_rule(a)", "removes"],
  ["a text", "a::mydomain LIKE 'x%'", "removes"],
  ["a int", "a < old", "removes"],
  ["a int", "t.* IS NOT NULL", "removes"],
  ["a int", "true", "removes"],
  ["a int NOT NULL DEFAULT 0", "a >= 0", "adds"],
  ["a int NOT NULL DEFAULT 0", "a > 0", "removes"],
  ["a int DEFAULT 5", "a BETWEEN 1 AND 9 AND a IS NOT NULL", "adds"],
  ["a numeric(3) DEFAULT 0.4", "a > 0", "removes"],
  ["a text DEFAULT 'x'", "a IN ('x', 'y')", "adds"],
  ["a text DEFAULT 'x'", "a = ANY (ARRAY['y', 'x'])", "adds"],
  ["a text DEFAULT 'z'", "a IN ('x', 'y')", "removes"],
  ["a date DEFAULT 'today'", "a = 'today'", "removes"],
  ["a int GENERATED ALWAYS AS IDENTITY", "a > 0", "removes"],
  ["a bool DEFAULT true", "NOT a", "removes"],
];
check(
  "ADD CHECK on a column that the file adds",
  CHECKS.map(
    ([column, text, effect]) =>
      [`ALTER TABLE t ADD ${column}; ALTER TABLE t ADD CHECK (${text})`, "adds", effect] as const,
  ),
);

check("ADD COLUMN", [
  [
    "ALTER TABLE t ADD a int; ALTER TABLE t ALTER a SET DEFAULT 0; ALTER TABLE t ADD CHECK (a > 0)",
    ...(["adds", "neutral", "removes"] as const),
  ],
  [
    "ALTER TABLE t ADD a int; ALTER TABLE t ADD CHECK (a > 0); CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",
    ...(["adds", "removes", "adds"] as const),
  ],
  ["ALTER TABLE t ADD a int", "adds"],
  ["ALTER TABLE t ADD a int NOT NULL DEFAULT 0", "adds"],
  ["ALTER TABLE t ADD a int NOT NULL", "breaks"],
  ["ALTER TABLE t ADD a int NOT NULL DEFAULT NULL", "breaks"],
  ["ALTER TABLE t ADD a int PRIMARY KEY", "breaks"],
  ["ALTER TABLE t ADD a bigserial NOT NULL", "adds"],
  ["ALTER TABLE t ADD a int GENERATED ALWAYS AS IDENTITY", "adds"],
  ["ALTER TABLE t ADD a int GENERATED ALWAYS AS (b + 1) STORED NOT NULL", "adds"],
  ["ALTER TABLE t ADD a int REFERENCES u CHECK (a > 0) UNIQUE", "adds"],
  ["CREATE TABLE t (); ALTER TABLE t ADD a int NOT NULL", "adds", "adds"],
]);

check("ALTER COLUMN", [
  ["ALTER TABLE t ALTER a TYPE text", "breaks"],
  ["ALTER TABLE t ALTER a SET NOT NULL", "removes"],
  ["ALTER TABLE t ALTER a DROP NOT NULL", "neutral"],
  ["ALTER TABLE t ALTER a SET DEFAULT 1", "neutral"],
  ["ALTER TABLE t ALTER a DROP DEFAULT", "removes"],
  ["ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY", "adds"],
  ["ALTER TABLE t ALTER a DROP IDENTITY", "removes"],
  ["ALTER TABLE t ALTER a DROP EXPRESSION", "removes"],
  ["ALTER TABLE t ALTER a SET EXPRESSION AS (b)", "breaks"],
  ["ALTER TABLE t ALTER a SET STATISTICS 100", "neutral"],
  ["ALTER TABLE t ALTER a SET STORAGE external", "neutral"],
  ["ALTER TABLE t ADD a int; ALTER TABLE t ALTER a TYPE text", "adds", "adds"],
  ["ALTER TABLE t ADD a int; ALTER TABLE t ALTER a SET NOT NULL", "adds", "removes"],
  ["ALTER TABLE t ADD a int DEFAULT 1; ALTER TABLE t ALTER a SET NOT NULL", "adds", "adds"],
  ["ALTER TABLE t ADD a int DEFAULT 1; ALTER TABLE t ALTER a DROP DEFAULT", "adds", "neutral"],
  [
    "ALTER TABLE t ADD a int NOT NULL DEFAULT 1; ALTER TABLE t ALTER a DROP DEFAULT",
    "adds",
    "removes",
  ],
]);

check("constraints", [
  ["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)", "removes"],
  ["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "removes"],
  ["ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED", "neutral"],
  ["ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)", "removes"],
  ["ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i", "neutral"],
  ["ALTER TABLE t ADD PRIMARY KEY (a)", "removes"],
  ["ALTER TABLE t ADD CONSTRAINT c NOT NULL a", "removes"],
  ["ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u", "removes"],
  ["ALTER TABLE t ADD a int, ADD FOREIGN KEY (a) REFERENCES u", "adds"],
  ["ALTER TABLE t ADD a int, ADD FOREIGN KEY (a, b) REFERENCES u", "removes"],
  ["ALTER TABLE t ADD a int, ADD UNIQUE (a)", "adds"],
  ["CREATE TABLE t (a int); ALTER TABLE t ADD PRIMARY KEY (a)", "adds", "adds"],
  ["ALTER TABLE t VALIDATE CONSTRAINT c", "neutral"],
  ["ALTER TABLE t DROP CONSTRAINT c", "neutral"],
  ["ALTER DOMAIN d ADD CHECK (VALUE > 0)", "removes"],
  ["ALTER DOMAIN d SET NOT NULL", "removes"],
  ["ALTER DOMAIN d DROP NOT NULL", "neutral"],
  ["ALTER DOMAIN d VALIDATE CONSTRAINT c", "neutral"],
]);

check("the rest of ALTER TABLE", [
  ["ALTER TABLE t DROP a", "removes"],
  ["ALTER TABLE t ADD a int, DROP b", "removes"],
  ["ALTER TABLE t ADD a int; ALTER TABLE t DROP a", "adds", "neutral"],
  ["ALTER TABLE t DISABLE TRIGGER g", "removes"],
  ["ALTER TABLE t DISABLE TRIGGER ALL", "removes"],
  ["ALTER TABLE t ENABLE TRIGGER g", "adds"],
  ["ALTER TABLE t DISABLE RULE r", "removes"],
  ["ALTER TABLE t ENABLE ROW LEVEL SECURITY", "removes"],
  ["ALTER TABLE t DISABLE ROW LEVEL SECURITY", "neutral"],
  ["ALTER TABLE t FORCE ROW LEVEL SECURITY", "removes"],
  ["ALTER TABLE t ATTACH PARTITION p DEFAULT", "adds"],
  ["ALTER TABLE t DETACH PARTITION p", "removes"],
  ["ALTER TABLE t INHERIT u", "adds"],
  ["ALTER TABLE t NO INHERIT u", "removes"],
  ["ALTER TABLE t OWNER TO o", "neutral"],
  ["ALTER TABLE t SET (fillfactor = 70)", "neutral"],
  ["ALTER TABLE t SET UNLOGGED", "neutral"],
  ["ALTER TABLE t REPLICA IDENTITY FULL", "neutral"],
]);

check("RENAME and SET SCHEMA", [
  ["ALTER TABLE t RENAME TO u", "breaks"],
  ["ALTER TABLE t RENAME a TO b", "breaks"],
  ["ALTER TABLE t RENAME CONSTRAINT a TO b", "neutral"],
  ["ALTER INDEX i RENAME TO j", "neutral"],
  ["ALTER VIEW v RENAME TO w", "breaks"],
  ["ALTER FUNCTION f() RENAME TO g", "breaks"],
  ["ALTER TYPE y RENAME TO z", "breaks"],
  ["ALTER TYPE y RENAME VALUE 'a' TO 'b'", "breaks"],
  ["ALTER TYPE y ADD VALUE 'a'", "adds"],
  ["ALTER SCHEMA s RENAME TO r", "breaks"],
  ["ALTER TRIGGER g ON t RENAME TO h", "neutral"],
  ["ALTER TABLE t SET SCHEMA s", "breaks"],
  ["ALTER FUNCTION f() SET SCHEMA s", "breaks"],
  ["CREATE TABLE t (); ALTER TABLE t RENAME TO u; DROP TABLE u", "adds", "adds", "neutral"],
  [
    "ALTER TABLE t ADD a int; ALTER TABLE t RENAME a TO b; ALTER TABLE t DROP b",
    "adds",
    "adds",
    "neutral",
  ],
  ["CREATE TABLE s.t (); ALTER TABLE t RENAME TO u", "adds", "breaks"],
]);

check("DROP", [
  ["DROP TABLE t", "removes"],
  ["DROP TABLE IF EXISTS t", "removes"],
  ["DROP VIEW v", "removes"],
  ["DROP INDEX i", "removes"],
  ["DROP FUNCTION f(int)", "removes"],
  ["DROP TRIGGER g ON t", "removes"],
  ["DROP TYPE y", "removes"],
  ["DROP SCHEMA s", "removes"],
  ["DROP EXTENSION x", "removes"],
  ["DROP POLICY p ON t", "removes"],
  ["DROP ROLE r", "removes"],
  ["DROP OWNED BY r", "removes"],
  ["DROP SEQUENCE s", "removes"],
  ["CREATE TEMP TABLE t (); DROP TABLE t", "adds", "neutral"],
  ["CREATE SCHEMA s; CREATE TABLE s.t (); DROP TABLE s.t", "adds", "adds", "neutral"],
  ["CREATE TABLE t (); DROP TABLE t, u", "adds", "removes"],
]);

check("drop and create again", [
  [
    "DROP FUNCTION IF EXISTS f(int); CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "neutral",
    "neutral",
  ],
  [
    "DROP FUNCTION f; CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "neutral",
    "neutral",
  ],
  [
    "DROP FUNCTION f(int); CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "removes",
    "adds",
  ],
  [
    "DROP FUNCTION f(integer, text[]); CREATE OR REPLACE FUNCTION public.f(a int4, b text[], OUT c int) LANGUAGE sql AS 'SELECT 1'",
    "neutral",
    "neutral",
  ],
  [
    "DROP TRIGGER IF EXISTS g ON t; CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION f()",
    "neutral",
    "neutral",
  ],
  [
    "DROP TRIGGER g ON t; CREATE TRIGGER g BEFORE INSERT ON u EXECUTE FUNCTION f()",
    "removes",
    "adds",
  ],
  ["DROP VIEW IF EXISTS v; CREATE VIEW public.v AS SELECT 1", "neutral", "neutral"],
  ["DROP MATERIALIZED VIEW v; CREATE MATERIALIZED VIEW v AS SELECT 1", "neutral", "neutral"],
  ["DROP POLICY p ON t; CREATE POLICY p ON t", "neutral", "neutral"],
  ["DROP INDEX i; CREATE INDEX i ON t (a)", "neutral", "neutral"],
  ["DROP INDEX s.i; CREATE INDEX i ON s.t (a)", "neutral", "neutral"],
  ["DROP VIEW v, w; CREATE VIEW v AS SELECT 1", "removes", "neutral"],
  ["CREATE VIEW v AS SELECT 1; DROP VIEW v", "adds", "neutral"],
  ["DROP TABLE t; CREATE TABLE t ()", "removes", "adds"],
]);

// What only looks like the file's own must not pass for it: data would go before gate and approval.
check("names that may mean an older object", [
  ["CREATE TABLE IF NOT EXISTS t (); DROP TABLE t", "adds", "removes"],
  ["CREATE TABLE IF NOT EXISTS t (); ALTER TABLE t DROP a", "adds", "removes"],
  ["CREATE SCHEMA IF NOT EXISTS s; DROP TABLE s.t", "adds", "removes"],
  ["CREATE OR REPLACE VIEW v AS SELECT 1; DROP VIEW v", "adds", "removes"],
  ["ALTER TABLE t ADD IF NOT EXISTS a int; ALTER TABLE t DROP a", "adds", "removes"],
  ["CREATE TEMP TABLE t AS SELECT 1; DROP TABLE public.t", "adds", "removes"],
  ["SELECT 1 AS a INTO TEMP t; TRUNCATE public.t", "adds", "removes"],
  ["CREATE TABLE t (); DROP TABLE t; DROP TABLE t", "adds", "neutral", "removes"],
  ["CREATE TABLE t (); DROP TABLE public.t", "adds", "neutral"],
  ["CREATE TABLE public.t (); DROP TABLE t", "adds", "neutral"],
  ["CREATE TABLE s.t (); DROP TABLE t", "adds", "removes"],
  ["SET search_path = s; CREATE TABLE t (); DROP TABLE public.t", "neutral", "adds", "removes"],
  ["CREATE TABLE t (); SET search_path = s; DROP TABLE t", "adds", "neutral", "removes"],
  ["CREATE TABLE t (); RESET ALL; DROP TABLE t", "adds", "neutral", "removes"],
  ["SET search_path = s; CREATE TABLE t (); DROP TABLE t", "neutral", "adds", "neutral"],
  [
    "SELECT set_config('search_path', '', false); CREATE TABLE s.t (); DROP TABLE s.t",
    "neutral",
    "adds",
    "neutral",
  ],
  ["CREATE FUNCTION t() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP TABLE t", "adds", "removes"],
  [
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f(text)",
    "adds",
    "removes",
  ],
  [
    "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION public.f(int)",
    "adds",
    "neutral",
  ],
  ["CREATE TABLE x (); DROP EXTENSION x", "adds", "removes"],
  ["CREATE TYPE t AS ENUM (); DROP TABLE t", "adds", "removes"],
  ["CREATE TYPE c AS (a int); ALTER TYPE c DROP ATTRIBUTE a", "adds", "adds"],
  ["CREATE TABLE n (); ALTER TABLE n RENAME TO t; DROP TABLE n", "adds", "adds", "removes"],
  ["DROP VIEW v CASCADE; CREATE VIEW v AS SELECT 1", "removes", "adds"],
]);

check("data", [
  ["INSERT INTO t VALUES (1)", "neutral"],
  ["UPDATE t SET a = 1", "neutral"],
  ["DELETE FROM t", "removes"],
  ["TRUNCATE t", "removes"],
  ["CREATE TABLE t (); DELETE FROM t; TRUNCATE t", "adds", "neutral", "neutral"],
  ["MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN UPDATE SET a = 1", "neutral"],
  ["MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE", "removes"],
  ["WITH d AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT * FROM d", "removes"],
  ["WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", "removes"],
  ["WITH d AS (SELECT 1) UPDATE t SET a = 1", "neutral"],
  ["COPY t FROM '/tmp/x'", "neutral"],
  ["SELECT 1", "neutral"],
  ["REFRESH MATERIALIZED VIEW v", "neutral"],
]);

check("rights and settings", [
  ["GRANT SELECT ON t TO r", "adds"],
  ["REVOKE SELECT ON t FROM r", "removes"],
  ["CREATE TABLE t (); REVOKE ALL ON t FROM PUBLIC", "adds", "neutral"],
  ["GRANT r TO q", "adds"],
  ["REVOKE r FROM q", "removes"],
  ["ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r", "adds"],
  ["ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM r", "removes"],
  ["ALTER PUBLICATION p ADD TABLE t", "adds"],
  ["ALTER PUBLICATION p DROP TABLE t", "removes"],
  ["COMMENT ON TABLE t IS 'x'", "neutral"],
  ["SET lock_timeout = '1s'", "neutral"],
  ["ALTER SEQUENCE s RESTART", "neutral"],
  ["ANALYZE t", "neutral"],
  ["LOCK TABLE t", "neutral"],
  ["DO $$ BEGIN DROP TABLE t; END $$", "neutral"],
]);

describe("relations that other pending files create", () => {
  it("are as good as created in the file", async () => {
    const [first] = await read("ALTER TABLE s.t ALTER a SET NOT NULL", ["s.t"]);
    assert.equal(first?.effect, "adds");
  });
});

describe("statements outside of transactions", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["CREATE INDEX CONCURRENTLY i ON t (a)", true],
    ["CREATE INDEX i ON t (a)", false],
    ["DROP INDEX CONCURRENTLY i", true],
    ["REINDEX INDEX CONCURRENTLY i", true],
    ["REINDEX (CONCURRENTLY false) INDEX i", false],
    ["REINDEX TABLE t", false],
    ["REINDEX SCHEMA s", true],
    ["VACUUM t", true],
    ["ANALYZE t", false],
    ["CLUSTER", true],
    ["CLUSTER t USING i", false],
    ["ALTER TABLE t DETACH PARTITION p CONCURRENTLY", true],
    ["ALTER TABLE t DETACH PARTITION p FINALIZE", false],
    ["REFRESH MATERIALIZED VIEW CONCURRENTLY v", false],
    ["ALTER TYPE y ADD VALUE 'a'", false],
    ["CREATE DATABASE d", true],
    ["DROP DATABASE d", true],
    ["ALTER DATABASE d SET TABLESPACE s", true],
    ["ALTER DATABASE d SET work_mem = '1MB'", false],
    ["CREATE TABLESPACE s LOCATION '/x'", true],
    ["ALTER SYSTEM SET work_mem = '1MB'", true],
    ["CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p", true],
    ["CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p WITH (create_slot = off)", false],
    ["ALTER SUBSCRIPTION s REFRESH PUBLICATION", true],
    ["ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)", false],
    ["ALTER SUBSCRIPTION s DISABLE", false],
    ["DROP SUBSCRIPTION s", true],
    ["DISCARD ALL", true],
    ["DISCARD PLANS", false],
  ];
  for (const [sql, expected] of cases) {
    it(`${sql}: ${expected}`, async () => {
      assert.equal(!!(await read(sql))[0]?.nonTransactional, expected);
    });
  }
});

describe("what cannot come back", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["DROP TABLE t", true],
    ["ALTER TABLE t DROP a", true],
    ["ALTER TABLE t ADD b int, DROP a", true],
    ["TRUNCATE t", true],
    ["DELETE FROM t", true],
    ["DROP SCHEMA s", true],
    ["DROP OWNED BY r", true],
    ["DROP TYPE y CASCADE", true],
    ["DROP TYPE y", false],
    ["DROP VIEW v", false],
    ["DROP INDEX i", false],
    ["DROP TRIGGER g ON t", false],
    ["ALTER TABLE t ALTER a SET NOT NULL", false],
    ["WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d", true],
  ];
  for (const [sql, expected] of cases) {
    it(`${sql}: ${expected}`, async () => {
      assert.equal(!!(await read(sql))[0]?.irreversible, expected);
    });
  }
});

describe("a new table", () => {
  it("loses nothing that cannot come back", async () => {
    const verdicts = await read("CREATE TABLE t (a int); ALTER TABLE t DROP a; DROP TABLE t");
    assert.ok(verdicts.every(({ irreversible }) => !irreversible));
  });
});

describe("statements whose text does not tell", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["DO $$ BEGIN END $$", true],
    ["CALL p(1)", true],
    ["SELECT create_hypertable('t', 'a')", true],
    ["SELECT 1 FROM f()", true],
    ["SELECT setval('s', max(a)) FROM t", false],
    ["SELECT pg_catalog.set_config('search_path', '', false)", false],
    ["SELECT a FROM t", false],
  ];
  for (const [sql, expected] of cases) {
    it(`${sql}: ${expected}`, async () => {
      assert.equal(!!(await read(sql))[0]?.opaque, expected);
    });
  }
});

describe("summaries", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["ALTER TABLE customers DROP COLUMN phone", "drops column customers.phone"],
    [
      "ALTER TABLE app.t ADD a int, DROP b CASCADE",
      "adds column app.t.a, drops column app.t.b and all that depends on it (CASCADE)",
    ],
    ["DROP MATERIALIZED VIEW v, w", "drops materialized view v, drops materialized view w"],
    ["CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", "creates unique index i on t"],
    ["CREATE INDEX ON t (a)", "creates index on t"],
    ["ALTER TABLE t ALTER a TYPE varchar(10)[]", "changes the type of t.a to varchar[]"],
    ["ALTER TABLE t RENAME a TO b", "renames column t.a to b"],
    ["DROP FUNCTION f(int, text)", "drops function f(int4, text)"],
    ["ALTER TYPE y ADD VALUE 'a'", "adds value 'a' to type y"],
    ["CALL p(1)", "calls procedure p"],
  ];
  for (const [sql, expected] of cases) {
    it(sql, async () => {
      assert.equal((await read(sql))[0]?.summary, expected);
    });
  }
});
