// The switch in the ledger: whose it is, when it ends, and who may read it.
import assert from "node:assert/strict";
import { readEventChain } from "../../../../engine/ledger/eventChain.ts";
import { ensureLedger } from "../../../../engine/ledger/schema.ts";
import { maintenanceGrants, readMaintenance } from "../../../../engine/maintenance/row.ts";
import {
  RENEW,
  switchOff,
  switchOn,
  type SwitchOn,
} from "../../../../engine/maintenance/switch.ts";
import { createRole, queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";

const ADA: SwitchOn = { heldBy: "person", who: "Ada", release: null, reason: "disks" };
const RELEASE: SwitchOn = {
  ...{ heldBy: "release", who: "release 1.1", release: "d11", reason: "05_remove_phone" },
  forMs: 30_000,
};

describe("the maintenance switch", () => {
  const database = useDatabase();
  beforeEach(() => withClient(database.url, ensureLedger));
  const read = () => withClient(database.url, readMaintenance);
  const on = (request: SwitchOn) => withClient(database.url, (client) => switchOn(client, request));
  const off = (heldBy: SwitchOn["heldBy"], who = "Bob") =>
    withClient(database.url, (client) => switchOff(client, { heldBy, who }));
  const events = async () => {
    const rows = await queryAll<{ said: string }>(
      database.url,
      "select data->>'state' || ' ' || (data->>'who') as said from lockstep.event where kind = 'maintenance' order by seq",
    );
    return rows.map(({ said }) => said);
  };

  it("goes on once where two switch it on at once, and off once", async () => {
    const both = await Promise.all([on(ADA), on(ADA)]);
    assert.deepEqual(both.map(({ isChanged }) => isChanged).toSorted(), [false, true]);
    const [row] = await read();
    assert.deepEqual([row?.who, row?.reason, row?.until], ["Ada", "disks", null]);
    const ends = await Promise.all([off("person"), off("person")]);
    assert.equal(ends.filter((end) => end !== undefined).length, 1);
    assert.deepEqual(await read(), []);
    assert.deepEqual(await events(), ["on Ada", "off Bob"]);
    const { faults } = await withClient(database.url, (client) => readEventChain(client));
    assert.deepEqual(faults, []);
  });

  it("keeps apart what a person and what a release switched on", async () => {
    await on(ADA);
    await on(RELEASE);
    assert.deepEqual(
      (await read()).map(({ heldBy }) => heldBy),
      ["person", "release"],
    );
    assert.equal((await off("release"))?.who, "release 1.1");
    assert.deepEqual(
      (await read()).map(({ who }) => who),
      ["Ada"],
    );
    assert.equal(await off("release"), undefined);
    assert.equal((await off("person"))?.who, "Ada");
  });

  it("takes another reason and end over, and keeps since when it is on", async () => {
    const first = await on(ADA);
    const second = await on({ ...ADA, who: "Bob", reason: "still the disks", forMs: 60_000 });
    assert.equal(second.isChanged, true);
    assert.deepEqual(second.row.since, first.row.since);
    const [row] = await read();
    assert.deepEqual([row?.who, row?.reason], ["Bob", "still the disks"]);
    assert.ok(row?.until && row.until > row.since);
  });

  it("no longer counts once its time is over, and says so in the events", async () => {
    await on({ ...RELEASE, forMs: 0 });
    assert.deepEqual(await read(), []);
    await queryAll(database.url, RENEW, ["d10", 30_000]);
    assert.deepEqual(await read(), [], "another release's heartbeat does not renew it");
    await queryAll(database.url, RENEW, ["d11", 30_000]);
    assert.equal((await read()).length, 1);
    await queryAll(database.url, "update lockstep.maintenance set until = now() - interval '1 s'");
    const again = await on(RELEASE);
    assert.equal(again.isChanged, true);
    await queryAll(database.url, "update lockstep.maintenance set until = now() - interval '1 s'");
    assert.equal(await off("release"), undefined);
    assert.deepEqual(await events(), [
      ...["on release 1.1", "expired release 1.1", "on release 1.1", "expired release 1.1"],
    ]);
  });

  it("is nothing in a ledger that is older than it, which stays readable", async () => {
    await queryAll(database.url, "drop table lockstep.maintenance");
    assert.deepEqual(await read(), []);
  });

  it("gives the app's role the GRANTs that it lacks, and with them nothing else of the ledger", async () => {
    await on(ADA);
    const url = await createRole(database.url);
    await withClient(url, async (app) => {
      const error = await failureOf(readMaintenance(app));
      assert.equal(error.code, "PRIVILEGE");
      const role = new URL(url).username;
      for (const grant of maintenanceGrants(role)) {
        assert.ok(error.next?.includes(grant), error.next);
        await queryAll(database.url, grant);
      }
      assert.equal((await readMaintenance(app)).length, 1);
      await assert.rejects(app.query("select from lockstep.event"), { code: "42501" });
      await assert.rejects(app.query("delete from lockstep.maintenance"), { code: "42501" });
    });
  });
});
