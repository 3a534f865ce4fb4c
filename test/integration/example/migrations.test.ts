// The example's SQL: that both releases see each other's writes, and that no value is lost on the way.

import assert from "node:assert/strict";
import { withClient, withDatabase } from "../../support/database.ts";
import { applyMigrations, runSql, undoMigrations, verifyMigration } from "./exampleMigrations.ts";

const insert = (columns: string, values: string) =>
  `INSERT INTO customers (name, email${columns}) VALUES ('Ada', 'ada@example.test'${values})`;

describe("example migrations", () => {
  describe("the sync trigger, on a new row", () => {
    const cases: readonly [what: string, columns: string, values: string, both: string | null][] = [
      ["written by 1.0", ", phone", ", 'old'", "old"],
      ["written by 1.1", ", contact_phone", ", 'new'", "new"],
      ["without a number", "", "", null],
      [
        "with two numbers: the new column counts",
        ", phone, contact_phone",
        ", 'old', 'new'",
        "new",
      ],
    ];
    for (const [what, columns, values, both] of cases) {
      it(what, async () => {
        await withDatabase(async (url) => {
          await applyMigrations(url, [1, 3]);
          await runSql(url, insert(columns, values));
          assert.deepEqual(await phones(url), [{ phone: both, contact_phone: both }]);
        });
      });
    }
  });

  describe("the sync trigger, on a change of a row with the number x", () => {
    const cases: readonly [what: string, set: string, both: string | null][] = [
      ["by 1.0", "phone = 'old'", "old"],
      ["by 1.0, cleared", "phone = NULL", null],
      ["by 1.1", "contact_phone = 'new'", "new"],
      ["by 1.1, cleared", "contact_phone = NULL", null],
      ["of something else", "name = 'Ada L.'", "x"],
      ["of both: the new column counts", "phone = 'old', contact_phone = 'new'", "new"],
      ["of both, the new one cleared", "phone = 'old', contact_phone = NULL", null],
      ["of both to one value", "phone = 'same', contact_phone = 'same'", "same"],
      [
        "of the old one, the new one written as it was",
        "phone = 'old', contact_phone = 'x'",
        "old",
      ],
      [
        "of the new one, the old one written as it was",
        "phone = 'x', contact_phone = 'new'",
        "new",
      ],
    ];
    for (const [what, set, both] of cases) {
      it(what, async () => {
        await withDatabase(async (url) => {
          await applyMigrations(url, [1, 3]);
          await runSql(url, insert(", phone", ", 'x'"));
          await runSql(url, `UPDATE customers SET ${set}`);
          assert.deepEqual(await phones(url), [{ phone: both, contact_phone: both }]);
        });
      });
    }
  });

  it("fills a row from before the trigger when anything in it changes", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 2]);
      await runSql(url, insert(", phone", ", 'x'"));
      await applyMigrations(url, [3, 3]);
      assert.deepEqual(await phones(url), [{ phone: "x", contact_phone: null }]);
      await runSql(url, "UPDATE customers SET name = 'Ada L.'");
      assert.deepEqual(await phones(url), [{ phone: "x", contact_phone: "x" }]);
    });
  });

  it("is not led astray by a writer's search_path", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 3]);
      // An operator of one's own for text that finds everything equal: with it in front, an update
      // would pass for an insert, and 1.0's value would be overwritten.
      await runSql(
        url,
        `CREATE SCHEMA hostile;
         CREATE FUNCTION hostile.always(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
         CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.always);
         ${insert(", phone", ", 'x'")};
         SET search_path = hostile, pg_catalog, public;
         UPDATE customers SET phone = 'old'`,
      );
      assert.deepEqual(await phones(url), [{ phone: "old", contact_phone: "old" }]);
    });
  });

  it("keeps the columns equal, row by row, while both releases and the backfill write at once", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 2]);
      await runSql(
        url,
        `INSERT INTO customers (name, email, phone)
         SELECT 'C', g || '@example.test', nullif(g % 7, 0) FROM generate_series(1, 200) g`,
      );
      await applyMigrations(url, [3, 3]);
      const writer = (column: string) =>
        repeat(url, `UPDATE customers SET ${column} = $1 WHERE id = $2`, column);
      await Promise.all([
        writer("phone"),
        writer("contact_phone"),
        writer("phone"),
        applyMigrations(url, [4, 4]),
      ]);
      assert.deepEqual(await verifyMigration(url, 4), []);
      const written = await runSql(
        url,
        "SELECT count(*)::int AS n FROM customers WHERE phone ~ '^(contact_)?phone-'",
      );
      assert.deepEqual(written, [{ n: 200 }]);
    });
  });

  it("backfills every value, null and empty text among them", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 2]);
      await runSql(
        url,
        `INSERT INTO customers (name, email, phone)
         VALUES ('A', 'a@x', '+1'), ('B', 'b@x', NULL), ('C', 'c@x', ''), ('D', 'd@x', ' ü ')`,
      );
      await applyMigrations(url, [3, 3]);
      assert.deepEqual(await verifyMigration(url, 4), [
        "3 customers have a phone that contact_phone does not hold",
      ]);
      await applyMigrations(url, [4, 4]);
      assert.deepEqual(await verifyMigration(url, 4), []);
      await applyMigrations(url, [5, 5]);
      const rows = await runSql(url, "SELECT contact_phone FROM customers ORDER BY id");
      assert.deepEqual(
        rows.map((row) => row["contact_phone"]),
        ["+1", null, "", " ü "],
      );
    });
  });

  it("gives 1.0 its column back, with what 1.1 wrote since, and keeps it in step", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 5]);
      await runSql(url, insert(", contact_phone", ", 'new'"));
      await undoMigrations(url, [5, 5]);
      assert.deepEqual(await phones(url), [{ phone: "new", contact_phone: "new" }]);
      await runSql(url, "UPDATE customers SET phone = 'old'");
      assert.deepEqual(await phones(url), [{ phone: "old", contact_phone: "old" }]);
      await applyMigrations(url, [5, 5]);
      assert.deepEqual(await verifyMigration(url, 5), []);
    });
  });

  it("undoes the expand files without touching the old column", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 4]);
      await runSql(url, insert(", contact_phone", ", 'new'"));
      await undoMigrations(url, [4, 3]);
      assert.deepEqual(await runSql(url, "SELECT phone FROM customers"), [{ phone: "new" }]);
    });
  });

  it("goes all the way up and down, and up again", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 7]);
      await undoMigrations(url, [7, 1]);
      await applyMigrations(url, [1, 7]);
      for (let number = 1; number <= 7; number++) {
        assert.deepEqual(await verifyMigration(url, number), [], `verify of ${number}`);
      }
    });
  });

  for (const number of [1, 2, 3, 5, 6, 7]) {
    it(`finds by its verify script that ${number} is not there`, async () => {
      await withDatabase(async (url) => {
        await applyMigrations(url, [1, number - 1]);
        assert.notDeepEqual(await verifyMigration(url, number), []);
        await applyMigrations(url, [number, number]);
        assert.deepEqual(await verifyMigration(url, number), []);
      });
    });
  }

  it("finds by its verify script that the trigger is disabled", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 3]);
      await runSql(url, "ALTER TABLE customers DISABLE TRIGGER customers_sync_contact_phone");
      assert.match((await verifyMigration(url, 3)).join(), /missing or disabled/);
    });
  });
});

/** Writes to each of 200 customers five times, over one connection, a value that names its writer. */
async function repeat(url: string, sql: string, column: string): Promise<void> {
  await withClient(url, async (client) => {
    for (let n = 0; n < 1000; n++) await client.query(sql, [`${column}-${n}`, (n % 200) + 1]);
  });
}

async function phones(url: string): Promise<Record<string, unknown>[]> {
  return runSql(url, "SELECT phone, contact_phone FROM customers ORDER BY id");
}
