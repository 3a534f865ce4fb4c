// Files outside of a transaction: on from the middle, and no index that only looks built.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { resolveStatement } from "../../../../engine/run/resolve.ts";
import { queryAll, serverMajor, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyFiles, ledgerOf, type Files } from "./applyFiles.ts";

const BASE: Files = {
  "01_create_things_up.sql":
    "create table things as select i / 2 as id from generate_series(1, 4) i;",
};
const UNIQUE = "create unique index concurrently things_id on things (id);";

/** PostgreSQL 13 has no DETACH CONCURRENTLY: nothing of the files is sent. */
async function ensureDetachRefused(url: string, files: Files): Promise<void> {
  const before = await ledgerOf(url);
  const failure = await failureOf(applyFiles(url, files));
  assert.equal(failure.code, "UNSAFE_MIGRATION");
  assert.match(failure.message, /does not know DETACH PARTITION CONCURRENTLY: PostgreSQL 14/);
  assert.match(failure.next ?? "", /DETACH PARTITION without CONCURRENTLY/);
  assert.deepEqual(await ledgerOf(url), before);
}

describe("an index that is built concurrently", () => {
  const database = useDatabase();
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });
  const indexes = () =>
    queryAll(
      database.url,
      `select indexrelid::regclass::text as index, indisvalid as valid from pg_index
       where indrelid = 'things'::regclass order by 1`,
    );
  /** A build that fails in the server leaves its index INVALID. */
  async function leaveInvalid(): Promise<void> {
    await assert.rejects(queryAll(database.url, UNIQUE), { code: "23505" });
    assert.deepEqual(await indexes(), [{ index: "things_id", valid: false }]);
    await queryAll(database.url, "delete from things; insert into things values (1), (2)");
  }

  for (const exists of ["", "if not exists "]) {
    it(`replaces an INVALID one of its name: ${exists || "plain"}`, async () => {
      await leaveInvalid();
      const sql = UNIQUE.replace("concurrently ", `concurrently ${exists}`);
      const { messages } = await applyFiles(database.url, { ...BASE, "02_index_up.sql": sql });
      assert.ok(messages.some((message) => /public\.things_id is INVALID/.test(message)));
      assert.deepEqual(await indexes(), [{ index: "things_id", valid: true }]);
    });
  }

  it("leaves none behind where it fails, and is built by the next run", async () => {
    const files = { ...BASE, "02_index_up.sql": UNIQUE };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "STATEMENT_FAILED");
    assert.equal(failure.sqlstate, "23505");
    assert.equal(failure.where, "migrations/02_index_up.sql:1:1");
    assert.deepEqual(await indexes(), []);
    await queryAll(database.url, "delete from things where ctid <> '(0,1)'");
    await applyFiles(database.url, files);
    assert.deepEqual(await indexes(), [{ index: "things_id", valid: true }]);
  });

  it("is not taken for INVALID while another session builds it: waited for", async () => {
    await queryAll(database.url, "delete from things where ctid <> '(0,1)'");
    await withClient(database.url, async (holder) => {
      await holder.query("begin; insert into things values (99)");
      await withClient(database.url, async (builder) => {
        const building = builder.query(UNIQUE);
        await eventually("the build waits for the writer", async () => {
          const found = await queryAll(
            database.url,
            "select from pg_stat_progress_create_index where datname = current_database() and index_relid = to_regclass('things_id')",
          );
          return found.length === 1;
        });
        const freed: Promise<unknown>[] = [];
        const sql = UNIQUE.replace("concurrently", "concurrently if not exists");
        const options = {
          onMessage: (message: string) => {
            if (freed.length > 0 || !/being built by another session/.test(message)) return;
            freed.push(holder.query("commit"));
          },
        };
        await applyFiles(database.url, { ...BASE, "02_index_up.sql": sql }, options);
        assert.equal(freed.length, 1);
        await Promise.all([building, ...freed]);
      });
    });
    assert.deepEqual(await indexes(), [{ index: "things_id", valid: true }]);
  });
});

describe("a build without a transaction", () => {
  const database = useDatabase();
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });

  /** Applies `sql` while another session's open transaction holds it up; `look` runs while it waits. */
  async function whileHeldUp(sql: string, look: (said: readonly string[]) => Promise<void>) {
    await withClient(database.url, async (holder) => {
      await holder.query("set application_name = 'writer'; begin; insert into things values (99)");
      const said: string[] = [];
      const run = applyFiles(
        database.url,
        { ...BASE, "02_build_up.sql": sql },
        { onMessage: (message) => said.push(message) },
      );
      await eventually("the build waits", async () => {
        const found = await queryAll(
          database.url,
          "select from pg_stat_progress_create_index where phase like 'waiting%' and datname = current_database()",
        );
        return found.length === 1;
      });
      await look(said);
      await holder.query("commit");
      await run;
    });
  }

  it("tells how far it is, and behind whom it waits", async () => {
    await whileHeldUp("create index concurrently things_id on things (id);", async (said) => {
      await eventually("it is told", () =>
        said.some((line) =>
          /things_id on things: waiting for writers.*; behind pid \d+, writer/.test(line),
        ),
      );
    });
  });

  it("is not held up by a session of lockstep's own: no other has a snapshot or a transaction", async () => {
    await whileHeldUp("create index concurrently things_id on things (id);", async (said) => {
      await eventually("progress is watched", () => said.some((line) => /waiting for/.test(line)));
      for (let look = 0; look < 50; look += 1) {
        const found = await queryAll(
          database.url,
          `select application_name, state from pg_stat_activity
           where datname = current_database() and application_name like 'lockstep:%'
             and application_name !~ '^lockstep:[0-9]+$' and state <> 'active'
             and (backend_xmin is not null or backend_xid is not null or xact_start is not null)`,
        );
        assert.deepEqual(found, []);
      }
    });
  });

  it("by REINDEX has its left-overs dropped by the next run, and no index besides", async () => {
    const files = {
      ...BASE,
      "02_index_up.sql": "create index things_id on things (id);",
      "03_again_up.sql": "reindex table concurrently things;",
    };
    await applyFiles(database.url, files);
    // As a killed REINDEX leaves it: the journal begun, and its new index INVALID.
    await assert.rejects(
      queryAll(database.url, "create unique index concurrently things_id_ccnew on things (id)"),
    );
    await queryAll(
      database.url,
      `update lockstep.migration set state = 'running' where number = 3;
       update lockstep.statement set state = 'started' where number = 3`,
    );
    await applyFiles(database.url, files);
    const indexes = await queryAll(
      database.url,
      "select indexrelid::regclass::text as index, indisvalid as valid from pg_index where indrelid = 'things'::regclass",
    );
    assert.deepEqual(indexes, [{ index: "things_id", valid: true }]);
  });

  it("leaves the INVALID index of a partitioned table's parent alone: it is so by design", async () => {
    const files = {
      ...BASE,
      "02_parted_up.sql":
        "create table parted (id int) partition by list (id); create table part1 partition of parted for values in (1);",
      "03_parent_up.sql": "create index parted_id on only parted (id);",
      "04_child_up.sql": "create index concurrently part1_id on part1 (id);",
      "05_attach_up.sql": "alter index parted_id attach partition part1_id;",
    };
    await applyFiles(database.url, files);
    const found = await queryAll(
      database.url,
      "select indexrelid::regclass::text as index, indisvalid as valid from pg_index where indexrelid::regclass::text like 'part%' order by 1",
    );
    assert.deepEqual(found, [
      { index: "part1_id", valid: true },
      { index: "parted_id", valid: true },
    ]);
  });

  it("finishes the DETACH of a partition that was cut short", async () => {
    const files = {
      ...BASE,
      "02_parted_up.sql":
        "create table parted (id int) partition by list (id); create table part1 partition of parted for values in (1);",
    };
    await applyFiles(database.url, files);
    const detach = "alter table parted detach partition part1 concurrently";
    if ((await serverMajor(database.url)) < 14) {
      const sql = `-- lockstep: stage=expand reason="test"\n${detach};`;
      await ensureDetachRefused(database.url, { ...files, "03_detach_up.sql": sql });
      return;
    }
    await withClient(database.url, async (holder) => {
      await holder.query("begin; select * from parted");
      await withClient(database.url, async (detacher) => {
        const cancelled = assert.rejects(detacher.query(detach), { code: "57014" });
        await eventually("it waits", async () => {
          const ended = await queryAll(
            database.url,
            `select pg_cancel_backend(pid) from pg_stat_activity
             where query = $1 and wait_event_type = 'Lock' and datname = current_database()
               and exists (select from pg_inherits where inhdetachpending)`,
            [detach],
          );
          return ended.length === 1;
        });
        await cancelled;
      });
      await holder.query("commit");
    });
    const after = {
      ...files,
      "03_detach_up.sql": `-- lockstep: stage=expand reason="test"\n${detach};`,
    };
    const [last] = await analyzeFiles({ "03_detach_up.sql": after["03_detach_up.sql"] });
    assert.equal(last?.transactional, false);
    await failureOf(applyFiles(database.url, after));
    await applyFiles(database.url, after);
    const left = await queryAll(
      database.url,
      "select from pg_inherits where inhparent = 'parted'::regclass",
    );
    assert.deepEqual(left, []);
  });

  it("waits for a strong lock as a file does: VACUUM FULL behind a reader", async () => {
    await withClient(database.url, async (holder) => {
      await holder.query("begin; select * from things");
      const freed: Promise<unknown>[] = [];
      await applyFiles(
        database.url,
        { ...BASE, "02_full_up.sql": "set maintenance_work_mem = '32MB'; vacuum full things;" },
        {
          onMessage: (message) => {
            if (/02_full: waiting for locks outside the queue/.test(message) && freed.length === 0)
              freed.push(holder.query("commit"));
          },
        },
      );
      assert.equal(freed.length, 1);
      await Promise.all(freed);
    });
  });

  it("without a name is refused: after a crash nobody could find it", async () => {
    const files = { ...BASE, "02_build_up.sql": "create index concurrently on things (id);" };
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.code, "UNSAFE_MIGRATION");
    assert.equal(failure.seen, "concurrent-index-unnamed");
  });
});

describe("a file whose statements go one by one", () => {
  const database = useDatabase();
  const resolveFile = async (files: Files, outcome: "applied" | "rolledBack") =>
    resolveStatement({
      target: parseUrl(database.url, "test"),
      migrations: await analyzeFiles(files),
      ...{ number: "02", outcome, reason: "looked", leaseWaitMs: 5_000 },
      ...{ report: silent, signal: new AbortController().signal },
    });
  const MIXED = [
    "create index concurrently things_a on things (id);",
    "create unique index concurrently things_b on things (id);",
    "create index concurrently things_c on things (id);",
  ].join("\n");
  const files = { ...BASE, "02_index_up.sql": MIXED };
  const journal = () =>
    queryAll(database.url, "select position, state from lockstep.statement order by position");
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });

  it("goes on behind the last one that is done, even where the first ones were taken away since", async () => {
    const failure = await failureOf(applyFiles(database.url, files));
    assert.equal(failure.where, "migrations/02_index_up.sql:2:1");
    assert.match(failure.next ?? "", /the statements before it stay applied and are not repeated/);
    assert.deepEqual(await journal(), [
      { position: 0, state: "done" },
      { position: 1, state: "started" },
    ]);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 running"]);
    await queryAll(database.url, "drop index things_a; delete from things where ctid <> '(0,1)'");

    const { messages } = await applyFiles(database.url, files);
    assert.ok(!messages.some((message) => /things_a/.test(message)), messages.join("\n"));
    const built = await queryAll<{ name: string }>(
      database.url,
      "select relname as name from pg_class where relname like 'things\\__' order by 1",
    );
    assert.deepEqual(
      built.map(({ name }) => name),
      ["things_b", "things_c"],
    );
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("takes what the catalogue proves for done, though the journal only says started", async () => {
    await queryAll(database.url, "delete from things where ctid <> '(0,1)'");
    await applyFiles(database.url, files);
    await queryAll(
      database.url,
      `update lockstep.migration set state = 'running' where number = 2;
       update lockstep.statement set state = 'started' where position = 2`,
    );
    const { messages } = await applyFiles(database.url, files);
    assert.ok(messages.some((message) => /was done before the last run ended/.test(message)));
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
  });

  it("sends settings again on resume: they hold for what follows them", async () => {
    const sql = `set search_path = own;\ncreate index concurrently i1 on t (id);\ncreate unique index concurrently i2 on t (id);`;
    const base = {
      ...BASE,
      "02_own_up.sql":
        "create schema own; create table own.t as select 1 as id from generate_series(1, 2);",
    };
    const own = { ...base, "03_index_up.sql": sql };
    await failureOf(applyFiles(database.url, own));
    await queryAll(database.url, "delete from own.t where ctid <> '(0,1)'");
    await applyFiles(database.url, own);
    const built = await queryAll(
      database.url,
      "select indexname as name from pg_indexes where schemaname = 'own' order by 1",
    );
    assert.deepEqual(built, [{ name: "i1" }, { name: "i2" }]);
  });

  for (const [what, sql, code] of [
    ["repeats what is harmless to repeat", "vacuum things;", undefined],
    [
      "stops where nothing tells, with both ways on",
      "alter system reset work_mem;",
      "UNKNOWN_OUTCOME",
    ],
  ] as const) {
    it(`${what} after the runner died in it`, async () => {
      const both = { ...BASE, "02_change_up.sql": sql };
      await applyFiles(database.url, both);
      await queryAll(
        database.url,
        `update lockstep.migration set state = 'running' where number = 2;
         update lockstep.statement set state = 'started' where number = 2`,
      );
      if (code !== undefined) {
        const failure = await failureOf(applyFiles(database.url, both));
        assert.equal(failure.code, code);
        assert.match(
          failure.next ?? "",
          /lockstep resolve 02 --applied .*resolve 02 --rolled-back/,
        );
        await resolveFile(both, "rolledBack");
      }
      await applyFiles(database.url, both);
      assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);
    });
  }

  it("takes a person's word for what nothing else can tell, and records it", async () => {
    const files = {
      ...BASE,
      "02_change_up.sql": "alter system reset work_mem;\nalter system reset work_mem;",
    };
    await applyFiles(database.url, files);
    await queryAll(
      database.url,
      `update lockstep.migration set state = 'running' where number = 2;
       delete from lockstep.statement where number = 2 and position = 1;
       update lockstep.statement set state = 'started' where number = 2 and position = 0`,
    );
    const { file, statement } = await resolveFile(files, "applied");
    assert.deepEqual([file, statement], ["02_change", "alters the server's settings"]);
    assert.deepEqual(await journal(), [{ position: 0, state: "done" }]);
    await applyFiles(database.url, files);
    const [event] = await queryAll<{ data: unknown }>(
      database.url,
      "select data from lockstep.event where kind = 'resolved'",
    );
    assert.deepEqual(event?.data, {
      file: "02_change",
      position: 0,
      outcome: "applied",
      reason: "looked",
    });
  });

  it("takes nobody's word for what the catalogue can tell", async () => {
    await failureOf(applyFiles(database.url, files));
    const failure = await failureOf(resolveFile(files, "applied"));
    assert.equal(failure.code, "CONFIG");
    assert.match(failure.seen ?? "", /the catalogue tells/);
    await queryAll(database.url, "delete from things where ctid <> '(0,1)'");
    await applyFiles(database.url, files);
    assert.match(
      (await failureOf(resolveFile(files, "applied"))).seen ?? "",
      /no statement of it is left open/,
    );
  });

  for (const [what, prepare, sql, look] of [
    [
      "DROP INDEX CONCURRENTLY",
      "create index gone on things (id);",
      "drop index concurrently gone;",
      "select to_regclass('gone') is null as right",
    ],
    [
      "DETACH PARTITION CONCURRENTLY",
      "create table parted (id int) partition by list (id); create table part1 partition of parted for values in (1);",
      '-- lockstep: stage=expand reason="test"\nalter table parted detach partition part1 concurrently;',
      "select count(*) = 0 as right from pg_inherits where inhparent = 'parted'::regclass",
    ],
  ] as const) {
    it(`is not tripped by a ${what} that was done when the runner died`, async () => {
      const before = { ...BASE, "02_prepare_up.sql": prepare };
      const after = { ...before, "03_change_up.sql": sql };
      if (what.startsWith("DETACH") && (await serverMajor(database.url)) < 14) {
        await ensureDetachRefused(database.url, after);
        return;
      }
      await queryAll(
        database.url,
        "insert into lockstep.setting values ('initial', '{\"through\": \"03\"}')",
      );
      await applyFiles(database.url, after);
      await queryAll(
        database.url,
        `update lockstep.migration set state = 'running' where number = 3;
         update lockstep.statement set state = 'started' where number = 3;
         insert into lockstep.setting values ('initial', '{"through": "03"}')`,
      );
      await applyFiles(database.url, after);
      assert.deepEqual(await queryAll(database.url, look), [{ right: true }]);
      assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied", "03 applied"]);
    });
  }
});
