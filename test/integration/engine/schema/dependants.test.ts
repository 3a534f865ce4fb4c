// What hangs on what contract files take away, on a real server, and the approval that is bound to it.
import assert from "node:assert/strict";
import { removalsOf } from "../../../../engine/lint/removals.ts";
import { readDependants } from "../../../../engine/schema/dependants.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyFiles, approve, ledgerOf, type Files } from "../run/applyFiles.ts";

const BASE: Files = {
  "01_create_people_up.sql": `create schema "Old Data";
    create table people (id int primary key, phone varchar(20) not null default '', name text);
    create index people_phone on people (phone);
    create table "Old Data".calls (id int primary key, "who" int references people);
    create view phones as select name, phone from people;`,
};
const FILES: Files = {
  ...BASE,
  "02_remove_phone_up.sql": "alter table people drop column phone cascade;",
};

describe("what hangs on a removal", () => {
  const database = useDatabase();
  const objectsOf = async (sql: string): Promise<readonly string[]> => {
    const removed = await removalsOf(await analyzeFiles({ "09_remove_up.sql": sql }));
    const { objects } = await withClient(database.url, (client) => readDependants(client, removed));
    return objects;
  };
  beforeEach(() => applyFiles(database.url, BASE));

  it("is an index, a default and a view for a column; keys and sequences for a table", async () => {
    assert.deepEqual(await objectsOf("alter table people drop column phone"), [
      "default value for public.people.phone",
      "index public.people_phone",
      "table column public.people.phone character varying",
      "view public.phones",
    ]);
    const whole = await objectsOf('drop table "Old Data".calls; drop table if exists nowhere');
    assert.deepEqual(
      whole,
      [
        'index "Old Data".calls_pkey',
        'table "Old Data".calls',
        'table constraint calls_pkey on "Old Data".calls',
        'table constraint calls_who_fkey on "Old Data".calls',
      ].toSorted(),
    );
    const people = await objectsOf("alter table people rename to persons");
    assert.ok(people.includes('table constraint calls_who_fkey on "Old Data".calls'));
  });

  it("is nothing where files only add, and where the object is gone", async () => {
    assert.deepEqual(await objectsOf("create table a (b int); alter table a add c int"), []);
    assert.deepEqual(await objectsOf("alter table people drop column fax"), []);
  });

  it("holds an approval to what was there when it was given", async () => {
    const removed = await removalsOf(await analyzeFiles(FILES));
    const fingerprint = await withClient(database.url, (client) => readDependants(client, removed));
    const approval = { ...(await approve(FILES, "02")), fingerprint };
    await queryAll(
      database.url,
      "drop index people_phone; create view callers as select phone from people",
    );
    const failure = await failureOf(applyFiles(database.url, FILES, { approval }));
    assert.equal(failure.code, "NOT_APPROVED");
    assert.equal(failure.message, "What the contract files take away has changed");
    assert.equal(failure.seen, "+ view public.callers\n- index public.people_phone");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied"]);

    await queryAll(database.url, "drop view callers; create index people_phone on people (phone)");
    await applyFiles(database.url, FILES, { approval });
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });
});
