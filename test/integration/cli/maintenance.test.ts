// `lockstep maintenance` as a person types it, and where else the switch shows.
import assert from "node:assert/strict";
import { queryAll, useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

describe("lockstep maintenance", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const options = () => ({ cwd: dir.path, url: database.url });
  const run = (...args: string[]) => lockstep(args, options());
  const json = (...args: string[]) => lockstepJson(args, options());

  it("goes on and off, is shown by status and history, and off without a ledger makes none", async () => {
    const nothing = await run("maintenance", "off");
    assert.deepEqual([nothing.exitCode, nothing.stdout], [0, "maintenance mode is off already"]);
    const ledgers = await queryAll(
      database.url,
      "select from pg_namespace where nspname = 'lockstep'",
    );
    assert.deepEqual(ledgers, []);

    const on = await json("maintenance", "on", "--for", "30m", "--reason", "the disks");
    assert.equal(on.exitCode, 0, on.stderr);
    assert.deepEqual([on.document.on, on.document.changed], [true, true]);
    const [held] = on.document.switches as { heldBy: string; since: string; until: string }[];
    assert.equal(held?.heldBy, "person");
    const minutes = (Date.parse(held.until) - Date.parse(held.since)) / 60_000;
    assert.ok(Math.abs(minutes - 30) < 1, String(minutes));

    await writeMigrations(dir.path, { "01_create_a_up.sql": "create table a ();" });
    const status = await run("status");
    assert.match(status.stdout, /^app +maintenance mode is on since .* by .*: the disks$/m);
    const off = await run("maintenance", "off");
    assert.deepEqual([off.exitCode, off.stdout], [0, "maintenance mode is off"]);
    const { stdout } = await run("history");
    assert.match(
      stdout,
      /maintenance +by hand +off by .*: the disks\n.*maintenance +by hand +on by .* until .*: the disks/,
    );
  });

  it("leaves on what a release at work has switched on, but for --force", async () => {
    await run("maintenance", "on");
    await queryAll(
      database.url,
      `update lockstep.lease set held = true, holder = 'ada@host', doing = 'migrate';
       insert into lockstep.maintenance (held_by, who, release, reason) values ('release', 'release 1.1', 'd11', '05')`,
    );
    const kept = await json("maintenance", "off");
    assert.deepEqual([kept.exitCode, kept.document.on, kept.document.changed], [3, true, true]);
    const status = await run("maintenance", "status");
    assert.match(status.stdout, /^maintenance mode is on since \S+ by release 1\.1, .*: 05$/);
    const forced = await json("maintenance", "off", "--force");
    assert.deepEqual([forced.exitCode, forced.document.on], [0, false]);
  });
});
