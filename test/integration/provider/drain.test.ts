// The drain's place in the ledger: recorded, and done again where contract would not count it.
import assert from "node:assert/strict";
import { SavedFailure } from "../../../provider/resource.ts";
import { drain } from "../../../provider/resources/drain.ts";
import type { DrainInputs, DrainOutputs } from "../../../provider/schema.ts";
import { queryAll, useDatabase, withClient } from "../../support/database.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { applyFiles } from "../engine/run/applyFiles.ts";
import { listen, record, RELEASE } from "./resourceContext.ts";

describe("drain", () => {
  const database = useDatabase();
  useLockstepHome();
  beforeEach(async () => {
    await applyFiles(database.url, { "01_create_things_up.sql": "create table things ();" });
  });

  const inputs = (): DrainInputs => ({
    release: RELEASE,
    digest: "d",
    url: database.url,
    app: { kind: "local", process: "app" },
    quietMs: 1,
    timeoutMs: 1,
    allowed: [],
  });
  const checked = async () => {
    assert.ok(drain.check);
    return (await drain.check(inputs(), listen().context)).inputs;
  };
  const gatePasses = () =>
    record(database.url, {
      release: RELEASE.digest,
      kind: "gate",
      data: { verdict: "pass", reason: "", errorRate: 0 },
    });
  const releaseStates = () => queryAll(database.url, "select label, state from lockstep.release");

  it("is recorded, and done again once its release had to pass the gate again", async () => {
    await gatePasses();
    const { outputs } = await drain.apply(await checked(), listen().context);
    assert.deepEqual(outputs, { ...inputs(), verdict: "pass" });
    assert.equal(await drain.isChanged(outputs, await checked()), false);
    await gatePasses();
    assert.equal(await drain.isChanged(outputs, await checked()), true);
    const again = await drain.apply(await checked(), listen().context);
    assert.equal(await drain.isChanged(again.outputs, await checked()), false);
    assert.deepEqual(await releaseStates(), [{ label: "1.1", state: "active" }]);
  });

  it("saves that it failed, names who is there and closes the release", async () => {
    const old = new URL(database.url);
    old.searchParams.set("application_name", "app:1.0-old");
    await withClient(old.href, async () => {
      const error = await drain.apply(inputs(), listen().context).then(
        () => assert.fail("expected a failure"),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof SavedFailure);
      assert.ok(error.cause instanceof Error && "seen" in error.cause);
      assert.match(String(error.cause.seen), /pid \d+, user .*, app:1\.0-old/);
      const saved = error.outputs as unknown as DrainOutputs;
      assert.equal(saved.verdict, "fail");
      assert.equal(await drain.isChanged(saved, await checked()), true);
    });
    assert.deepEqual(await releaseStates(), [{ label: "1.1", state: "failed" }]);
  });

  it("has nothing pending where database or ledger are not there", async () => {
    assert.ok(drain.check);
    const { context } = listen();
    await queryAll(database.url, "drop schema lockstep cascade");
    for (const url of [database.url, "postgres://nobody@127.0.0.1:1/none"]) {
      const { inputs: answer } = await drain.check({ ...inputs(), url }, context);
      assert.equal(answer.pending, false);
    }
  });
});
