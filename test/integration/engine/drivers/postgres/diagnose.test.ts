// What real servers' errors mean: each is provoked, and must have a reading that leads on.
import assert from "node:assert/strict";
import {
  codeOf,
  diagnoseSqlState,
  isConnectionLost,
} from "../../../../../engine/drivers/postgres/diagnose.ts";
import { createRole, queryAll, useDatabase, withClient } from "../../../../support/database.ts";

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.fail("expected a failure"),
    (error: unknown) => error,
  );

const SETUP = `
  create table parent (id int primary key, name text);
  create table child (id int, parent int);
  create view names as select name from parent;
  insert into parent values (1, 'a'), (2, 'a'), (3, null);
  insert into child values (1, 99)`;

describe("the reading of a server's error", () => {
  const database = useDatabase();
  beforeEach(() => queryAll(database.url, SETUP));

  const provoked: readonly (readonly [sqlstate: string, sql: string, next: RegExp])[] = [
    ["42P01", "alter table missing add x int", /file that creates it comes before/],
    ["42703", "alter table parent drop column missing", /file that adds it comes before/],
    ["42P07", "create table parent ()", /lockstep baseline/],
    ["42701", "alter table parent add name text", /ADD COLUMN IF NOT EXISTS/],
    ["2BP01", "alter table parent drop column name", /drop the listed objects first/],
    ["23502", "alter table parent alter name set not null", /fill those rows/],
    ["23505", "create unique index on parent (name)", /GROUP BY/],
    ["23503", "alter table child add foreign key (parent) references parent", /NOT VALID/],
    ["23514", "alter table parent add check (id > 1)", /NOT VALID/],
    ["25006", "set default_transaction_read_only = on; create table t ()", /primary/],
    ["25001", "begin; vacuum", /file of its own/],
    ["42601", "create tabel t ()", /mend the file/],
    ["57014", "set statement_timeout = 1; select pg_sleep(60)", /run the same command again/],
  ];
  for (const [sqlstate, sql, next] of provoked) {
    it(`knows ${sqlstate}: ${sql}`, async () => {
      const error = await thrownBy(
        withClient(database.url, async (client) => {
          for (const statement of sql.split("; ")) await client.query(statement);
        }),
      );
      assert.equal(codeOf(error), sqlstate);
      assert.match(diagnoseSqlState(sqlstate)?.next ?? "", next);
      assert.equal(isConnectionLost(error), false);
    });
  }

  it("knows a missing privilege", async () => {
    const role = await createRole(database.url);
    const error = await thrownBy(queryAll(role, "alter table parent add x int"));
    assert.equal(codeOf(error), "42501");
    assert.match(diagnoseSqlState("42501")?.next ?? "", /GRANT/);
  });

  it("knows a table that another session holds", async () => {
    await withClient(database.url, async (holder) => {
      await holder.query("begin; lock table parent");
      const sql = "set lock_timeout = 1; alter table parent add x int";
      const error = await thrownBy(queryAll(database.url, sql));
      assert.equal(codeOf(error), "55P03");
      assert.match(diagnoseSqlState("55P03")?.likely ?? "", /another session holds/);
    });
  });

  it("has none for what it does not know", () => {
    assert.equal(diagnoseSqlState("XX000"), undefined);
    assert.equal(diagnoseSqlState(undefined), undefined);
  });
});

describe("isConnectionLost", () => {
  const database = useDatabase();

  it("tells a cut session from a failed statement, at once and for every later query", async () => {
    await withClient(database.url, async (client) => {
      assert.equal(isConnectionLost(await thrownBy(client.query("select 1/0"))), false);
      const cut = await thrownBy(client.query("select pg_terminate_backend(pg_backend_pid())"));
      assert.equal(isConnectionLost(cut), true);
      assert.equal(isConnectionLost(await thrownBy(client.query("select 1"))), true);
    });
  });

  it("knows a session that was idle in its transaction for too long", async () => {
    await withClient(database.url, async (client) => {
      const ended = new Promise<unknown>((resolve) => client.once("error", resolve));
      await client.query("set idle_in_transaction_session_timeout = 1; begin");
      assert.equal(codeOf(await ended), "25P03");
      assert.equal(isConnectionLost(await ended), true);
      assert.equal(isConnectionLost(await thrownBy(client.query("select 1"))), true);
    });
  });
});
