// The commands after a run that was cut short: resume, resolve, unlock.
import assert from "node:assert/strict";
import { queryAll, useDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, startLockstep, writeMigrations } from "./lockstepCommand.ts";

describe("lockstep", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const options = () => ({ cwd: dir.path, url: database.url });
  const run = (...args: string[]) => lockstep(args, options());
  const json = (...args: string[]) => lockstepJson(args, options());

  describe("resume", () => {
    beforeEach(() =>
      writeMigrations(dir.path, {
        "01_create_things_up.sql": "create table things (id int);",
        "02_index_up.sql": "create index concurrently things_id on things (id);",
        "03_more_up.sql": "create table more (id int);",
      }),
    );

    it("finishes what was begun, and begins nothing", async () => {
      await run("migrate", "--target", "02");
      await queryAll(
        database.url,
        `update lockstep.migration set state = 'running' where number = 2;
         update lockstep.statement set state = 'started' where number = 2;
         delete from lockstep.setting; drop index things_id`,
      );
      const { stdout, exitCode } = await run("resume");
      assert.equal(exitCode, 0, stdout);
      assert.match(stdout, /02_index was begun and not ended: 0 statements done, one begun/);
      assert.match(stdout, /finished 02_index/);
      const found = await queryAll(
        database.url,
        "select to_regclass('things_id') is not null as built, to_regclass('more') is null as untouched",
      );
      assert.deepEqual(found, [{ built: true, untouched: true }]);
      const again = await json("resume");
      assert.deepEqual([again.exitCode, again.document.open], [0, false]);
    });

    it("finishes a first set-up", async () => {
      await run("migrate", "--target", "01");
      await queryAll(
        database.url,
        `insert into lockstep.setting values ('initial', '{"through": "03"}')`,
      );
      const { document } = await json("resume");
      assert.deepEqual(document.applied, ["02_index", "03_more"]);
    });
  });

  describe("resolve", () => {
    it("wants one of the two ends", async () => {
      await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
      const { exitCode, stderr } = await run("resolve", "01", "--reason", "looked");
      assert.equal(exitCode, 2);
      assert.match(stderr, /--applied .* --rolled-back/);
      const none = await run("resolve", "01", "--reason", "looked", "--applied");
      assert.equal(none.exitCode, 2);
      assert.match(none.stderr, /there is no ledger/);
    });
  });

  describe("unlock", () => {
    const hold = () =>
      queryAll(
        database.url,
        `update lockstep.lease set token = nextval('lockstep.lease_token'), held = true,
           holder = 'ghost@gone, process 1', doing = 'migrate', ttl_ms = 1000`,
      );
    const isHeld = async () =>
      (await queryAll<{ held: boolean }>(database.url, "select held from lockstep.lease"))[0]?.held;
    beforeEach(async () => {
      await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
      await run("migrate");
    });

    it("frees the lease of a holder that gives no sign of life, after a yes", async () => {
      await hold();
      const { exitCode, stderr, stdout } = await run("unlock");
      assert.equal(exitCode, 2);
      assert.match(
        stdout,
        /ghost@gone, process 1 holds the lease and gave no sign of life for 1 s/,
      );
      assert.match(stderr, /lockstep unlock --yes/);
      assert.equal(await isHeld(), true);
      assert.equal((await run("unlock", "--yes")).exitCode, 0);
      assert.equal(await isHeld(), false);
      const { document } = await json("unlock", "--yes");
      assert.equal(document.unlocked, null);
    });

    it("frees that of one that is alive only with --force, and it can commit nothing more", async () => {
      await writeMigrations(dir.path, {
        "02_slow_up.sql": "create table slow (); select pg_sleep(60);",
      });
      const holder = startLockstep(["migrate"], options());
      await eventually("it holds the lease and works", async () => {
        const found = await queryAll(
          database.url,
          "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
        );
        return found.length === 1;
      });
      const refused = await run("unlock", "--yes");
      assert.equal(refused.exitCode, 4);
      assert.match(refused.stderr, /is alive/);
      const { stdout } = await run("status");
      assert.match(stdout, /lease .*: migrate --stage all: migration 1 of 1: 02_slow/);
      assert.match(stdout, /working +pid \d+ for \d+ s: /);
      const forced = await run("unlock", "--yes", "--force");
      assert.equal(forced.exitCode, 0, forced.stderr);
      assert.equal((await holder).exitCode, 1);
      assert.deepEqual(await queryAll(database.url, "select to_regclass('slow') as slow"), [
        { slow: null },
      ]);
    });
  });
});
