// Twenty real runners at once on one fresh database: one applies, all end well.
import assert from "node:assert/strict";
import { lockstepJson, writeMigrations } from "../integration/cli/lockstepCommand.ts";
import { queryAll, useDatabase } from "../support/database.ts";
import { useTempDir } from "../support/tempDir.ts";

const RUNNERS = 20;
const LABELS = ["01", "02", "03", "04"];

describe("twenty runners at once", function () {
  this.timeout(300_000);
  const database = useDatabase();
  const dir = useTempDir("runners");

  it("one applies, all end well, and each file is in the ledger once", async () => {
    await writeMigrations(dir.path, {
      "01_create_things_up.sql": "create table things (id int primary key); select pg_sleep(1);",
      "02_fill_up.sql": "insert into things select generate_series(1, 1000);",
      "03_index_up.sql": "create index concurrently things_half on things ((id / 2));",
      "04_more_up.sql": "insert into things values (1001);",
    });
    const options = { cwd: dir.path, url: database.url };
    // So that the first of them does not compile the command while the others wait for it, one by one.
    await lockstepJson(["lint"], options);
    // None may miss the crowd because the machine is slow: one that comes late finds nothing to do at once.
    const ended = await Promise.all(
      Array.from({ length: RUNNERS }, () =>
        lockstepJson(["migrate", "--lease-wait", "4m"], options),
      ),
    );
    assert.deepEqual(
      ended.filter(({ exitCode }) => exitCode !== 0).map(({ stderr }) => stderr),
      [],
    );
    const counts = ended.map(({ document }) => (document.applied as string[]).length);
    assert.deepEqual(counts.toSorted(), [...Array<number>(RUNNERS - 1).fill(0), LABELS.length]);
    assert.equal(
      ended.filter(({ stderr }) => /: nothing to do$/m.test(stderr)).length,
      RUNNERS - 1,
    );
    assert.ok(
      ended.some(({ stderr }) => /waiting for the lease/.test(stderr)),
      "no runner met another one",
    );
    const [found] = await queryAll(
      database.url,
      `select (select array_agg(label order by seq) from lockstep.migration where state = 'applied') as files,
         (select count(*)::int from lockstep.migration) as rows,
         (select count(*)::int from things) as things,
         (select bool_and(indisvalid) from pg_index where indrelid = 'things'::regclass) as valid,
         (select held from lockstep.lease) as held`,
    );
    assert.deepEqual(found, { files: LABELS, rows: 4, things: 1001, valid: true, held: false });
  });
});
