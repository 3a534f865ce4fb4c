// Risk, time under lock and the way back, as `lockstep plan` tells them.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LARGE_BYTES } from "../../../engine/plan/risk.ts";
import { queryAll, useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

describe("lockstep plan, of risk,", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const files = {
    "01_create_things_up.sql": "create table things (id int primary key, a int);",
    "02_index_things_up.sql": "create index on things (a);",
    "02_index_things_down.sql": "drop index things_a_idx;",
    "03_add_note_up.sql": "alter table things add column note text;",
    "03_add_note_down.sql": "alter table things drop column note;",
    "04_remove_a_up.sql": "alter table things drop column a;",
  };
  const options = () => ({ cwd: dir.path, url: database.url });

  it("is low on an empty database, then raised by the size of a table, and names the way back", async () => {
    await writeMigrations(dir.path, files);
    const empty = await lockstep(["plan"], options());
    assert.match(empty.stdout, /^risk of the release: low;/m);

    const migrated = await lockstep(["migrate", "--target", "01"], options());
    assert.equal(migrated.exitCode, 0, migrated.stderr);
    await queryAll(
      database.url,
      `update pg_class set relpages = ${String(LARGE_BYTES / 8_192)}, reltuples = 1e6 where oid = 'things'::regclass`,
    );
    const { stdout } = await lockstep(["plan"], options());
    assert.match(stdout, /02_index_things, in one transaction, risk high\n/);
    assert.match(stdout, /risk high: things holds 1\.0 GiB \(1\.0 GiB or more\)/);
    assert.match(
      stdout,
      /estimate: about 20 s under SHARE, which blocks writes \(things at 50\.0 MiB a second\)/,
    );
    const stack = join(dir.path, "Pulumi.dev.yaml");
    await writeFile(stack, 'config:\n  lockstep:risk: { estimate: { build: "100Mi" } }\n');
    assert.match(
      (await lockstep(["plan"], options())).stdout,
      /estimate: about 10 s under SHARE[^\n]* at 100\.0 MiB a second/,
    );
    assert.match(stdout, /03_add_note, in one transaction, risk low\n/);
    assert.match(stdout, /04_remove_a, in one transaction, irreversible, risk very high\n/);
    assert.match(
      stdout,
      /^risk of the release: very high; reads or writes held off for about 2[01] s/m,
    );
    assert.match(stdout, /^ {2}by things: 1,000,000 rows, 1\.0 GiB, /m);
    assert.match(
      stdout,
      /^the way back:\n[^]*lockstep down --to 01\n[^]*from 04_remove_a on only the backup/m,
    );
  });

  it("holds migrate as pulumi up, where the stack has a file, until it is approved", async () => {
    await writeMigrations(dir.path, {
      "01_create_things_up.sql": files["01_create_things_up.sql"],
      "02_change_things_up.sql": "update things set a = 1;",
    });
    assert.equal((await lockstep(["migrate", "--target", "01"], options())).exitCode, 0);
    assert.doesNotMatch((await lockstep(["plan"], options())).stdout, /would refuse/);
    const stack = join(dir.path, "Pulumi.dev.yaml");
    await writeFile(stack, "config:\n  lockstep:release: a\n");
    const plan = await lockstep(["plan"], options());
    assert.equal(plan.exitCode, 3, plan.stdout);
    const refusal =
      /Expand files wait for approval[^]*approve --stack dev --stage expand --through 02/;
    assert.match(plan.stdout, /^migrate and pulumi up would refuse this:$/m);
    assert.match(plan.stdout, refusal);
    const refused = await lockstep(["migrate"], options());
    assert.equal(refused.exitCode, 3, refused.stderr);
    assert.match(refused.stderr, refusal);
    const approve = ["approve", "--stack", "dev", "--stage", "expand", "--through", "02", "--yes"];
    const approved = await lockstep(approve, options());
    assert.equal(approved.exitCode, 0, approved.stderr);
    const { stdout, exitCode } = await lockstep(["plan"], options());
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /^pulumi up would refuse this:\nThe stack takes no backup before these/m);
    // On a stack to try things on nobody must have taken one.
    const migrated = await lockstep(["migrate"], options());
    assert.equal(migrated.exitCode, 0, migrated.stderr);
    const { stdout: history } = await lockstep(["history"], options());
    assert.match(history, /approval +by hand +expand files accepted through 02, given by/);
  });

  it("has all reasons and figures in --json, and says where no database was seen", async () => {
    await writeMigrations(dir.path, files);
    const { document } = await lockstepJson(["plan", "--stage", "expand"], { cwd: dir.path });
    assert.deepEqual(document.risk, { level: "very high", tables: null });
    const pending = document.pending as readonly { readonly risk: Record<string, unknown> }[];
    assert.deepEqual(
      pending.map(({ risk }) => risk.level),
      ["low", "medium", "low"],
    );
    assert.match(JSON.stringify(pending[1]?.risk), /"because":"build","level":"medium"/);
    const { pointOfNoReturn } = document.wayBack as Record<string, unknown>;
    assert.equal(pointOfNoReturn, "04_remove_a");
    assert.match(
      (await lockstep(["plan"], { cwd: dir.path })).stdout,
      /the size of things is not known/,
    );
  });
});
