// Commands by hand keep to what the stack's file says, and an option wins over it.
import assert from "node:assert/strict";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { queryAll, serverUrl, useDatabase, withClient } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

describe("lockstep, in a project,", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const options = () => ({ cwd: dir.path, url: database.url });
  const run = (...args: string[]) => lockstep(args, options());
  const json = (...args: string[]) => lockstepJson(args, options());
  const stack = (name: string, ...lines: string[]) =>
    writeFile(join(dir.path, `Pulumi.${name}.yaml`), ["config:", ...lines, ""].join("\n"));
  const write = async (folder: string, files: Readonly<Record<string, string>>) => {
    await writeMigrations(dir.path, files);
    if (folder === "migrations") return;
    await mkdir(join(dir.path, folder, ".."), { recursive: true });
    await rename(join(dir.path, "migrations"), join(dir.path, folder));
  };

  it("takes folder and placeholders from the stack, in every command that reads files", async () => {
    await write("db/sql", {
      "01_create_things_up.sql": "create table ${table} (id int);",
      "01_create_things_down.sql": "drop table ${table};",
    });
    await stack("dev", "  lockstep:migrations: { dir: db/sql, placeholders: { table: things } }");
    for (const command of ["lint", "plan"]) {
      const { exitCode, stderr } = await run(command);
      assert.equal(exitCode, 0, `${command}: ${stderr}`);
    }
    const { exitCode, stdout, stderr } = await run("migrate");
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /migrate --stage all: db\/sql \(as Pulumi\.dev\.yaml says\) to /);
    assert.match(
      (await run("status")).stdout,
      /files +db\/sql \(as Pulumi\.dev\.yaml says\): 1 applied/,
    );
    await queryAll(database.url, "insert into things values (1)");
    const down = await json("down");
    assert.deepEqual(down.document.takenBack, ["01_create_things"]);
  });

  it("lets an option win, and another stack have its own", async () => {
    await write("migrations", { "01_create_things_up.sql": "create table ${table} (id int);" });
    await stack("dev", "  lockstep:migrations: { dir: nowhere, placeholders: { table: one } }");
    await stack("prod", "  lockstep:migrations: { placeholders: { table: two } }");
    const plan = async (...args: string[]) =>
      (await run("plan", "--sql", "--migrations", "migrations", ...args)).stdout;
    assert.match(await plan(), /create table one/);
    assert.match(await plan("--set", "table=three"), /create table three/);
    assert.match(await plan("--stack", "prod"), /create table two/);
  });

  it("says what in the stack's file it cannot read", async () => {
    await write("migrations", { "01_create_things_up.sql": "create table ${table} (id int);" });
    await stack("dev", "  lockstep:migrations: { placeholders: { table: { secure: AAAA } } }");
    const hidden = await run("plan");
    assert.equal(hidden.exitCode, 2);
    assert.match(hidden.stderr, /only Pulumi can read[^]*table[^]*--set table=VALUE/);
    assert.equal((await run("plan", "--set", "table=things")).exitCode, 0);
    await stack("dev", "  lockstep:migrations: { format: fluway }");
    const wrong = await run("status");
    assert.equal(wrong.exitCode, 2);
    assert.match(
      wrong.stderr,
      /lockstep:migrations cannot be read[^]*migrations\.format: expected one of lockstep/,
    );
    await stack("dev", "  lockstep:backup: { maxAge: soon }");
    const limits = await run("migrate", "--set", "table=things");
    assert.match(limits.stderr, /lockstep:backup\.maxAge: expected/);
  });

  it("refuses by hand, too, what the stack's lint refuses", async () => {
    await write("migrations", {
      "01_create_things_up.sql": "create table things (id int primary key);",
      "02_add_data_up.sql": "alter table things add data json;",
    });
    assert.equal((await run("migrate", "--target", "01")).exitCode, 0);
    await stack("dev", "  lockstep:lint: { rules: { json-column: error } }");
    for (const command of ["plan", "migrate"]) {
      const { exitCode, stdout, stderr } = await run(command);
      assert.equal(exitCode, 3, stderr);
      assert.match(`${stdout}${stderr}`, /lint, json-column/);
    }
    assert.match((await run("plan")).stdout, /migrate would refuse this/);
    assert.match((await run("lint", "--live")).stdout, /^2 files: 1 error, [^;]*$/m);
    const blind = await lockstep(["lint", "--live"], { cwd: dir.path });
    assert.match(
      blind.stdout,
      /2 files: 1 error.*; the database was not seen: neither DATABASE_URL/,
    );
    await stack("dev", "  lockstep:lint: { rules: { json-column: warning } }");
    const { exitCode, stderr } = await run("migrate");
    assert.equal(exitCode, 0, stderr);
  });

  it("is held to the rehearsal that the stack requires, by hand as in a release", async () => {
    await write("migrations", {
      "01_create_things_up.sql": "create table things (id int);",
      "01_create_things_down.sql": "drop table things;",
    });
    await stack("dev", "  lockstep:rehearsal: { required: true, url: { secure: AAAA } }");
    const env = { LOCKSTEP_REHEARSAL_URL: await serverUrl() };
    const there = (...args: string[]) => lockstep(args, { ...options(), env });
    const blind = await run("plan");
    assert.match(
      blind.stdout,
      /not rehearsed \(npx lockstep rehearse --stack dev\)[^]*is encrypted/,
    );
    for (const command of ["plan", "migrate"]) {
      const { exitCode, stdout, stderr } = await there(command);
      assert.equal(exitCode, 3, stderr);
      assert.match(
        `${stdout}${stderr}`,
        /were not rehearsed[^]*next +npx lockstep rehearse --stack/,
      );
    }
    assert.equal((await there("rehearse")).exitCode, 0);
    assert.match((await there("plan")).stdout, /rehearsal passed \(1 file on PostgreSQL /);
    const { exitCode, stderr } = await there("migrate");
    assert.equal(exitCode, 0, stderr);
    // Nothing is pending any more, so nothing is asked for.
    assert.equal((await run("migrate")).exitCode, 0);
  });

  describe("contract", () => {
    beforeEach(async () => {
      await write("migrations", {
        "01_create_things_up.sql": "create table things (old int);",
        "02_remove_old_up.sql": "alter table things drop column old;",
      });
      assert.equal((await run("migrate", "--target", "01")).exitCode, 0);
    });
    const approve = async (name: string, ...lines: string[]) => {
      await stack(name, "  lockstep:release: '1'", ...lines);
      const { exitCode, stderr } = await run("approve", "--stack", name, "--yes");
      assert.equal(exitCode, 0, stderr);
    };
    const columns = () => queryAll(database.url, "select old from things");

    it("needs a word on the backup anywhere but on dev, which the ledger keeps", async () => {
      await approve("prod");
      for (const command of ["plan", "migrate"]) {
        const { exitCode, stdout, stderr } = await run(command, "--stack", "prod");
        assert.equal(exitCode, 3);
        assert.match(`${stdout}${stderr}`, /has no backup to go back to[^]*--without-backup/);
      }
      await columns();
      const reason = "snapshot of 09:00";
      const waived = await run("migrate", "--stack", "prod", "--without-backup", reason);
      assert.equal(waived.exitCode, 0, waived.stderr);
      await assert.rejects(columns());
      const { stdout } = await run("history");
      assert.match(stdout, /02_remove_old without a backup of lockstep's: snapshot of 09:00/);
    });

    it("needs none on dev, told by the name or by the file", async () => {
      await approve("shop", "  lockstep:environment: dev");
      const { exitCode, stderr } = await run("migrate", "--stack", "shop");
      assert.equal(exitCode, 0, stderr);
    });

    it("on a database with releases keeps to gate and drain, and to the stack's own names", async () => {
      await approve("dev", "  lockstep:drain: { allowed: [reporting] }");
      const digest = "ab".repeat(32);
      await queryAll(
        database.url,
        `insert into lockstep.release (digest, label, state) values ('${digest}', '1', 'verified')`,
      );
      const missing = (await run("migrate", "--without-backup", "my own")).stderr;
      assert.match(missing, /its health gate has not passed/);
      assert.doesNotMatch(missing, /no backup was taken/);
      await queryAll(
        database.url,
        `insert into lockstep.event (release, kind, data) values
           ('${digest}', 'gate', '{"verdict": "pass"}'), ('${digest}', 'drain', '{"quietMs": 1}')`,
      );
      await withClient(database.url, async (session) => {
        await session.query("set application_name = 'reporting'");
        assert.match((await run("migrate")).stderr, /no backup was taken for this contract/);
        const { exitCode, stderr } = await run("migrate", "--without-backup", "my own");
        assert.equal(exitCode, 0, stderr);
      });
    });
  });
});
