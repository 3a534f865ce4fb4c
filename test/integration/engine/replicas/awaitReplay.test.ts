// The app is not replaced before a real streaming standby has replayed expand.
import assert from "node:assert/strict";
import { after, before } from "mocha";
import { openExpanded } from "../../../../provider/openExpanded.ts";
import { queryAll } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { startPair, type Pair } from "../../../support/standby.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { listen, RELEASE, writeFiles } from "../../provider/resourceContext.ts";
import { applyFiles, type Files } from "../run/applyFiles.ts";

const FILES: Files = { "01_create_people_up.sql": "create table people (id int primary key);" };

describe("a rollout with standbys", function () {
  this.timeout(120_000);
  const dir = useTempDir("replicas");
  let pair: Pair;
  let folder = "";
  before(async () => {
    pair = await startPair("replicas");
    await applyFiles(pair.primaryUrl, FILES);
  });
  after(() => pair.stop());
  beforeEach(async () => {
    folder = await writeFiles(dir.path, FILES);
  });
  afterEach(() => queryAll(pair.standbyUrl, "select pg_wal_replay_resume()"));

  const rollOut = (urls: readonly string[], timeoutMs = 60_000) => {
    const { context, said } = listen();
    const migrations = { dir: folder, digest: "m" };
    const inputs = { release: RELEASE, url: pair.primaryUrl, migrations };
    const ended = openExpanded({ ...inputs, replicas: { urls, timeoutMs } }, context);
    ended.catch(() => undefined);
    return { ended, said };
  };
  const opened = () => queryAll(pair.primaryUrl, "select from lockstep.release");

  it("waits while replay is paused, says so, and goes on when it has caught up", async () => {
    await queryAll(pair.standbyUrl, "select pg_wal_replay_pause()");
    await queryAll(pair.primaryUrl, "insert into people values (1)");
    const { ended, said } = rollOut([pair.standbyUrl]);
    await eventually("a line about the standby", () =>
      said.some((line) => /waiting for standby .* behind, and its replay is paused$/.test(line)),
    );
    assert.deepEqual(await opened(), [], "the app may not be replaced yet");
    await queryAll(pair.standbyUrl, "select pg_wal_replay_resume()");
    await ended;
    assert.match(said.join("\n"), /the standby has replayed expand \([0-9A-F]+\/[0-9A-F]+\)/);
    assert.equal((await opened()).length, 1);
  });

  it("fails within its time, and names a server that is no standby or is away", async () => {
    await queryAll(pair.standbyUrl, "select pg_wal_replay_pause()");
    await queryAll(pair.primaryUrl, "insert into people values (2)");
    const late = await failureOf(rollOut([pair.standbyUrl], 100).ended);
    assert.equal(late.message, "A standby has not replayed expand; the app stays as it is");
    assert.match(late.seen ?? "", /behind, and its replay is paused, after 0\.1 s/);
    assert.doesNotMatch(JSON.stringify(late), new RegExp(new URL(pair.standbyUrl).password));

    const primary = await failureOf(rollOut([pair.primaryUrl]).ended);
    assert.match(primary.message, /listed as a standby is none/);
    const away = new URL(pair.standbyUrl);
    away.port = "1";
    const gone = await failureOf(rollOut([away.href], 100).ended);
    assert.match(gone.seen ?? "", /after 0\.1 s$/);
  });
});
