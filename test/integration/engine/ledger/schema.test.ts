// Making and reading the ledger: once, whoever meets there, and with the GRANT for who may not.
import assert from "node:assert/strict";
import { exitCodeOf } from "../../../../engine/errors/lockstepError.ts";
import { findBrokenLink } from "../../../../engine/ledger/chain.ts";
import { readEventChain } from "../../../../engine/ledger/eventChain.ts";
import { readLedger } from "../../../../engine/ledger/ledger.ts";
import { ensureMayChangeSchema } from "../../../../engine/ledger/privileges.ts";
import { openRelease } from "../../../../engine/ledger/releases.ts";
import { ensureLedger, hasLedger } from "../../../../engine/ledger/schema.ts";
import { readMaintenance } from "../../../../engine/maintenance/row.ts";
import { switchOn } from "../../../../engine/maintenance/switch.ts";
import { createRole, queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";

/** The GRANTs that an error tells to run. */
const grantsOf = (next: string | undefined) => next?.match(/GRANT .*;/g)?.join("\n") ?? "";

describe("ensureLedger", () => {
  const database = useDatabase();

  it("takes the ledger that another runner made while this one waited", async () => {
    await withClient(database.url, async (first) => {
      await first.query("SELECT pg_advisory_lock(hashtext('lockstep.ledger'))");
      await withClient(database.url, async (second) => {
        const waiting = ensureLedger(second);
        await eventually("the second runner waits", async () => {
          const [row] = await queryAll<{ count: string }>(
            database.url,
            `select count(*) from pg_locks where locktype = 'advisory' and not granted
               and database = (select oid from pg_database where datname = current_database())`,
          );
          return row?.count === "1";
        });
        await ensureLedger(first);
        await first.query("SELECT pg_advisory_unlock_all()");
        await waiting;
        assert.equal(await hasLedger(second), true);
      });
    });
    const [row] = await queryAll(database.url, "select count(*)::int from lockstep.lease");
    assert.deepEqual(row, { count: 1 });
  });

  it("makes one where ten runners come at once", async () => {
    const runners = Array.from({ length: 10 }, () => withClient(database.url, ensureLedger));
    await Promise.all(runners);
    const [row] = await queryAll(
      database.url,
      "select (select count(*)::int from lockstep.version) as versions, (select count(*)::int from lockstep.lease) as leases",
    );
    assert.deepEqual(row, { versions: 1, leases: 1 });
  });

  it("refuses a ledger that a newer lockstep wrote, and leaves it as it is", async () => {
    await withClient(database.url, async (client) => {
      await ensureLedger(client);
      await client.query("update lockstep.version set format = 99");
      for (const work of [ensureLedger, readLedger]) {
        const error = await failureOf(work(client));
        assert.equal(error.code, "CONFIG");
        assert.match(error.seen ?? "", /format 99, this lockstep reads up to 5/);
        assert.match(error.next ?? "", /newest lockstep/);
      }
    });
    const rows = await queryAll(database.url, "select format from lockstep.version");
    assert.deepEqual(rows, [{ format: 99 }]);
  });

  it("brings a ledger of format 1 up to date: keys without limit, a chain over its rows", async () => {
    await withClient(database.url, async (client) => {
      await ensureLedger(client);
      await client.query(`
        drop table lockstep.soak, lockstep.maintenance cascade;
        do $drop$ declare f regprocedure; begin
          for f in select oid from pg_proc where pronamespace = 'lockstep'::regnamespace and starts_with(proname, 'soak') loop
            execute format('drop function %s', f);
          end loop;
        end $drop$;
        drop function lockstep.chain_event, lockstep.refuse_change cascade;
        alter table lockstep.event drop column link;
        delete from lockstep.setting where key = 'events';
        insert into lockstep.event (kind, data) values ('mark', '{}'), ('mark', '{"a": 1}');
        drop function lockstep.relink, lockstep.next_link, lockstep.link_of;
        delete from lockstep.setting where key = 'chain';
        alter table lockstep.migration drop column link, drop column content, drop column substituted;
        alter table lockstep.statement drop constraint statement_number_fkey;
        alter table lockstep.backfill drop constraint backfill_number_fkey;
        alter table lockstep.migration alter number type bigint;
        alter table lockstep.statement alter number type bigint, add constraint statement_number_fkey foreign key (number) references lockstep.migration on delete cascade;
        alter table lockstep.backfill alter number type bigint, add constraint backfill_number_fkey foreign key (number) references lockstep.migration on delete cascade;
        insert into lockstep.migration (number, label, name, stage, checksum, state) values (1, '01', 'a', 'expand', 'x', 'applied'), (2, '02', 'b', 'expand', 'y', 'applied');
        insert into lockstep.statement (number, position, state) values (2, 0, 'done');
        update lockstep.version set format = 1;`);
      const before = await readLedger(client);
      assert.equal(before.chainHead, undefined);
      assert.equal(findBrokenLink(before), undefined);
      await ensureLedger(client);
      const { chained, events, faults } = await readEventChain(client);
      assert.deepEqual([chained, events, faults], [true, 2, []]);
      const after = await readLedger(client);
      assert.equal(findBrokenLink(after), undefined);
      assert.equal(after.applied.at(-1)?.link, after.chainHead);
      const types = await client.query(
        `select distinct data_type from information_schema.columns where table_schema = 'lockstep' and column_name = 'number'`,
      );
      assert.deepEqual(types.rows, [{ data_type: "numeric" }]);
      const own = { heldBy: "person", who: "Ada", release: null, reason: "disks" } as const;
      await switchOn(client, own);
      assert.equal((await readMaintenance(client)).length, 1);
      assert.deepEqual((await readEventChain(client)).faults, []);
      await client.query("delete from lockstep.migration where number = 2");
      const left = await client.query("select from lockstep.statement");
      assert.equal(left.rowCount, 0);
    });
  });

  it("gives a role without CREATE the GRANT that it lacks, which works", async () => {
    await withClient(await createRole(database.url), async (plain) => {
      const error = await failureOf(ensureLedger(plain));
      assert.equal(error.code, "PRIVILEGE");
      assert.equal(exitCodeOf(error), 1);
      assert.equal(error.sqlstate, "42501");
      assert.equal(await hasLedger(plain), false);
      await queryAll(database.url, grantsOf(error.next));
      await ensureLedger(plain);
      assert.equal(await hasLedger(plain), true);
    });
  });

  it("gives a role that may not read another's ledger the GRANTs, which work", async () => {
    await withClient(database.url, ensureLedger);
    await withClient(await createRole(database.url), async (other) => {
      const error = await failureOf(readLedger(other));
      assert.equal(error.code, "PRIVILEGE");
      assert.match(error.message, /may not read the ledger/);
      await queryAll(database.url, grantsOf(error.next));
      assert.equal((await readLedger(other)).exists, true);
      await openRelease(other, { digest: "d1", label: "1.0" });
      await other.query(
        "update lockstep.lease set held = true, token = nextval('lockstep.lease_token')",
      );
      await other.query("select lockstep.assert_lease(token) from lockstep.lease");
    });
  });
});

describe("readLedger", () => {
  const database = useDatabase();
  const read = () => withClient(database.url, readLedger);

  it("knows an empty database from one with tables, and makes nothing", async () => {
    const empty = await read();
    assert.deepEqual(empty, {
      exists: false,
      applied: [],
      initial: undefined,
      chainHead: undefined,
      releases: [],
      hasRelations: false,
    });
    await queryAll(database.url, "create schema app; create table app.customer ()");
    assert.deepEqual(await read(), { ...empty, hasRelations: true });
    assert.equal(await withClient(database.url, hasLedger), false);
  });

  it("does not take an extension's relations for the user's", async () => {
    await queryAll(database.url, "create extension pg_stat_statements");
    assert.equal((await read()).hasRelations, false);
  });

  it("does not take the ledger's own tables for the user's", async () => {
    await withClient(database.url, ensureLedger);
    const state = await read();
    assert.equal(state.exists, true);
    assert.equal(state.hasRelations, false);
  });

  it("returns migrations in order of number, with initial mode", async () => {
    await withClient(database.url, async (client) => {
      await ensureLedger(client);
      await client.query(`insert into lockstep.migration (number, label, name, stage, checksum, state)
        values (20240101120000, '20240101120000', 'late', 'contract', 'c2', 'running'),
          (3, '03', 'early', 'expand', 'c1', 'applied')`);
      await client.query(`insert into lockstep.setting values ('initial', '{"through":"04"}')`);
    });
    const { applied, initial, hasRelations } = await read();
    assert.deepEqual(
      applied.map((row) => [row.number, row.label, row.name, row.stage, row.state, row.checksum]),
      [
        [3n, "03", "early", "expand", "applied", "c1"],
        [20240101120000n, "20240101120000", "late", "contract", "running", "c2"],
      ],
    );
    assert.deepEqual(initial, { through: "04" });
    assert.equal(hasRelations, true);
  });
});

describe("ensureMayChangeSchema", () => {
  const database = useDatabase();

  it("names every missing privilege at once, and its GRANTs are enough", async () => {
    // As it is from PostgreSQL 15 on; before, everybody may create there.
    await queryAll(database.url, "revoke create on schema public from public");
    await withClient(await createRole(database.url), async (plain) => {
      const error = await failureOf(ensureMayChangeSchema(plain, "the test's database"));
      assert.equal(error.code, "PRIVILEGE");
      assert.equal(error.where, "the test's database");
      assert.match(error.next ?? "", /GRANT CREATE ON DATABASE/);
      assert.match(error.next ?? "", /GRANT CREATE ON SCHEMA public/);
      await queryAll(database.url, grantsOf(error.next));
      await ensureMayChangeSchema(plain, "the test's database");
      await ensureLedger(plain);
      await plain.query("create table public.customer ()");
    });
  });

  it("asks for the ledger's tables where another role made them for reading only", async () => {
    await withClient(database.url, ensureLedger);
    const reading = await createRole(database.url);
    const role = new URL(reading).username;
    await withClient(reading, async (reader) => {
      await queryAll(
        database.url,
        `grant usage on schema lockstep to ${role}; grant select on all tables in schema lockstep to ${role};
         grant create on schema public to ${role}`,
      );
      const error = await failureOf(ensureMayChangeSchema(reader, "here"));
      assert.match(error.next ?? "", /GRANT ALL ON ALL TABLES IN SCHEMA lockstep/);
      await queryAll(database.url, grantsOf(error.next));
      await ensureMayChangeSchema(reader, "here");
    });
  });

  it("names a role that has no schema to create in", async () => {
    await withClient(await createRole(database.url), async (plain) => {
      await plain.query("set search_path = nowhere");
      const error = await failureOf(ensureMayChangeSchema(plain, "here"));
      assert.match(error.next ?? "", /GRANT USAGE, CREATE ON SCHEMA public/);
    });
  });
});
