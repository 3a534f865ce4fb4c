// What contract drops is put aside first: new code works meanwhile, undo gives the very same schema back, and end drops it.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { readLedger } from "../../../../engine/ledger/ledger.ts";
import { readEvents } from "../../../../engine/ledger/record.ts";
import { describeDiff, diffSchemas } from "../../../../engine/schema/diff.ts";
import { readSnapshot } from "../../../../engine/schema/snapshot.ts";
import { endSoaks, giveBack } from "../../../../engine/soak/changeSoaking.ts";
import type { SoakChoice } from "../../../../engine/soak/planUndo.ts";
import { withSoak } from "../../../../engine/soak/soakPolicy.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyMigrations, approve, ledgerOf, type Files } from "../run/applyFiles.ts";

const WEEK_MS = 7 * 86_400_000;

/** Everything that hangs on what goes: keys both ways, checks, indexes, triggers, a view, an identity, rights, odd names. */
const BEFORE = `
create schema app;
create type app.mood as enum ('good', 'bad');
create table app.owner (id int primary key, name text);
create table app.customers (
  id bigint generated always as identity primary key,
  email text not null,
  phone text not null check (phone <> ''),
  "Odd ""name" int default 7,
  code text default 'x' unique,
  owner_id int references app.owner,
  seen timestamptz not null default now(),
  constraint both_given check (phone <> email)
);
comment on constraint both_given on app.customers is 'why';
create unique index one_phone on app.customers (lower(phone)) where phone <> 'none';
create index by_phone on app.customers (phone, id);
create table app.legacy (
  id serial primary key, mood app.mood, customer bigint not null references app.customers,
  before int references app.legacy, note text default 'n'
);
create index legacy_note on app.legacy (note);
create view app.legacy_view as select id, note from app.legacy;
create sequence app.numbers start 5;
create function app.keep_phone(app.mood default 'good') returns int language sql as 'select 1';
create function app.touch() returns trigger language plpgsql as 'begin new.phone := coalesce(new.phone, new.email); return new; end';
create trigger touch before insert on app.customers for each row execute function app.touch();
alter table app.customers enable always trigger touch;
create schema "Odd ""app";
create table "Odd ""app"."Big. box" ("Col. umn" int);
insert into app.owner values (1, 'o');
insert into app.customers (email, phone, owner_id) values ('a@x', '1', 1);
insert into app.legacy (mood, customer) values ('good', 1);
`;

const CONTRACT = `
drop trigger touch on app.customers;
drop function app.touch(), app.keep_phone(app.mood);
drop view if exists app.legacy_view, app.never_there;
drop table app.legacy, "Odd ""app"."Big. box";
alter table app.customers drop column phone, drop column if exists "Odd ""name", drop column code;
alter table app.customers drop column owner_id, drop column seen;
drop type app.mood;
drop sequence app.numbers;
`;

const FILES: Files = { "01_make_up.sql": BEFORE, "02_drop_up.sql": CONTRACT };

describe("soak", function () {
  this.timeout(60_000);
  const database = useDatabase();
  const load = async (files: Files) =>
    withSoak(await analyzeFiles(files), { from: "very high", timeMs: WEEK_MS });
  const schemaNow = () => withClient(database.url, (client) => readSnapshot(client));
  const soaking = async () =>
    (await withClient(database.url, readLedger)).soaking?.map(
      ({ kind, name }) => `${kind} ${name}`,
    );
  const said: string[] = [];
  const options = (choice: SoakChoice) => ({
    target: parseUrl(database.url, "DATABASE_URL"),
    choice,
    leaseWaitMs: 5_000,
    lockBudgetMs: 5_000,
    report: (_: string, message: string) => void said.push(message),
    signal: new AbortController().signal,
  });
  const contract = async (files: Files, at = "2026-01-01T00:00:00Z") => {
    const approval = { ...(await approve(files, "99")), at };
    return applyMigrations(database.url, await load(files), { approval });
  };
  const prepare = async (files: Files) => {
    const [[first, sql] = ["", ""]] = Object.entries(files);
    await applyMigrations(database.url, await load({ [first]: sql }));
  };
  const query = (sql: string) => queryAll<Readonly<Record<string, unknown>>>(database.url, sql);

  it("puts everything aside, lets new code write, and gives the same schema back with the rows written meanwhile", async () => {
    await prepare(FILES);
    const before = await schemaNow();
    await contract(FILES);
    assert.ok((await soaking())?.includes("column app.customers.phone"), String(await soaking()));
    // Gone for whoever names it, and nothing of it refuses the rows of new code: twice, for what is unique.
    await query("insert into app.customers (email) values ('b@x'), ('c@x')");
    await query("delete from app.owner where id = 2");
    for (const gone of ["app.legacy", "app.legacy_view", "app.numbers", "app.legacy_pkey"])
      assert.deepEqual(await query(`select to_regclass('${gone}') as at`), [{ at: null }]);
    const twice = await failureOf(giveBack(options({}), "me"));
    assert.equal(twice.code, "UNSAFE_MIGRATION");
    const [, code = ""] = /code is (lockstep_soak_\d+)/.exec(twice.next ?? "") ?? [];
    await query(`update app.customers set ${code} = null where email <> 'a@x'`);
    const missing = await failureOf(giveBack(options({}), "me"));
    const [, fill = ""] = /name that it has now: (.*), then/.exec(missing.next ?? "") ?? [];
    await query(fill.replace("VALUE", "email || '!'"));
    assert.equal((await giveBack(options({ name: "app.customers.phone" }), "me")).length, 1);
    assert.deepEqual(describeDiff(diffSchemas(before, await schemaNow())), []);
    assert.deepEqual(await query("select email, phone from app.customers order by id"), [
      { email: "a@x", phone: "1" },
      { email: "b@x", phone: "b@x!" },
      { email: "c@x", phone: "c@x!" },
    ]);
    assert.deepEqual(await soaking(), []);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
  });

  it("spends the approval with an undo, and drops what a second contract put aside once it is due", async () => {
    await prepare(FILES);
    await contract(FILES);
    await giveBack(options({ all: true }), "me");
    assert.equal((await failureOf(contract(FILES))).code, "NOT_APPROVED");
    await contract(FILES, "2026-01-02T00:00:00Z");
    assert.deepEqual(await endSoaks(options({})), []);
    await query("update lockstep.soak set until = now()");
    // Something hangs on it by now: nothing of the file is dropped.
    const [kept] = await query("select kept from lockstep.soak where kind = 'table'");
    await query(`create view app.late as select id from ${String(kept?.kept)}.legacy`);
    assert.equal((await failureOf(endSoaks(options({})))).code, "UNSAFE_MIGRATION");
    await query("drop view app.late");
    await endSoaks(options({}));
    assert.deepEqual(await soaking(), []);
    assert.deepEqual(
      await query("select nspname from pg_namespace where nspname like 'lockstep\\_soak%'"),
      [],
    );
    const left = await query(
      "select attname from pg_attribute where attrelid = 'app.customers'::regclass and attnum > 0 and not attisdropped order by 1",
    );
    assert.deepEqual(
      left.map(({ attname }) => attname),
      ["email", "id"],
    );
    const events = await withClient(database.url, (client) =>
      readEvents(client, { kinds: ["undo", "soakEnded"], limit: 9 }),
    );
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["soakEnded", "undo"],
    );
    assert.equal((await failureOf(giveBack(options({ name: "02" }), "me"))).code, "CONFIG");
  });

  it("refuses an undo where a name is taken, and one behind which a file was dropped for good", async () => {
    const files = {
      "01_make_up.sql":
        'create table a (id int); create table "B. b" (id int); insert into a values (1);',
      "02_drop_a_up.sql": "drop table a;",
      "03_drop_b_up.sql": 'drop table "B. b";',
    };
    await prepare(files);
    await contract(files);
    await query('create table "B. b" (id int)');
    const taken = await failureOf(giveBack(options({}), "me"));
    assert.match(taken.likely ?? "", /has the name/);
    // Shown before the other file was put aside, or after it was given back: nobody has said yes to that one.
    const asked = ["02_drop_a"];
    assert.equal((await failureOf(giveBack({ ...options({}), asked }, "me"))).code, "PLAN_CHANGED");
    const all = failureOf(endSoaks({ ...options({ all: true }), asked }));
    assert.match((await all).seen ?? "", /not asked about: 03_drop_b$/);
    assert.equal((await query("select count(*)::int as n from lockstep.soak"))[0]?.n, 2);
    await endSoaks(options({ name: "B. b" }));
    const stuck = await failureOf(giveBack(options({ name: "a" }), "me"));
    assert.equal(stuck.code, "MIGRATION_ORDER");
  });

  it("applies nothing of a file whose objects cannot be put aside", async () => {
    const files = {
      "01_make_up.sql":
        "create table p (id int) partition by range (id); create table p1 partition of p for values from (1) to (2); create table q (id int);",
      "02_drop_up.sql": "drop table q; drop table p1;",
    };
    await prepare(files);
    const error = await failureOf(contract(files));
    assert.equal(error.code, "UNSAFE_MIGRATION");
    assert.match(error.seen ?? "", /public\.p1 is partitioned, a partition, or inherits/);
    assert.deepEqual(await soaking(), []);
    assert.deepEqual(await query("select to_regclass('q')::text as q"), [{ q: "q" }]);
    // As on an empty database, where nobody misses what its files drop.
    await query("drop schema lockstep cascade; drop table q, p");
    await applyMigrations(database.url, await load(files));
    assert.deepEqual(await soaking(), []);
  });

  it("is there wholly or not at all where its session is killed in the middle: put aside, given back, dropped", async () => {
    const files = {
      "01_make_up.sql": `create table a (id int); create table b (id int); create sequence deaths;
        create function die() returns trigger language plpgsql as $$ begin
          if nextval('public.deaths') = 2 then perform pg_terminate_backend(pg_backend_pid()), pg_sleep(9); end if;
          return coalesce(new, old);
        end $$;`,
      "02_drop_up.sql": "drop table a; drop table b;",
    };
    await prepare(files);
    await query(
      "create trigger die after insert or delete on lockstep.soak for each row execute function die()",
    );
    /** The second object's row is the session's last; the number of tries is what stays of it. */
    const killed = async (work: () => Promise<unknown>) => {
      await query("select setval('deaths', 1, false)");
      await work();
      const [{ last_value: rows } = {}] = await query("select last_value::int from deaths");
      assert.equal(rows, 4);
    };
    await killed(() => contract(files));
    assert.deepEqual(await soaking(), ["table public.a", "table public.b"]);
    await killed(() => giveBack(options({}), "me"));
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);
    await query("insert into a values (1); insert into b values (1)");
    await killed(() => contract(files, "2026-01-02T00:00:00Z"));
    await killed(() => endSoaks(options({ all: true })));
    assert.deepEqual(await soaking(), []);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
    assert.deepEqual(await query("select relname from pg_class where relname in ('a', 'b')"), []);
  });
});
