// `lockstep migrate` and `down` on real databases: once, whole, one runner at a time, and after a kill.
import assert from "node:assert/strict";
import { copyFile, cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { queryAll, useDatabase, withClient } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, startLockstep, writeMigrations } from "./lockstepCommand.ts";

const ROOT = join(import.meta.dirname, "../../..");
const STAMP = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";

describe("lockstep migrate", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const options = () => ({ cwd: dir.path, url: database.url });
  const run = (...args: string[]) => lockstep(args, options());
  const applied = async () =>
    (
      await queryAll<{ label: string }>(
        database.url,
        "select label from lockstep.migration where state = 'applied' order by seq",
      )
    ).map((row) => row.label);

  it("says what it does, to what and how it ended, each line with its time", async () => {
    await cp(join(ROOT, "migrations"), join(dir.path, "migrations"), { recursive: true });
    const { stdout, exitCode } = await run("migrate", "--target", "02");
    assert.equal(exitCode, 0);
    const lines = stdout.split("\n");
    assert.match(
      lines[0]!,
      new RegExp(`^${STAMP} migrate --stage all: migrations to \\S+ as \\S+$`),
    );
    assert.match(
      stdout,
      new RegExp(`^${STAMP} 01_create_customers applied \\(expand, \\d+ ms\\)$`, "m"),
    );
    assert.match(lines.at(-1)!, new RegExp(`^${STAMP} done after [\\d.]+ s: 2 files applied`));
    assert.deepEqual(await applied(), ["01", "02"]);
  });

  it("prints one JSON document with --json, the lines on stderr", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
    const { document, stderr, exitCode } = await lockstepJson(["migrate"], options());
    assert.equal(exitCode, 0);
    assert.deepEqual(document, {
      ok: true,
      command: "migrate",
      stage: "all",
      applied: ["01_create_things"],
      waiting: [],
      initial: true,
    });
    assert.match(stderr, /01_create_things applied/);
    const again = await lockstepJson(["migrate"], options());
    assert.deepEqual(again.document.applied, []);
  });

  it("takes expand, refuses contract until it is approved, then takes what is approved", async () => {
    await cp(join(ROOT, "migrations"), join(dir.path, "migrations"), { recursive: true });
    await copyFile(join(ROOT, "Pulumi.dev.yaml"), join(dir.path, "Pulumi.dev.yaml"));
    await run("migrate", "--target", "02");
    const expand = await run("migrate", "--stage", "expand");
    assert.match(expand.stdout, /left for the contract stage: 05_remove_phone, 07_drop_updated_at/);
    const refused = await run("migrate", "--target", "05");
    assert.equal(refused.exitCode, 3);
    assert.match(refused.stderr, /wait for approval[^]*approve --stack dev --through 05/);
    const unasked = await run("approve", "--stack", "dev", "--through", "05");
    assert.equal(unasked.exitCode, 2);
    assert.match(unasked.stdout, /drops column customers\.phone[^]*DROP COLUMN phone;/);
    assert.equal((await run("migrate", "--target", "05")).exitCode, 3);
    const approved = await run("approve", "--stack", "dev", "--through", "05", "--yes");
    assert.equal(approved.exitCode, 0, approved.stderr);
    // Bound to its stack.
    assert.equal((await run("migrate", "--target", "05", "--stack", "prod")).exitCode, 3);
    assert.equal((await run("migrate", "--target", "05")).exitCode, 0);
    assert.deepEqual(await applied(), ["01", "02", "03", "04", "06", "05"]);
    const { stdout } = await run("history", "--limit", "2");
    assert.match(
      stdout,
      /applied +by hand +05_remove_phone[^]*approval +by hand +accepted through 05/,
    );
  });

  it("refuses an approval that has expired, and plan foresees it", async () => {
    await writeMigrations(dir.path, {
      "01_create_things_up.sql": "create table things (old int);",
      "02_remove_old_up.sql": "alter table things drop column old;",
    });
    await run("migrate", "--target", "01");
    await copyFile(join(ROOT, "Pulumi.dev.yaml"), join(dir.path, "Pulumi.dev.yaml"));
    await run("approve", "--stack", "dev", "--through", "02", "--expires", "1ms", "--yes");
    for (const command of ["plan", "migrate"]) {
      const { exitCode, stdout, stderr } = await run(command);
      assert.equal(exitCode, 3);
      assert.match(`${stdout}${stderr}`, /approval has expired/);
    }
    assert.deepEqual(await applied(), ["01"]);
  });

  it("two at once: one applies, both end well", async () => {
    await writeMigrations(dir.path, {
      "01_create_things_up.sql": "create table things (); select pg_sleep(0.5);",
      "02_create_others_up.sql": "create table others ();",
    });
    const both = await Promise.all([
      lockstepJson(["migrate"], options()),
      lockstepJson(["migrate"], options()),
    ]);
    assert.deepEqual(
      both.map((ended) => ended.exitCode),
      [0, 0],
    );
    const counts = both.map((ended) => (ended.document.applied as string[]).length);
    assert.deepEqual(counts.toSorted(), [0, 2]);
    assert.deepEqual(await applied(), ["01", "02"]);
  });

  it("gives up with 4 and who holds the lease, after the time that was asked for", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
    await run("migrate");
    await writeMigrations(dir.path, { "02_create_others_up.sql": "create table others ();" });
    await queryAll(
      database.url,
      "update lockstep.lease set held = true, holder = 'somebody', doing = 'something', ttl_ms = 60000",
    );
    const { exitCode, stderr } = await run("migrate", "--lease-wait", "300ms");
    assert.equal(exitCode, 4);
    assert.match(stderr, /somebody, doing: something/);
  });

  /** A migration that waits until the test lets it go, or ends it. */
  const GATE = 4711;
  const slow = {
    "01_create_things_up.sql": `create table things (); select pg_advisory_xact_lock(${String(GATE)}); create table others ();`,
  };
  /** The server's process that waits for the gate, once there is one other than `but`. */
  const untilItWaits = (but = 0) =>
    eventually("the migration waits", async () => {
      const [row] = await queryAll<{ pid: number }>(
        database.url,
        `select pid from pg_locks where locktype = 'advisory' and objid = ${String(GATE)}
           and not granted and pid <> $1`,
        [but],
      );
      return row?.pid;
    });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal} in the middle: rolled back, lease given back, 130`, async () => {
      await writeMigrations(dir.path, slow);
      await withClient(database.url, async (client) => {
        await client.query("select pg_advisory_lock($1)", [GATE]);
        const running = startLockstep(["migrate"], options());
        await untilItWaits();
        running.kill(signal);
        const { exitCode, stderr, stdout } = await running;
        assert.equal(exitCode, 130, stderr);
        assert.match(stderr, /Interrupted; what was under way was rolled back/);
        assert.match(stdout, /interrupted after/);
      });
      assert.deepEqual(await applied(), []);
      const [row] = await queryAll(
        database.url,
        "select to_regclass('things') as things, held from lockstep.lease",
      );
      assert.deepEqual(row, { things: null, held: false });
    });
  }

  it("a second Ctrl-C ends it at once", async () => {
    await writeMigrations(dir.path, slow);
    await withClient(database.url, async (client) => {
      await client.query("select pg_advisory_lock($1)", [GATE]);
      const running = startLockstep(["migrate"], options());
      await untilItWaits();
      // Held back, so that the first one cannot be answered.
      await client.query("begin; lock table lockstep.lease");
      running.kill("SIGINT");
      running.kill("SIGINT");
      assert.equal((await running).exitCode, 130);
    });
  });

  it("SIGKILL in the middle: the next run applies it once", async () => {
    await writeMigrations(dir.path, slow);
    await withClient(database.url, async (client) => {
      await client.query("select pg_advisory_lock($1)", [GATE]);
      const killed = startLockstep(["migrate"], options());
      const orphan = await untilItWaits();
      killed.kill("SIGKILL");
      await killed;
      // What it left behind in the server still waits, and must not apply the file beside the next run.
      const next = startLockstep(["migrate"], options());
      await untilItWaits(orphan);
      await client.query("select pg_advisory_unlock_all()");
      const { exitCode, stdout, stderr } = await next;
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /taking it over/);
    });
    assert.deepEqual(await applied(), ["01"]);
    const [row] = await queryAll(
      database.url,
      "select to_regclass('things')::text as things, to_regclass('others')::text as others",
    );
    assert.deepEqual(row, { things: "things", others: "others" });
  });

  it("SIGKILL in the middle of an index: the next run adopts what the server goes on with, if told to", async () => {
    await writeMigrations(dir.path, {
      "01_create_things_up.sql": "create table things (id int); create table others ();",
    });
    await run("migrate");
    await writeMigrations(dir.path, {
      "02_index_up.sql": "create index concurrently things_id on things (id);",
    });
    const index = async () =>
      (
        await queryAll<{ oid: number; valid: boolean }>(
          database.url,
          "select indexrelid::int as oid, indisvalid as valid from pg_index where indexrelid = to_regclass('things_id')",
        )
      )[0];
    let begun: Awaited<ReturnType<typeof index>>;
    await withClient(database.url, async (writer) => {
      // The build waits for whoever writes, before and after.
      await writer.query("begin; insert into things values (1)");
      const killed = startLockstep(["migrate"], options());
      begun = await eventually("the index is begun", index);
      await queryAll(database.url, "update lockstep.lease set ttl_ms = 1000");
      killed.kill("SIGKILL");
      await killed;
      const next = startLockstep(["migrate", "--leftovers", "adopt"], options());
      let said = "";
      next.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
      await eventually("it is waited for", () => {
        return /waiting for session \d+, .*create index concurrently/.test(said);
      });
      await writer.query("commit");
      const { exitCode, stderr } = await next;
      assert.equal(exitCode, 0, stderr);
      assert.doesNotMatch(said, /ended session/);
    });
    assert.deepEqual(await index(), { ...begun, valid: true });
    assert.deepEqual(await applied(), ["01", "02"]);
  });

  it("goes on when whoever reads its lines is gone", async () => {
    await writeMigrations(dir.path, slow);
    await withClient(database.url, async (client) => {
      await client.query("select pg_advisory_lock($1)", [GATE]);
      const running = startLockstep(["migrate"], options());
      await untilItWaits();
      running.stdout.destroy();
      await client.query("select pg_advisory_unlock_all()");
      assert.equal((await running).exitCode, 0);
    });
    assert.deepEqual(await applied(), ["01"]);
  });
});

describe("lockstep down", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const run = (...args: string[]) => lockstep(args, { cwd: dir.path, url: database.url });
  const tables = async () =>
    queryAll(database.url, "select relname from pg_class where relname ~ '^t\\d$' order by 1");

  beforeEach(async () => {
    const files = [1, 2, 3].flatMap((n) => [
      [`0${String(n)}_create_t${String(n)}_up.sql`, `create table t${String(n)} ();`],
      [`0${String(n)}_create_t${String(n)}_down.sql`, `drop table t${String(n)};`],
    ]);
    await writeMigrations(dir.path, Object.fromEntries(files) as Record<string, string>);
    assert.equal((await run("migrate")).exitCode, 0);
  });

  it("takes back one file, or all above a number, and migrate applies them again", async () => {
    const one = await run("down");
    assert.equal(one.exitCode, 0, one.stderr);
    assert.match(one.stdout, /done after .*: taken back: 03_create_t3/);
    assert.deepEqual(await tables(), [{ relname: "t1" }, { relname: "t2" }]);
    assert.equal((await run("down", "--to", "01")).exitCode, 0);
    assert.deepEqual(await tables(), [{ relname: "t1" }]);
    assert.equal((await run("migrate")).exitCode, 0);
    assert.equal((await tables()).length, 3);
  });

  it("goes back to a mark or a verified release in the reverse of what was applied", async () => {
    await queryAll(
      database.url,
      `insert into lockstep.release (digest, label, state) values ('abc', '1.0', 'verified');
       insert into lockstep.event (release, kind, data) values ('abc', 'closed', '{"state": "verified", "why": "x"}')`,
    );
    assert.equal((await run("down", "--to", "01")).exitCode, 0);
    assert.equal((await run("mark", "before_schema_add")).exitCode, 0);
    assert.equal((await run("migrate")).exitCode, 0);
    assert.match((await run("rollback", "1.0")).stdout, /taken back: 03_create_t3, 02_create_t2/);
    assert.equal((await run("migrate")).exitCode, 0);
    const { stdout, exitCode } = await run("rollback", "before_schema_add");
    assert.equal(exitCode, 0);
    assert.match(stdout, /taken back: 03_create_t3, 02_create_t2/);
    const unknown = await run("rollback", "nowhere");
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /use one of: 1\.0, before_schema_add/);
  });

  it("refuses a file whose down says that there is no way back, before any is taken back", async () => {
    await writeMigrations(dir.path, { "02_create_t2_down.sql": "-- cannot be undone\n" });
    const { exitCode, stderr } = await run("down", "--to", "01");
    assert.equal(exitCode, 2);
    assert.match(stderr, /There is no way back for 02_create_t2/);
    assert.equal((await tables()).length, 3);
  });

  it("changes nothing of what the files say when it fails", async () => {
    const path = join(dir.path, "migrations/03_create_t3_down.sql");
    await writeMigrations(dir.path, { "03_create_t3_down.sql": "drop table nowhere;" });
    assert.equal(await readFile(path, "utf8"), "drop table nowhere;");
    const { exitCode, stderr } = await run("down");
    assert.equal(exitCode, 1);
    assert.match(stderr, /SQLSTATE 42P01[^]*03_create_t3_down\.sql[^]*nothing of this file/);
    assert.equal((await tables()).length, 3);
  });
});
