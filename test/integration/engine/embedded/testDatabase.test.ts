// The support for tests is itself relied on by every integration test.
import assert from "node:assert/strict";
import {
  createOwnerRole,
  databaseName,
  queryAll,
  serverUrl,
  useDatabase,
  withDatabase,
} from "../../../support/database.ts";

describe("test databases", () => {
  const database = useDatabase();

  it("gives each test an empty database of its own", async () => {
    await queryAll(database.url, "create table t (id int)");
    await withDatabase(async (other) => {
      assert.notEqual(databaseName(other), databaseName(database.url));
      const tables = await queryAll(other, "select from pg_class where relname = 't'");
      assert.equal(tables.length, 0);
    });
  });

  it("drops it although a session is still open, and the roles made for it", async () => {
    const name = await withDatabase(async (url) => {
      await createOwnerRole(url);
      return databaseName(url);
    });
    const left = await queryAll(
      await serverUrl(),
      "select datname from pg_database where datname = $1 union all select rolname from pg_roles where starts_with(rolname, $1)",
      [name],
    );
    assert.deepEqual(left, []);
  });

  it("gives a plain owner role, which may create tables and nothing beyond its database", async () => {
    const owner = await createOwnerRole(database.url);
    await queryAll(owner, "create table mine (id int)");
    const [row] = await queryAll(
      owner,
      "select rolsuper, rolcreatedb, rolcreaterole, pg_has_role('pg_read_all_stats', 'usage') as stats from pg_roles where rolname = current_user",
    );
    assert.deepEqual(row, {
      rolsuper: false,
      rolcreatedb: false,
      rolcreaterole: false,
      stats: false,
    });
  });
});
