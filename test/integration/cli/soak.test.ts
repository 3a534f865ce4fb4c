// `lockstep undo` and `lockstep soak end` as a person types them, and what status and plan say of a soak.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withSoak } from "../../../engine/soak/soakPolicy.ts";
import { useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { analyzeFiles, applyFiles, applyMigrations, approve } from "../engine/run/applyFiles.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

const MADE = { "01_make_up.sql": "create table a (id int); create table b (id int);" };
const FILES = {
  ...MADE,
  "02_drop_a_up.sql": "drop table a;",
  "03_drop_b_up.sql": "drop table b; delete from pg_temp.none;",
};

describe("lockstep undo and soak end", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  const options = () => ({ cwd: dir.path, url: database.url });
  const run = (...args: string[]) => lockstep([...args, "--stack", "prod"], options());

  beforeEach(async () => {
    await writeFile(join(dir.path, "Pulumi.prod.yaml"), "config: {}\n");
    await applyFiles(database.url, MADE);
  });
  /** `a` soaks then. */
  const contract = async () => {
    const policy = { from: "very high", timeMs: 7 * 86_400_000 } as const;
    const migrations = withSoak(await analyzeFiles(FILES), policy);
    const approval = await approve(FILES, "02");
    await applyMigrations(database.url, migrations, { approval, through: "02" });
  };

  it("foretells a soak and shows it, and gives back after a yes", async () => {
    await writeMigrations(dir.path, FILES);
    const plan = await run("plan", "--stage", "contract");
    assert.match(plan.stdout, /02_drop_a.*\n +drops table a\n +soaks for 7 d: lockstep undo/);
    assert.match(plan.stdout, /does not soak, .*: delete from pg_temp\.none/);
    await contract();
    assert.match((await run("status")).stdout, /^soaks +02_drop_a: table public\.a; until /m);
    const unasked = await run("undo");
    assert.equal(unasked.exitCode, 2);
    assert.match(unasked.stderr, /lockstep undo --yes/);
    const undone = await lockstepJson(["undo", "a", "--yes"], options());
    assert.deepEqual(undone.document.undone, [{ file: "02_drop_a", objects: ["table public.a"] }]);
  });

  it("drops for good what is not due only when told to", async () => {
    await contract();
    assert.match(
      (await run("soak", "end")).stdout,
      /nothing is due .*\n02_drop_a: table public\.a/,
    );
    const early = await run("soak", "end", "a");
    assert.equal(early.exitCode, 3);
    assert.match(early.stderr, /lockstep soak end a --now/);
    const ended = await run("soak", "end", "02", "--now", "--yes");
    assert.equal(ended.exitCode, 0, ended.stderr);
    const { stdout } = await lockstep(["history"], options());
    assert.match(
      stdout,
      /soakEnded .*02_drop_a dropped for good, before its time: table public\.a/,
    );
  });
});
