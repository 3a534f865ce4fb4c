// `lockstep rollback --app`, `--db`, `--both` with a real app, a real server and the real command.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordEvent } from "../../../engine/ledger/record.ts";
import { closeRelease, openRelease } from "../../../engine/ledger/releases.ts";
import { releaseId } from "../../../engine/plan/release.ts";
import { rollOutProcess } from "../../../engine/process/rollOut.ts";
import type { ProcessSpec } from "../../../engine/process/spec.ts";
import { databaseName, queryAll, useDatabase, withClient } from "../../support/database.ts";
import { useApp } from "../../support/processApp.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, writeMigrations } from "./lockstepCommand.ts";

const FILES = {
  "01_create_t1_up.sql": "create table t1 (a int);",
  "02_create_t2_up.sql": "create table t2 (a int);",
  "02_create_t2_down.sql": "drop table t2;",
};

describe("lockstep rollback by hand", () => {
  const database = useDatabase();
  const app = useApp();
  const dir = useTempDir("rollback");
  let old: ProcessSpec;
  let bad: ProcessSpec;

  /** 1.0 is verified; 1.1, with file 02, has taken its place. */
  beforeEach(async () => {
    await writeMigrations(dir.path, FILES);
    await writeFile(join(dir.path, "Pulumi.yaml"), `name: ${app.id.project}\n`);
    const migrated = await run("migrate");
    assert.equal(migrated.exitCode, 0, migrated.stderr);
    old = await app.version("1.0");
    bad = await app.version("1.1", "nameless");
    bad = { ...bad, command: old.command };
    await rollOutProcess(old, { warmUpMs: 0 });
    await rollOutProcess(bad, { warmUpMs: 0 });
    await withClient(database.url, async (client) => {
      await openRelease(client, old.release);
      await closeRelease(client, old.release.digest, { state: "verified", why: "" });
      await openRelease(client, bad.release);
      const own = "update lockstep.migration set release = $1 where number = $2";
      await client.query(own, [old.release.digest, 1]);
      await client.query(own, [bad.release.digest, 2]);
    });
  });

  const run = (...args: string[]) =>
    lockstep([...args, "--stack", app.id.stack], {
      cwd: dir.path,
      url: database.url,
      env: { LOCKSTEP_HOME: app.home },
    });
  const history = async () =>
    (await lockstep(["history"], { cwd: dir.path, url: database.url })).stdout;
  const ids = () => [old, bad].map(({ release }) => releaseId(release.label, release.digest));
  const state = async () => {
    const [row] = await queryAll<{ state: string; rollbacks: number }>(
      database.url,
      `select state, rollbacks from lockstep.release where digest = '${bad.release.digest}'`,
    );
    return [row?.state, row?.rollbacks];
  };
  const tables = async () =>
    (
      await queryAll<{ relname: string }>(
        database.url,
        "select relname from pg_class where relkind = 'r' and relname ~ '^t[12]$' order by 1",
      )
    ).map(({ relname }) => relname);
  const serving = async () => (await app.ask()).release;

  it("shows what will happen and asks; --app puts the release before back, proven and remembered", async () => {
    const [before, now] = ids();
    const asked = await run("rollback", "--app");
    assert.equal(asked.exitCode, 2, asked.stderr);
    assert.match(asked.stdout, new RegExp(`${now} is ended, ${before} is started in its place`));
    assert.match(asked.stdout, /database {2}stays as it is/);
    assert.match(asked.stderr, /lockstep rollback --app --yes/);
    assert.deepEqual([await serving(), await state()], [now, ["active", 0]]);

    // A drain of 1.1 had closed the login of 1.0.
    const login = `${databaseName(database.url)}_1_0`;
    await queryAll(database.url, `create role ${login}`);
    const fence = {
      release: bad.release.digest,
      kind: "fence",
      data: { closed: [login] },
    } as const;
    await withClient(database.url, (client) => recordEvent(client, fence));

    const { exitCode, stdout, stderr } = await run("rollback", "--app", "--yes");
    assert.equal(exitCode, 0, stderr);
    const opened = "select from pg_roles where rolname = $1 and rolcanlogin";
    assert.equal((await queryAll(database.url, opened, [login])).length, 1);
    assert.match(await history(), new RegExp(`open again to ${login}`));
    assert.match(stdout, new RegExp(`${now} is rolled back: ${before} serves`));
    assert.deepEqual([await serving(), await state()], [before, ["rolledBack", 1]]);
    assert.deepEqual(await tables(), ["t1", "t2"]);
    assert.match(await history(), new RegExp(`to ${before}: by hand by `));

    // The app is back; what its release added can follow.
    const files = await run("rollback", "--db", "--yes");
    assert.equal(files.exitCode, 0, files.stderr);
    assert.deepEqual([await tables(), await state()], [["t1"], ["rolledBack", 1]]);
    const again = await run("rollback", "--app", "--yes");
    assert.equal(again.exitCode, 2);
    assert.match(again.stderr, /no release before it to go back to/);
  });

  it("--both takes app and files back; --db alone leaves no app without what it needs", async () => {
    const refused = await run("rollback", "--db", "--yes");
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /lockstep rollback --both takes the app back first/);
    // Nor from a later release that applied no file of its own, but found these there.
    const belongsTo = (digest: string) =>
      queryAll(database.url, "update lockstep.migration set release = $1 where number = 2", [
        digest,
      ]);
    await queryAll(database.url, "update lockstep.release set state = 'verified'");
    await belongsTo(old.release.digest);
    const later = await run("rollback", "--db", "--yes");
    assert.match(later.stderr, /serves, which was released after [^]*lockstep rollback --app/);
    await belongsTo(bad.release.digest);
    const { exitCode, stderr } = await run("rollback", "--both", "--yes");
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual([await serving(), await tables()], [ids()[0], ["t1"]]);
  });

  it("is refused after contract, with the backup, before anything is touched", async () => {
    await queryAll(
      database.url,
      `update lockstep.migration set stage = 'contract' where number = 2;
       insert into lockstep.event (release, kind, data)
         values ('${bad.release.digest}', 'backup', '{"id": "backup_before_migration_1"}')`,
    );
    for (const what of ["--app", "--both"]) {
      const { exitCode, stderr } = await run("rollback", what, "--yes");
      assert.equal(exitCode, 3, stderr);
      assert.match(stderr, /has contracted: there is no way back/);
      assert.match(stderr, /lockstep restore backup_before_migration_1/);
    }
    assert.equal(await serving(), ids()[1]);
    await queryAll(
      database.url,
      "insert into lockstep.soak (number, file, kind, name, member, until) select number, label || '_' || name, 'index', 'x', 'x', now() from lockstep.migration where number = 2",
    );
    const soaking = await run("rollback", "--both", "--yes");
    assert.match(soaking.stderr, /what it removed soaks[^]*lockstep undo 02_/);
  });

  it("tells both failures where the release before does not come up, and what is left", async () => {
    const [, now] = ids();
    const record = join(app.home, app.id.project, app.id.stack, "processes", "app.json");
    await breakPrevious(record);
    const { exitCode, stderr } = await run("rollback", "--both", "--yes");
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /is to go, and going back failed/);
    assert.match(stderr, /did not come up/);
    assert.match(stderr, /nothing of the database was touched/);
    assert.deepEqual([await serving(), await tables()], [now, ["t1", "t2"]]);
    assert.match(await history(), /the rollback of the app failed/);
  });

  it("says what is done where the files have no way back", async () => {
    await writeMigrations(dir.path, { "02_create_t2_down.sql": "-- none\n" });
    const { exitCode, stderr } = await run("rollback", "--both", "--yes");
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /the app is back at 1\.0-\w+ and serves/);
    assert.match(stderr, /There is no way back for 02_create_t2/);
    assert.deepEqual([await serving(), await tables()], [ids()[0], ["t1", "t2"]]);
  });

  it("wants exactly one of its forms", async () => {
    for (const args of [[], ["--app", "--both"], ["--db", "--app", "--both"]]) {
      const { exitCode, stderr } = await run("rollback", ...args);
      assert.deepEqual([exitCode, /Say what is to be rolled back/.test(stderr)], [2, true]);
    }
  });
});

/** The version before now crashes when it is started. */
async function breakPrevious(path: string): Promise<void> {
  const record = JSON.parse(await readFile(path, "utf8")) as { previous: { command: string[] } };
  record.previous.command = ["node", "server.mjs", "crash"];
  await writeFile(path, JSON.stringify(record), { mode: 0o600 });
}
