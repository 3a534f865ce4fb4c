// What a server logs of a run is the plan of it, byte for byte but for what only run time knows.
import assert from "node:assert/strict";
import { readLedger } from "../../../../engine/ledger/ledger.ts";
import { planRun } from "../../../../engine/plan/planRun.ts";
import { planSql, type SqlPlan } from "../../../../engine/plan/sqlPlan.ts";
import { withSoak } from "../../../../engine/soak/soakPolicy.ts";
import type { Migration } from "../../../../engine/sources/migration.ts";
import { queryAll, withClient } from "../../../support/database.ts";
import { followSessions } from "../../../support/followSessions.ts";
import { withTracedServer } from "../../../support/tracedServer.ts";
import {
  analyzeFiles,
  applyFiles,
  applyMigrations,
  approve,
  type Files,
} from "../run/applyFiles.ts";

const BASE: Files = {
  "01_create_people_up.sql":
    "create table people (id bigint primary key, name text, old text);\ncreate function tell() returns trigger language plpgsql as $$ begin new.born := coalesce(new.born, new.old); return new; end $$;",
  "02_add_index_up.sql":
    "create index on people (name); -- \u00e4\u00f6\u00fc, 'quoted', \\ and $1",
  "03_create_pets_up.sql": "set search_path = public;\ncreate table pets (id int);",
};

const RELEASE: Files = {
  ...BASE,
  "04_add_born_up.sql":
    "alter table people add column born text;\ncreate trigger keep before insert or update on people for each row execute function tell();",
  "04_add_born_verify.sql": "select 'no born' where not exists (select born from people limit 1);",
  "05_index_born_up.sql":
    "set maintenance_work_mem = '8MB';\ncreate index concurrently people_born on people (born);\nvacuum pets;",
  "06_fill_born_up.sql":
    '-- lockstep: backfill table=people key=id batch=40 sync="trigger keep" remaining=select count(*) from people where born is distinct from old\nupdate people set born = old where born is distinct from old;',
  "06_fill_born_verify.sql": "select id from people where born is null;",
  "07_drop_old_up.sql":
    "drop trigger keep on people;\ndrop function tell();\nalter table people drop column old;",
  "08_drop_index_up.sql": "drop index concurrently people_name_idx;",
};

const SOAKING: Files = {
  ...RELEASE,
  "09_drop_pets_up.sql": "drop table pets;",
  "09_drop_pets_verify.sql": "select 'pets' where to_regclass('pets') is not null;",
};

describe("the plan of a run", () => {
  it("is what the server logs of it: a first set-up, and each kind of file after it", async () => {
    await withTracedServer(async ({ url, read }) => {
      const first = await planOf(url, await analyzeFiles(BASE));
      await read();
      await applyFiles(url, BASE);
      const made = await followSessions(first, await read());
      assert.ok(made > 10, `${String(made)} messages`);
      await queryAll(
        url,
        "insert into people select n, 'n', 'o' || n from generate_series(1, 100) n",
      );

      const plan = await planOf(url, await analyzeFiles(RELEASE));
      await read();
      const approval = await approve(RELEASE, "08");
      await withReader(url, (end) =>
        applyFiles(url, RELEASE, {
          approval,
          onMessage: (text) => {
            if (/waiting for locks/.test(text)) end();
          },
        }),
      );
      const logged = await read();
      const matched = await followSessions(plan, logged);
      assert.ok(matched > 30, `${String(matched)} messages`);
      assert.deepEqual(await queryAll(url, "select from people where born is null"), []);
      assert.ok(
        logged.some(({ sql }) => /LOCK TABLE ONLY public\.people IN ACCESS EXCL/.test(sql)),
      );
      const shorter = { ...plan, parts: plan.parts.toSpliced(1, 1) };
      await assert.rejects(followSessions(shorter, logged), /not in the plan here/);

      const soak = { from: "very high", timeMs: 86_400_000 } as const;
      const soaking = withSoak(await analyzeFiles(SOAKING), soak);
      const aside = await planOf(url, soaking);
      await read();
      await applyMigrations(url, soaking, { approval: await approve(SOAKING, "09") });
      const sent = await read();
      await followSessions(aside, sent);
      assert.ok(sent.some(({ sql }) => /soak_object\(9, '09_drop_pets', 86400000/.test(sql)));
    });
  });
});

/** Somebody reads `people` until `end` is called: the first file that locks it is sent more than once. */
async function withReader<T>(url: string, work: (end: () => void) => Promise<T>): Promise<void> {
  await withClient(url, async (reader) => {
    await reader.query("begin; select from people");
    let ended: Promise<unknown> | undefined;
    await work(() => {
      ended ??= reader.query("rollback");
    });
    await ended;
  });
}

/** As `lockstep plan` makes it, with all contract files approved. */
async function planOf(url: string, migrations: readonly Migration[]): Promise<SqlPlan> {
  return withClient(url, async (client) => {
    const ledger = await readLedger(client);
    const { pending, initial } = planRun(ledger, migrations, { stage: "all", target: undefined });
    const hasLedger = ledger.exists;
    return planSql({ pending, migrations, initial, eventTriggers: false, hasLedger });
  });
}
