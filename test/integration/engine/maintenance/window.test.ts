// A release in maintenance: on around its risky files only, off again however it ends.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { MaintenancePolicy } from "../../../../engine/maintenance/policy.ts";
import { readMaintenance } from "../../../../engine/maintenance/row.ts";
import { switchOff, switchOn } from "../../../../engine/maintenance/switch.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { applyFiles, RELEASE, type ApplyOptions, type Files } from "../run/applyFiles.ts";

const BASE = { "01_create_things_up.sql": "create table things (id int primary key, a int);" };
/** Each file notes whether the app is away while it runs. */
const NOTE = "insert into noted select count(*) from lockstep.maintenance";
const FILES: Files = {
  ...BASE,
  "02_add_b_up.sql": `alter table things add column b int; ${NOTE};`,
  "03_add_r_up.sql": `alter table things add column r float default random(); ${NOTE};`,
  "04_add_c_up.sql": `alter table things add column c int; ${NOTE};`,
  "05_change_a_up.sql": `update things set a = 1; ${NOTE};`,
  "06_add_d_up.sql": `alter table things add column d int; ${NOTE};`,
};
const ON: MaintenancePolicy = { during: "high", keepOnFailure: false, waitMs: 10 };
const ADA = { heldBy: "person", who: "Ada", release: null, reason: "disks" } as const;

describe("a release in maintenance", () => {
  const database = useDatabase();
  beforeEach(async () => {
    await applyFiles(database.url, BASE);
    await queryAll(database.url, "create table noted (away int)");
  });

  const apply = (files: Files, policy = ON, options: ApplyOptions = {}) =>
    applyFiles(database.url, files, {
      ...{ stage: "expand", release: RELEASE, ...options },
      limits: { maintenance: policy, ...options.limits },
    });
  const failing = { ...FILES, "04_add_c_up.sql": "alter table nowhere add column c int;" };
  const held = async () => (await withClient(database.url, readMaintenance)).map(({ who }) => who);
  const noted = async () =>
    (await queryAll<{ away: number }>(database.url, "select away from noted")).map(
      ({ away }) => away,
    );
  const states = async () => {
    const rows = await queryAll<{ state: string }>(
      database.url,
      "select data->>'state' as state from lockstep.event where kind = 'maintenance' order by seq",
    );
    return rows.map(({ state }) => state);
  };

  it("is away from the first risky file to the last, and not for another level or for none", async () => {
    const { messages } = await apply(FILES);
    assert.deepEqual(await noted(), [0, 1, 1, 1, 0]);
    assert.deepEqual([await states(), await held()], [["on", "off"], []]);
    const told = messages.filter((line) => line.startsWith("maintenance"));
    assert.match(told.join("\n"), /^.* on in expand from 03_add_r to 05_change_a\n.* off after/);
    const more = {
      ...FILES,
      "07_add_s_up.sql": `alter table things add column s float default random(); ${NOTE};`,
    };
    await apply(more, { ...ON, during: "very high" });
    assert.deepEqual((await noted()).at(-1), 0);
  });

  it("is off after a failed file; under keepOnFailure on until a release ends well", async () => {
    await failureOf(apply(failing));
    assert.deepEqual([await held(), await states()], [[], ["on", "off"]]);
    await queryAll(database.url, "truncate noted");
    const more = { ...failing, "03_add_r_up.sql": FILES["03_add_r_up.sql"] ?? "" };
    const again = {
      ...more,
      "05_change_a_up.sql": "update nowhere set a = 1;",
    };
    await failureOf(
      apply({ ...again, "04_add_c_up.sql": "select 1;" }, { ...ON, keepOnFailure: true }),
    );
    const [row] = await withClient(database.url, readMaintenance);
    assert.deepEqual([row?.who, row?.until], ["release 1.1", null]);
    const { "05_change_a_up.sql": _, "06_add_d_up.sql": __, ...well } = FILES;
    await apply({ ...well, "04_add_c_up.sql": "select 1;" }, { ...ON, during: "none" });
    assert.deepEqual(await held(), []);
  });

  it("leaves on what a person switched on, and does not wait where the app is away already", async () => {
    await withClient(database.url, (client) => switchOn(client, ADA));
    await queryAll(database.url, "update lockstep.maintenance set since = since - interval '1 h'");
    // Were it waited for, this would never end in time.
    await apply(FILES, { ...ON, waitMs: 600_000 });
    assert.deepEqual(await noted(), [1, 2, 2, 2, 1]);
    assert.deepEqual(await held(), ["Ada"]);
    await withClient(database.url, (client) => switchOff(client, { heldBy: "person", who: "Ada" }));
  });

  it("ends its wait when it is interrupted, and is off then", async () => {
    const stop = new AbortController();
    const error = await failureOf(
      apply(
        FILES,
        { ...ON, waitMs: 600_000 },
        {
          signal: stop.signal,
          onMessage: (message) => {
            if (message.startsWith("waiting 600 s")) stop.abort();
          },
        },
      ),
    );
    assert.equal(error.code, "INTERRUPTED");
    assert.deepEqual([await held(), await noted()], [[], [0]]);
  });

  it("is renewed while its runner lives, and ends by itself once that is killed", async () => {
    const path = join(import.meta.dirname, "windowRunner.ts");
    const env = { ...process.env, DATABASE_URL: database.url };
    const runner = fork(path, { stdio: "ignore", env });
    const until = async () =>
      (await withClient(database.url, readMaintenance))[0]?.until?.getTime() ?? 0;
    const first = await eventually("it is on", until);
    await eventually("a heartbeat has renewed it", async () => (await until()) > first);
    runner.kill("SIGKILL");
    await once(runner, "exit");
    const last = await until();
    assert.ok(last > 0, "a dead runner switches nothing off");
    // As it will be once its life is over; nobody renews it any more.
    await queryAll(database.url, "update lockstep.maintenance set until = clock_timestamp()");
    assert.deepEqual(await held(), []);
    await apply(FILES, ON, { limits: { leaseWaitMs: 60_000 } });
    assert.deepEqual([await held(), await states()], [[], ["on", "expired", "on", "off"]]);
  });
});
