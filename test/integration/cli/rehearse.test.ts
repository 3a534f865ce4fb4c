// `lockstep rehearse` and `lockstep drift` as a process: what they print, and what they leave behind when they are disturbed.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findPostmaster } from "../../../engine/embedded/postmaster.ts";
import { isAlive } from "../../../engine/process/identity.ts";
import { queryAll, serverUrl, useDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { makeTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, startLockstep, writeMigrations } from "./lockstepCommand.ts";

const FILES = {
  "01_t_up.sql": "CREATE TABLE t (a int);",
  "01_t_down.sql": "DROP TABLE t;",
  "02_b_up.sql": "ALTER TABLE t ADD b int;",
  "02_b_down.sql": "ALTER TABLE t DROP b;",
};

describe("lockstep rehearse", () => {
  const database = useDatabase();
  let cwd = "";
  beforeEach(async () => {
    cwd = await makeTempDir("rehearse");
    await writeMigrations(cwd, FILES);
  });
  const named = async () => ({ cwd, env: { LOCKSTEP_REHEARSAL_URL: await serverUrl() } });

  it("says what it ran and how it ended, the second time from what was kept", async () => {
    const first = await lockstep(["rehearse", "--trace"], await named());
    assert.equal(first.exitCode, 0, first.stderr);
    assert.match(first.stdout, /began with an empty database/);
    assert.match(first.stdout, /in file order: 01_t, 02_b/);
    assert.match(
      first.stdout,
      /02_b_up\.sql:1:1: adds column t\.b .*\n {4}ACCESS EXCLUSIVE on public\.t/,
    );
    assert.match(first.stdout, /rehearsal passed \(2 files on PostgreSQL [\d.]+\)/);
    const again = await lockstep(["rehearse"], await named());
    assert.equal(/began.*/.exec(again.stdout)?.[0], /began.*/.exec(first.stdout)?.[0]);
  });

  it("ends with 1 and the file, line and caret where a file fails", async () => {
    await writeFile(join(cwd, "migrations/02_b_down.sql"), "ALTER TABLE t\n  DROP c;");
    const { exitCode, document } = await lockstepJson(["rehearse"], await named());
    assert.equal(exitCode, 1);
    const { verdict, findings } = document.rehearsal as {
      readonly verdict: string;
      readonly findings: readonly { readonly rule: string; readonly where: string }[];
    };
    assert.equal(verdict, "failed");
    assert.deepEqual(
      findings.map(({ rule, where }) => [rule, where]),
      [["down-fails", "migrations/02_b_down.sql:1:1"]],
    );
  });

  it("leaves no server and no folder behind where it is interrupted", async () => {
    await writeFile(
      join(cwd, "migrations/02_b_up.sql"),
      "ALTER TABLE t ADD b int; SELECT pg_sleep(600);",
    );
    const running = startLockstep(["rehearse"], { cwd });
    const server = await scratchServerOf(cwd, running.stdout);
    running.kill("SIGINT");
    const { exitCode } = await running;
    assert.equal(exitCode, 130);
    assert.equal(isAlive(server), false);
    assert.deepEqual(await readdir(join(cwd, ".home/scratch")), []);
  });

  it("says so where its server is killed, and leaves nothing", async () => {
    await writeFile(
      join(cwd, "migrations/02_b_up.sql"),
      "ALTER TABLE t ADD b int; SELECT pg_sleep(600);",
    );
    const running = startLockstep(["rehearse"], { cwd });
    const server = await scratchServerOf(cwd, running.stdout);
    process.kill(server.pid, "SIGKILL");
    const { exitCode, stderr } = await running;
    assert.equal(exitCode, 1);
    assert.match(stderr, /The scratch server is gone/);
    assert.deepEqual(await readdir(join(cwd, ".home/scratch")), []);
  });

  it("begins with the database that is named, and changes nothing there", async () => {
    await lockstep(["migrate", "--target", "01"], { cwd, url: database.url });
    const { document } = await lockstepJson(["rehearse"], {
      ...(await named()),
      url: database.url,
    });
    const { files, start } = document.rehearsal as {
      readonly files: readonly string[];
      readonly start: string;
    };
    assert.deepEqual(files, ["02_b"]);
    assert.notEqual(start, "empty");
    const columns = await queryAll(
      database.url,
      "SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0",
    );
    assert.deepEqual(columns, [{ attname: "a" }]);
    const plan = await lockstep(["plan"], { ...(await named()), url: database.url });
    assert.match(
      plan.stdout,
      /^ {7}rehearsed: adds column t\.b took \d+ ms on a copy without rows; ACCESS EXCLUSIVE on public\.t$/m,
    );
  });

  it("is told by status, plan and drift what was changed by hand, until it is accepted", async () => {
    const context = { cwd, url: database.url };
    await lockstep(["migrate", "--target", "01"], context);
    assert.match((await lockstep(["status"], context)).stdout, /^drift {5}none since/m);
    await queryAll(database.url, "ALTER TABLE t ADD by_hand int");
    for (const command of ["status", "plan", "drift"]) {
      const { stdout } = await lockstep([command], context);
      assert.match(stdout, /not by lockstep:\n {2}\+ column public\.t\.by_hand/, command);
    }
    await writeFile(
      join(cwd, "Pulumi.dev.yaml"),
      "config:\n  lockstep:drift:\n    found: refuse\n",
    );
    const refused = await lockstep(["migrate"], context);
    assert.equal(refused.exitCode, 3);
    assert.match(refused.stderr, /The schema is not as the last run left it/);
    assert.equal((await lockstep(["plan"], context)).exitCode, 3);
    assert.equal((await lockstep(["drift"], context)).exitCode, 1);
    assert.equal((await lockstep(["drift", "--accept"], context)).exitCode, 2);
    const accepted = await lockstep(["drift", "--accept", "--reason", "an outage"], context);
    assert.equal(accepted.exitCode, 0, accepted.stderr);
    assert.equal((await lockstep(["migrate"], context)).exitCode, 0);
    const { stdout } = await lockstep(["history"], context);
    assert.match(stdout, /accepted: \+ column public\.t\.by_hand: an outage/);
  });
});

/** The scratch server of a command in `cwd`, once it runs the files. */
async function scratchServerOf(cwd: string, said: NodeJS.ReadableStream) {
  let text = "";
  said.on("data", (chunk: Buffer) => (text += chunk.toString()));
  while (!text.includes("up, 2 files")) await once(said, "data");
  const root = join(cwd, ".home/scratch");
  let found: Awaited<ReturnType<typeof findPostmaster>>;
  await eventually("the scratch server", async () => {
    const [name = ""] = await readdir(root);
    found = await findPostmaster(join(root, name, "data"));
    return found !== undefined;
  });
  assert.ok(found);
  return found;
}
