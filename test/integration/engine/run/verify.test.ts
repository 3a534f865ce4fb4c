// The verification of a release that is interrupted: what it runs in the server ends with it, and the next one goes on.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../../engine/events.ts";
import { recordEvent } from "../../../../engine/ledger/record.ts";
import { verifyRelease } from "../../../../engine/run/verify.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyFiles, RELEASE, STACK } from "./applyFiles.ts";

// Within the file's own transaction, which has written, it does not sleep.
const FILES = {
  "01_add_up.sql": "create table t (seconds float); insert into t values (600)",
  "01_add_verify.sql":
    "do $$ begin perform pg_sleep(seconds) from t where pg_current_xact_id_if_assigned() is null; end $$",
};

describe("verifyRelease", () => {
  const database = useDatabase();

  it("ends its script in the server when it is interrupted, and passes the next time", async () => {
    await applyFiles(database.url, FILES, { release: RELEASE, stage: "expand" });
    const gate = { verdict: "pass", reason: "", errorRate: 0 } as const;
    await withClient(database.url, (client) =>
      recordEvent(client, { release: RELEASE.digest, kind: "gate", data: gate }),
    );
    const migrations = await analyzeFiles(FILES);
    const verify = (signal: AbortSignal) =>
      verifyRelease({
        ...{ migrations, signal, release: RELEASE, stack: STACK, report: silent },
        ...{ target: parseUrl(database.url, "DATABASE_URL"), through: undefined },
        ...{ approval: undefined, wait: { attempts: 1, intervalMs: 1 } },
      });
    const sleeping = () =>
      queryAll(
        database.url,
        "select from pg_stat_activity where application_name = 'lockstep:verify' and state = 'active' and query like '%pg_sleep%' and datname = current_database()",
      );
    const stop = new AbortController();
    const failure = failureOf(verify(stop.signal));
    await eventually("the script", async () => (await sleeping()).length === 1);
    stop.abort();
    assert.equal((await failure).code, "INTERRUPTED");
    assert.deepEqual(await sleeping(), []);

    await queryAll(database.url, "update t set seconds = 0");
    const { verdict, scripts } = await verify(new AbortController().signal);
    assert.deepEqual([verdict, scripts], ["pass", 1]);
  });
});
