// `lockstep adopt` as users call it: shows what it would write, asks, writes, and gives the history back.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { queryAll, useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

/** golang-migrate's names; its table holds the last version. */
const FILES = {
  "000001_create_things.up.sql": "create table things (id int);",
  "000001_create_things.down.sql": "drop table things;",
  "000002_add_name.up.sql": "alter table things add column name text;",
  "000002_add_name.down.sql": "alter table things drop column name;",
  "000003_create_more.up.sql": "create table more (id int);",
  "000003_create_more.down.sql": "drop table more;",
};

describe("lockstep adopt", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const options = () => ({ cwd: dir.path, url: database.url });
  const run = (...args: string[]) => lockstep(["adopt", ...args], options());
  const json = (...args: string[]) => lockstepJson(["adopt", ...args], options());
  const ledger = async () =>
    (
      await queryAll<{ line: string }>(
        database.url,
        "select label || ' ' || state as line from lockstep.migration order by seq",
      )
    ).map(({ line }) => line);
  const version = () => queryAll(database.url, "select version::int, dirty from schema_migrations");

  beforeEach(async () => {
    await mkdir(join(dir.path, "db"));
    for (const [name, sql] of Object.entries(FILES))
      await writeFile(join(dir.path, "db", name), sql);
    // Its names are lockstep's own as well, so somebody has to say whose they are.
    await writeFile(
      join(dir.path, "Pulumi.dev.yaml"),
      "config:\n  lockstep:migrations: { dir: db, format: golang-migrate }\n",
    );
    await queryAll(
      database.url,
      `create table things (id int); alter table things add column name text;
       create table schema_migrations (version bigint primary key, dirty boolean not null);
       insert into schema_migrations values (2, false)`,
    );
  });

  it("shows what it would write, and without a word of consent writes nothing", async () => {
    const { exitCode, stdout, stderr } = await run();
    assert.match(stdout, /from golang-migrate's public\.schema_migrations at \S+ into the ledger/);
    assert.match(stdout, /\+ 000001_create_things \(expand\)\n {2}\+ 000002_add_name \(expand\)/);
    assert.doesNotMatch(stdout, /000003/);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /--yes/);
    const [none] = await queryAll(
      database.url,
      "select coalesce((select count(*)::int from pg_class where relname = 'migration' and relnamespace = to_regnamespace('lockstep')), 0) as tables",
    );
    if (none?.tables !== 0) assert.deepEqual(await ledger(), []);
  });

  it("takes the history over, runs none of it, and the next run goes on behind it", async () => {
    const { exitCode, document, stderr } = await json("--yes");
    assert.equal(exitCode, 0, stderr);
    assert.equal(document.written, true);
    assert.deepEqual(document.files, ["000001_create_things", "000002_add_name"]);
    assert.deepEqual(await ledger(), ["000001 applied", "000002 applied"]);
    const again = await run("--yes");
    assert.equal(again.exitCode, 0);
    assert.match(again.stdout, /nothing to do/);
    const migrated = await lockstepJson(["migrate"], options());
    assert.deepEqual(migrated.document.applied, ["000003_create_more"]);
  });

  it("gives it back, with what was applied meanwhile", async () => {
    await run("--yes");
    await lockstep(["migrate"], options());
    assert.deepEqual(await version(), [{ version: 2, dirty: false }]);
    const { exitCode, stdout, stderr } = await run("--back", "--yes");
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /from the ledger at \S+ into golang-migrate's [^]*\+ 000003_create_more/);
    assert.deepEqual(await version(), [{ version: 3, dirty: false }]);
    const { stdout: history } = await lockstep(["history"], options());
    assert.match(history, /1 files written into golang-migrate's/);
  });

  it("refuses a history that broke off, with what to do", async () => {
    await queryAll(database.url, "update schema_migrations set dirty = true");
    const { exitCode, document } = await json("--yes");
    assert.equal(exitCode, 3);
    const { next, seen } = document.error as { next?: string; seen?: string };
    assert.match(`${seen ?? ""} ${next ?? ""}`, /version 2 is dirty[^]*migrate force/);
  });

  it("reads a table of another name where it is told", async () => {
    await queryAll(database.url, "alter table schema_migrations rename to versions");
    const { exitCode, document } = await json("--table", "versions", "--yes");
    assert.equal(exitCode, 0);
    assert.deepEqual(await ledger(), ["000001 applied", "000002 applied"]);
    assert.match(String(document.table), /versions/);
  });

  it("says what to do with lockstep's own files", async () => {
    await writeMigrations(dir.path, { "01_create_others_up.sql": "create table others ();" });
    const { exitCode, stderr } = await run("--migrations", "migrations", "--yes");
    assert.equal(exitCode, 2);
    assert.match(stderr, /lockstep's own files[^]*--format golang-migrate[^]*baseline --through/);
  });
});
