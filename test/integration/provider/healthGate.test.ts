// What becomes of a release that passes, fails or cannot be judged, as Pulumi and the ledger are told.
import assert from "node:assert/strict";
import { isLockstepError } from "../../../engine/errors/lockstepError.ts";
import { releaseId } from "../../../engine/plan/release.ts";
import { SavedFailure } from "../../../provider/resource.ts";
import { healthGate } from "../../../provider/resources/healthGate.ts";
import type {
  GateSettings,
  HealthGateInputs,
  HealthGateOutputs,
} from "../../../provider/schema.ts";
import { databaseName, queryAll, useDatabase } from "../../support/database.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { startTcpProxy } from "../../support/tcpProxy.ts";
import { FakeApp } from "../engine/health/fakeApp.ts";
import { applyFiles } from "../engine/run/applyFiles.ts";
import { listen, record, RELEASE } from "./resourceContext.ts";

describe("healthGate", () => {
  const database = useDatabase();
  useLockstepHome();
  let app: FakeApp;
  beforeEach(async () => {
    await applyFiles(database.url, { "01_create_things_up.sql": "create table things ();" });
    app = await FakeApp.start();
    app.release = releaseId(RELEASE.label, RELEASE.digest);
  });
  afterEach(async () => app.stop());

  const inputs = (settings: Partial<GateSettings> = {}): HealthGateInputs => ({
    release: RELEASE,
    digest: "d",
    url: database.url,
    baseUrl: app.url,
    healthPath: "/health",
    metricsPath: "/metrics",
    settings: {
      ...{ intervalMs: 200, watchMs: 400, errorRateLimit: 0.05, failures: 1, minRequests: 1 },
      ...{ probesPerSecond: 50, probePaths: ["/"], ...settings },
    },
    app: { kind: "local", process: "app" },
  });
  const releases = () => queryAll(database.url, "select label, state from lockstep.release");
  const verdicts = () =>
    queryAll(
      database.url,
      "select data ->> 'verdict' as v from lockstep.event where kind = 'gate'",
    );

  async function failure(settings: Partial<GateSettings> = {}) {
    const error = await healthGate.apply(inputs(settings), listen().context).then(
      () => assert.fail("expected a failure"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof SavedFailure && isLockstepError(error.cause), String(error));
    const outputs = error.outputs as unknown as HealthGateOutputs;
    assert.equal(await healthGate.isChanged(outputs, inputs()), true);
    return { outputs, told: error.cause };
  }

  it("records a pass, which counts for exactly its digest", async () => {
    const { outputs } = await healthGate.apply(inputs(), listen().context);
    assert.deepEqual([outputs.verdict, outputs.errorRate, outputs.rolledBackTo], ["pass", 0, null]);
    assert.equal(await healthGate.isChanged(outputs, inputs()), false);
    assert.equal(await healthGate.isChanged({ ...outputs, digest: "e" }, inputs()), true);
    assert.deepEqual(await verdicts(), [{ v: "pass" }]);
    assert.deepEqual(await releases(), [{ label: "1.1", state: "active" }]);
  });

  it("looks at the database with each check, and holds it to its limits", async () => {
    const { context, said } = listen();
    await healthGate.apply(inputs({ limits: { connections: 1, databaseErrors: 1 } }), context);
    assert.match(said.join("\n"), /gate check 1 of 2: .* of \d+ connections/);
    const [row] = await queryAll<{ vitals: { database: { maxConnections: number } } }>(
      database.url,
      "select data -> 'vitals' as vitals from lockstep.event where kind = 'gateCheck' limit 1",
    );
    assert.ok((row?.vitals.database.maxConnections ?? 0) > 10);

    const { told } = await failure({ limits: { connections: 0.0001 } });
    assert.match(told.seen ?? "", /the database has \d+ of \d+ connections, the limit is 0 %/);
  });

  it("watches again where the ledger's last word is not this release's pass, whatever the state says", async () => {
    const isPending = async () =>
      (await healthGate.check?.(inputs(), listen().context))?.inputs.pending;
    const { outputs } = await healthGate.apply(inputs(), listen().context);
    assert.equal(await isPending(), false);
    await queryAll(
      database.url,
      "alter table lockstep.event disable trigger append_only; delete from lockstep.event where kind = 'gate'",
    );
    assert.equal(await isPending(), true);
    assert.equal(await healthGate.isChanged(outputs, { ...inputs(), pending: true }), true);
  });

  it("takes nothing back where lockstep does not run the app any more, and says so", async () => {
    app.status = 500;
    const { outputs, told } = await failure();
    assert.equal(told.code, "GATE_FAILED");
    assert.match(
      told.next ?? "",
      /not one that lockstep runs any more, so nothing was rolled back/,
    );
    assert.deepEqual([outputs.verdict, outputs.rolledBackTo], ["fail", null]);
    assert.deepEqual(await verdicts(), [{ v: "fail" }]);
    assert.deepEqual(await releases(), [{ label: "1.1", state: "failed" }]);
  });

  it("closes a release that it could not judge as failed", async () => {
    const { outputs, told } = await failure({ probesPerSecond: 0 });
    assert.equal(told.code, "GATE_HELD");
    assert.equal(outputs.verdict, "held");
    assert.deepEqual(await releases(), [{ label: "1.1", state: "failed" }]);
  });

  it("fails an app that answers well, but slowly, also by its own probes alone", async () => {
    app.slowMs = 150;
    const slow = { counters: { kind: "probes" }, limits: { p95Ms: 100 } } as const;
    const { told } = await failure({ ...slow, failures: 2, intervalMs: 500, watchMs: 1500 });
    assert.match(told.seen ?? "", /p95 is \d+ ms, the limit is 100 ms/);
  });

  it("passes over a restart of the database, which fails no check by itself", async () => {
    let proxy = await startTcpProxy(database.url);
    const { port } = proxy;
    const { context, said } = listen();
    const away = new Set<string>();
    const sink = {
      ...context,
      report: cutAt("gate check 1", () => {
        proxy.close();
      }),
    };
    function cutAt(line: string, cut: () => void): typeof context.report {
      return (level, message, data) => {
        context.report(level, message, data);
        if (away.size === 0 && message.startsWith(line)) {
          away.add(line);
          cut();
        }
        if (message.startsWith("gate check 3")) void reopen();
      };
    }
    const reopen = async () => {
      proxy = await startTcpProxy(database.url, { port });
    };
    const longer = inputs({ intervalMs: 300, watchMs: 1200 });
    const { outputs } = await healthGate.apply(
      { ...longer, url: proxy.through(database.url) },
      sink,
    );
    proxy.close();
    assert.equal(outputs.verdict, "pass");
    const lost = said.filter((line) => line.includes("checks are not recorded until it is back"));
    assert.equal(lost.length, 1, said.join("\n"));
    assert.deepEqual(await verdicts(), [{ v: "pass" }]);
  });

  it("says nothing where it is interrupted, and watches anew in the next update", async () => {
    const stop = new AbortController();
    const { context } = listen(stop.signal);
    const report: typeof context.report = (level, message, data) => {
      context.report(level, message, data);
      if (message.startsWith("gate check 1")) stop.abort();
    };
    const interrupted = healthGate.apply(inputs(), { ...context, report });
    await assert.rejects(interrupted, { code: "INTERRUPTED" });
    assert.deepEqual([await verdicts(), app.healthStatus], [[], 200]);
    const { outputs } = await healthGate.apply(inputs(), listen().context);
    assert.equal(outputs.verdict, "pass");
    assert.deepEqual(await releases(), [{ label: "1.1", state: "active" }]);
  });

  it("lets the release before log in again before it goes back", async () => {
    const login = `${databaseName(database.url)}_1_0`;
    await queryAll(database.url, `create role ${login}`);
    await record(database.url, {
      ...{ release: RELEASE.digest, kind: "fence" },
      data: { closed: [login] },
    });
    app.status = 500;
    await failure();
    const opened = "select from pg_roles where rolname = $1 and rolcanlogin";
    assert.equal((await queryAll(database.url, opened, [login])).length, 1);
  });

  it("does not go back once the release has contracted", async () => {
    await queryAll(
      database.url,
      `insert into lockstep.migration (number, label, name, stage, checksum, state, release)
         values (2, '02', 'drop', 'contract', 'x', 'applied', $1)`,
      [RELEASE.digest],
    );
    app.status = 500;
    const { outputs, told } = await failure();
    assert.match(told.seen ?? "", /not rolled back: its contract has already run/);
    assert.equal(outputs.rolledBackTo, null);
    assert.deepEqual(await releases(), [{ label: "1.1", state: "failed" }]);
  });
});
