// Each recipe on a real server: applied in stages by the real runner, while both versions of an app write.
import assert from "node:assert/strict";
import type { RewriteWishes } from "../../../../engine/rewrite/planMove.ts";
import { useDatabase } from "../../../support/database.ts";
import { applyStage, lintOf, rewriteChange, roundTrip } from "./rewriteFiles.ts";
import { TwoVersions, type SharedTable } from "./twoVersions.ts";

interface Case extends SharedTable {
  readonly sql: string;
  readonly change: string;
  readonly wishes?: RewriteWishes;
  /** What lint is right to say. */
  readonly told?: RegExp;
}

const CASES: Readonly<Record<string, Case>> = {
  "a column with an index, a check and a unique constraint, all with odd names": {
    sql: `create schema "Odd ""Schema""";
      create table "Odd ""Schema"""."Tàble x" (id int primary key, "select" text not null constraint "u q" unique check ("select" <> ''));
      create index "low er" on "Odd ""Schema"""."Tàble x" (lower("select")) where "select" is not null;`,
    change: `alter table "Odd ""Schema"""."Tàble x" rename column "select" to "wörd 'q' ""z"""`,
    table: `"Odd ""Schema"""."Tàble x"`,
    key: "id",
    old: { column: '"select"', value: (n) => `value ${n}` },
    new: { column: `"wörd 'q' ""z"""`, value: (n) => `value ${n}` },
  },
  "a column of a partitioned table": {
    sql: `create table logs (region int not null, id int not null, note text not null default 'none', primary key (region, id), unique (region, note)) partition by list (region);
      create table logs_1 partition of logs for values in (1); create table logs_rest partition of logs default;
      create index on logs (note); alter table logs alter region set default 1;`,
    change: "alter table logs rename note to remark",
    ...{ table: "logs", key: "id" },
    old: { column: "note", value: (n) => `note ${n}` },
    new: { column: "remark", value: (n) => `note ${n}` },
  },
  "a primary key with an identity, to which other tables and itself refer": {
    sql: `create table people (id bigint generated always as identity primary key, n int, boss bigint references people (id));
      create table pets (id int primary key, owner bigint not null references people (id) on delete cascade);
      create index on pets (owner); create index on people (boss);`,
    change: "alter table people rename id to person_id",
    ...{ table: "people", key: "n" },
    wishes: { key: ["id"] },
    old: { column: "boss", value: () => "1" },
    new: { column: "boss", value: () => "1" },
  },
  "a column that is a foreign key": {
    sql: `create table customers (id int primary key); insert into customers select generate_series(0, 9);
      create table orders (id int primary key, customer int not null references customers on delete set null (customer)); create index on orders (customer);`,
    change: "alter table orders rename customer to customer_id",
    ...{ table: "orders", key: "id" },
    old: { column: "customer", value: (n) => String(n % 10) },
    new: { column: "customer_id", value: (n) => String(n % 10) },
  },
  "int that becomes bigint, with a default and an index": {
    sql: "create table sums (id int primary key, amount int not null default 7 check (amount >= 0)); create index on sums (amount);",
    change: "alter table sums alter amount type bigint",
    ...{ table: "sums", key: "id" },
    old: { column: "amount", value: (n) => String(n) },
    new: { column: "amount_bigint", value: (n) => String(n) },
  },
  "a serial key that becomes bigint": {
    sql: "create table keys (k serial primary key, n int unique, v int default 1); create table refs (k int references keys); create index on refs (k);",
    change: "alter table keys alter column k set data type bigint",
    ...{ table: "keys", key: "n" },
    wishes: { as: "key" },
    old: { column: "v", value: (n) => String(n) },
    new: { column: "v", value: (n) => String(n) },
  },
  "text that becomes a number by an expression of the file's own": {
    sql: "create table prices (id int primary key, price text, currency text default 'EUR')",
    change:
      "alter table prices alter price type numeric(12, 2) using (regexp_replace(price, ' .*$', '')::numeric)",
    told: /^04_remove_prices_price_up.sql: drops-data/,
    wishes: { as: "cents price", back: `trim_scale("cents price")::text || ' EUR'` },
    ...{ table: "prices", key: "id" },
    old: { column: "price", value: (n) => `${n} EUR` },
    new: { column: '"cents price"', value: (n) => `${n}.00` },
  },
  "a table": {
    sql: "create table clients (id int primary key, mail text not null)",
    change: "alter table clients rename to customers",
    ...{ table: "clients", key: "id" },
    old: { column: "mail", value: (n) => `${n}@example.test` },
    new: { column: "mail", table: "customers", value: (n) => `${n}@example.test` },
  },
};

describe("a rewritten file", () => {
  const database = useDatabase();
  for (const [what, shared] of Object.entries(CASES)) {
    it(`loses no write of either version: ${what}`, async () => {
      const { url } = database;
      const rewritten = await rewriteChange(shared, { url, ...shared.wishes });
      assert.deepEqual(
        (await lintOf(rewritten)).filter((line) => !shared.told?.test(line)),
        [],
      );
      const versions = new TwoVersions(url, shared);
      await versions.seed(30);
      versions.start();
      await applyStage(url, rewritten, "expand");
      // The rollout, and back again: neither misses what the other wrote.
      versions.running = ["old", "new"];
      await versions.written(60);
      versions.running = ["old"];
      await versions.written(20);
      versions.running = ["old", "new"];
      await versions.written(20);
      await versions.stop();
      await versions.ensureValues("old", "new");
      versions.running = ["new"];
      versions.start();
      await applyStage(url, rewritten, "contract");
      await versions.written(20);
      await versions.stop();
      await versions.ensureValues("new");
      assert.deepEqual(await roundTrip(rewritten), []);
    });
  }
});
