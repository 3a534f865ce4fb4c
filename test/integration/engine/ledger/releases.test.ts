// The active release: one at a time, closed only by its own steps, remembered once rolled back.
import assert from "node:assert/strict";
import type { Client } from "pg";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { exitCodeOf } from "../../../../engine/errors/lockstepError.ts";
import { closingOnFailure } from "../../../../engine/ledger/failRelease.ts";
import { readReleases } from "../../../../engine/ledger/ledger.ts";
import { lastEvent, readEvents, recordEvent } from "../../../../engine/ledger/record.ts";
import { closeRelease, ensureNoneActive, openRelease } from "../../../../engine/ledger/releases.ts";
import { ensureLedger } from "../../../../engine/ledger/schema.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";

const ONE = { digest: "1".repeat(64), label: "1.0" };
const TWO = { digest: "2".repeat(64), label: "1.1" };

const activeRelease = async (client: Client) =>
  (await readReleases(client)).find((row) => row.state === "active");

describe("a release in the ledger", () => {
  const database = useDatabase();
  const inLedger = <T>(body: (client: Client) => Promise<T>) =>
    withClient(database.url, async (client) => {
      await ensureLedger(client);
      return body(client);
    });

  it("is opened once, however many of its steps open it", () =>
    inLedger(async (client) => {
      assert.equal(await activeRelease(client), undefined);
      await openRelease(client, ONE);
      await openRelease(client, ONE);
      assert.equal((await activeRelease(client))?.label, "1.0");
      assert.equal((await readEvents(client, { kinds: ["opened"], limit: 9 })).length, 1);
    }));

  it("keeps another one out until it is closed", () =>
    inLedger(async (client) => {
      await openRelease(client, ONE);
      const error = await failureOf(openRelease(client, TWO));
      assert.equal(error.code, "RELEASE_ACTIVE");
      assert.equal(exitCodeOf(error), 3);
      assert.match(error.message, /Release 1\.0 is still under way/);
      assert.match(error.next ?? "", /lockstep abandon/);
      assert.equal(
        await closeRelease(client, ONE.digest, { state: "verified", why: "done" }),
        true,
      );
      await openRelease(client, TWO);
      assert.equal((await activeRelease(client))?.digest, TWO.digest);
    }));

  it("is opened by one of two that come at once; the other hears of it", () =>
    inLedger(async (client) => {
      await withClient(database.url, async (rival) => {
        // Both have read that none is active; the first to write wins, whatever the second does then.
        await client.query("begin");
        await openRelease(client, ONE);
        const losing = failureOf(openRelease(rival, TWO));
        await eventually("the rival waits for the first", async () => {
          const waiting = await queryAll(
            database.url,
            `select from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`,
          );
          return waiting.length === 1;
        });
        await client.query("commit");
        assert.equal((await losing).code, "RELEASE_ACTIVE");
      });
      assert.deepEqual(
        (await readReleases(client)).map((row) => row.label),
        ["1.0"],
      );
    }));

  it("refuses work by hand while it is under way", () =>
    inLedger(async (client) => {
      ensureNoneActive(await readReleases(client));
      await openRelease(client, ONE);
      const releases = await readReleases(client);
      assert.throws(() => {
        ensureNoneActive(releases);
      }, /still under way/);
    }));

  it("is not closed by a late step of another release", () =>
    inLedger(async (client) => {
      await openRelease(client, ONE);
      await closeRelease(client, ONE.digest, { state: "failed", why: "expand" });
      await openRelease(client, TWO);
      const late = await closeRelease(client, ONE.digest, { state: "rolledBack", why: "late" });
      assert.equal(late, false);
      const rows = await readReleases(client);
      assert.deepEqual(
        rows.map(({ label, state, rollbacks }) => [label, state, rollbacks]),
        [
          ["1.0", "failed", 0],
          ["1.1", "active", 0],
        ],
      );
      const closed = await readEvents(client, { kinds: ["closed"], limit: 9 });
      assert.deepEqual(
        closed.map((event) => event.data),
        [{ state: "failed", why: "expand" }],
      );
    }));

  it("is refused once rolled back, but for the one retry that names it", () =>
    inLedger(async (client) => {
      await openRelease(client, ONE);
      await closeRelease(client, ONE.digest, { state: "rolledBack", why: "gate" });
      const error = await failureOf(openRelease(client, ONE));
      assert.equal(error.code, "ROLLED_BACK_BEFORE");
      assert.equal(exitCodeOf(error), 3);
      assert.match(error.next ?? "", /allowRetry '1\.0#1'/);
      const wrong = await failureOf(openRelease(client, { ...ONE, allowRetry: "1.0#2" }));
      assert.equal(wrong.code, "ROLLED_BACK_BEFORE");
      const retry = { ...ONE, allowRetry: "1.0#1" };
      await openRelease(client, retry);
      await closeRelease(client, ONE.digest, { state: "rolledBack", why: "gate again" });
      const again = await failureOf(openRelease(client, retry));
      assert.match(again.seen ?? "", /rolled back 2 times/);
      assert.match(again.next ?? "", /allowRetry '1\.0#2'/);
      await openRelease(client, TWO);
    }));

  it("is marked failed by a step that fails, whose error is the one shown", () =>
    inLedger(async (client) => {
      const target = parseUrl(database.url, "test");
      await openRelease(client, ONE);
      const stepFails = () => Promise.reject(new Error("the rollout failed"));
      await assert.rejects(closingOnFailure(target, ONE.digest, stepFails), /the rollout failed/);
      assert.deepEqual(
        (await readReleases(client)).map((row) => row.state),
        ["failed"],
      );
      const away = { ...target, url: target.url.replace(/:\d+\//, ":1/") };
      await assert.rejects(closingOnFailure(away, ONE.digest, stepFails), /the rollout failed/);
      assert.equal(await closingOnFailure(target, ONE.digest, () => Promise.resolve(7)), 7);
    }));
});

describe("the ledger's events", () => {
  const database = useDatabase();

  it("are found by kind and release, the latest first", () =>
    withClient(database.url, async (client) => {
      await ensureLedger(client);
      const gate = (release: string, verdict: "pass" | "held") =>
        recordEvent(client, {
          release,
          kind: "gate",
          data: { verdict, reason: "", errorRate: null },
        });
      await gate("a", "held");
      await gate("a", "pass");
      await gate("b", "held");
      await recordEvent(client, { release: null, kind: "down", data: { file: "01_x_down.sql" } });

      const last = await lastEvent(client, ["gate"], "a");
      assert.equal(last?.data.verdict, "pass");
      assert.equal(last.release, "a");
      assert.ok(last.ageMs >= 0 && last.ageMs < 60_000, String(last.ageMs));
      assert.equal((await lastEvent(client, ["gate"]))?.release, "b");
      assert.equal((await lastEvent(client, ["gate", "down"]))?.kind, "down");
      assert.equal(await lastEvent(client, ["gate"], "c"), undefined);
      assert.equal(await lastEvent(client, ["drain"]), undefined);
      const newest = await readEvents(client, { limit: 2 });
      assert.deepEqual(
        newest.map((event) => event.kind),
        ["down", "gate"],
      );
    }));
});
