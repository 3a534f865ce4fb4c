// What goes wrong while a release is watched, each as a whole `pulumi up`: the right verdict, nothing lost, and the next `up` works.
//
// | fault | verdict | held by |
// |---|---|---|
// | the disk fills up during a backup, pg_dump is killed | the step fails | fullDisk.test.ts |
// | a webhook is down | none of its business | here; how long it is tried: integration/engine/notices |
// | the plugin, or pulumi, is killed in the gate | none; the next up watches anew | here; in other steps: killedAtStages.test.ts |
// | the database is restarted in the gate | by the app's answers | here |
// | the app answers slowly | fail | here; by probes: integration/provider/healthGate |
// | a counter begins again at 0 | by what was counted since | here; arithmetic: unit/engine/health/requests |
// | the app crashes in a loop | fail; one that comes and goes is held | here; unit/engine/health/course |
// | the metrics are gone | held | here; unit/engine/health/window |
// | no traffic | held, nothing drained, no contract | here |
import assert from "node:assert/strict";
import { cp, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "mocha";
import { startEmbedded, stopEmbedded } from "../../engine/embedded/server.ts";
import { queryAll } from "../support/database.ts";
import { freePort } from "../support/freePort.ts";
import { findDescendant } from "../support/processTree.ts";
import { makeProject, type Ended, type PulumiProject } from "../support/pulumiProject.ts";
import { appliedFiles, approveAll, customerColumns } from "../support/releaseStory.ts";
import { makeTestSecret } from "../support/testSecret.ts";

const CUSTOMERS = 1_000;

/** The gate of most releases here: so short that an update takes seconds, with requests of its own. */
const GATE = {
  ...{ interval: "400ms", watch: "1600ms", failures: 3, minRequests: 3 },
  ...{ probesPerSecond: 20, probePaths: ["/customers"] },
};
/** A watch that ends only by what a test does to it. */
const ENDLESS = { ...GATE, watch: "10m" };
/** Wide enough that a busy machine does not make a good app slow. */
const UNHURRIED = { ...GATE, interval: "2s", watch: "6s", p95: "1s" };
const SLOW_MS = 1_500;

describe("a release that is disturbed while it is watched", function () {
  this.timeout(180_000);
  let project: PulumiProject;
  let url = "";
  let control = "";

  const behave = async (how: Readonly<Record<string, unknown>>) => {
    await writeFile(`${control}.new`, JSON.stringify(how));
    await rename(`${control}.new`, control);
  };
  /** Makes `label` the release to bring. */
  const release = (label: string, gate: Readonly<Record<string, unknown>> = GATE) =>
    project.configure({ "lockstep:release": label, "lockstep:gate": gate });
  const watched = (gate: Readonly<Record<string, unknown>>) =>
    project.configure({ "lockstep:gate": gate });
  const label = async () => {
    const answer = await fetch(`${project.appUrl}/health`);
    return ((await answer.json()) as { label: string }).label;
  };
  const ensureOk = ({ exitCode, text }: Ended) => {
    assert.equal(exitCode, 0, text);
  };
  const ensureFailed = ({ exitCode, text }: Ended) => {
    assert.notEqual(exitCode, 0, text);
  };
  const start = () => project.start("up", "--yes", "--skip-preview");
  const up = () => project.up("--skip-preview");
  /** The verdicts of `release`'s gates, oldest first. */
  const verdicts = async (of: string) => {
    const rows = await queryAll<{ verdict: string }>(
      url,
      `select data->>'verdict' as verdict from lockstep.event e join lockstep.release r on r.digest = e.release
        where e.kind = 'gate' and r.label = $1 order by e.seq`,
      [of],
    );
    return rows.map(({ verdict }) => verdict);
  };

  before(async () => {
    project = await makeProject();
    control = join(project.dir, "control.json");
    const folder = "example/app";
    const fixture = fileURLToPath(new URL("../fixtures/faultyApp/faulty.mjs", import.meta.url));
    await cp(fixture, join(project.dir, folder, "faulty.mjs"));
    const port = Number(new URL(project.appUrl).port);
    const app = { dir: folder, command: ["node", "faulty.mjs", control, "${release}"], port };
    await project.configure({ "lockstep:app": app, "lockstep:target": "02" });
    await behave({});
    ensureOk(await up());
    await project.configure({ "lockstep:target": "05" });
    url = await project.databaseUrl();
    await queryAll(
      url,
      `insert into customers (name, email, phone)
       select 'C ' || n, 'c' || n || '@example.com', '+49 ' || n from generate_series(1, ${String(CUSTOMERS)}) n`,
    );
  });
  after(() => project.destroy());

  it("does not care whether its webhook is there", async () => {
    const nobody = `http://127.0.0.1:${String(await freePort())}/services/T0/B0/${makeTestSecret()}`;
    await project.setSecret("lockstep:notices[0].url", nobody);
    const kind = ["--path", "lockstep:notices[0].kind", "slack"];
    ensureOk(await project.pulumi("config", "set", ...kind));
    await release("2.1");
    const ended = await up();
    ensureOk(ended);
    assert.match(ended.text, /notice "finished" not delivered .* the release goes on/);
    assert.deepEqual(await verdicts("2.1"), ["pass"]);
    const sent = "select data->>'sent' as sent from lockstep.event where kind = 'notice'";
    assert.deepEqual(
      [...new Set((await queryAll<{ sent: string }>(url, sent)).map((r) => r.sent))],
      ["false"],
    );
    await project.configure({ "lockstep:notices": undefined });
  });

  for (const [who, whom] of [
    ["the plugin", "pulumi-resource-lockstep"],
    ["pulumi", ""],
  ] as const) {
    it(`has no verdict where ${who} is killed in the gate, and is watched anew by the next up`, async () => {
      const name = whom === "" ? "2.3" : "2.2";
      await release(name, ENDLESS);
      const running = start();
      await running.shows(/gate check 1 of/);
      process.kill(whom === "" ? running.pid : await findDescendant(running.pid, whom), "SIGKILL");
      ensureFailed(await running.ended);
      assert.deepEqual(await verdicts(name), []);
      assert.equal(await label(), name);
      if (whom === "") await project.pulumi("cancel", "--yes");
      await watched(GATE);
      ensureOk(await up());
      assert.deepEqual(await verdicts(name), ["pass"]);
    });
  }

  it("is judged by its app where the database is restarted in the gate", async () => {
    await release("2.4", { ...GATE, watch: "20s" });
    const running = start();
    await running.shows(/gate check 1 of/);
    const dir = await serverFolder();
    await stopEmbedded(dir);
    await running.shows(/checks are not recorded until it is back/);
    await startEmbedded({ dir, database: new URL(url).pathname.slice(1) });
    ensureOk(await running.ended);
    assert.deepEqual(await verdicts("2.4"), ["pass"]);
  });

  it("goes back where it answers well, but slowly", async () => {
    await behave({ slowMs: SLOW_MS });
    await release("2.5", UNHURRIED);
    const ended = await up();
    ensureFailed(ended);
    assert.match(ended.text, /p95 is [\d.]+ s, the limit is 1\.0 s/);
    assert.match(ended.text, /rolled back to 2\.4-/);
    assert.equal(await label(), "2.4");
    await behave({});
  });

  it("passes where its counters begin again at 0", async () => {
    await release("2.6", { ...GATE, watch: "4s" });
    const running = start();
    await running.shows(/gate check \d+ of \d+: 0\.0 % errors/);
    await behave({ reset: true });
    const ended = await running.ended;
    ensureOk(ended);
    assert.match(ended.text, /the app started again meanwhile/);
    assert.deepEqual(await verdicts("2.6"), ["pass"]);
    await behave({});
  });

  it("goes back where it crashes again and again", async () => {
    await release("2.7", ENDLESS);
    const running = start();
    await running.shows(/gate check 1 of/);
    await behave({ crash: true });
    await running.shows(/3 of 3 failures in a row/);
    await behave({});
    const ended = await running.ended;
    ensureFailed(ended);
    assert.match(ended.text, /rolled back to 2\.6-/);
    assert.equal(await label(), "2.6");
    assert.deepEqual(await verdicts("2.7"), ["fail"]);
  });

  it("is held where its metrics are gone, and passes once they are back", async () => {
    await release("2.8", { ...GATE, probesPerSecond: 0, minRequests: 1 });
    await withTraffic(project.appUrl, async () => {
      const running = start();
      await running.shows(/gate check 1 of/);
      await behave({ noMetrics: true });
      const ended = await running.ended;
      ensureFailed(ended);
      assert.match(ended.text, /gate is held for release 2\.8/);
      assert.deepEqual([await label(), await verdicts("2.8")], ["2.8", ["held"]]);
      await behave({});
      ensureOk(await up());
    });
    assert.deepEqual(await verdicts("2.8"), ["held", "pass"]);
  });

  it("is held without traffic, approved or not, removes nothing, and contracts once somebody comes", async () => {
    await release("2.9", { ...GATE, probesPerSecond: 0 });
    await approveAll(project);
    const ended = await up();
    ensureFailed(ended);
    assert.match(ended.text, /gate is held for release 2\.9: .*had no data/);
    assert.equal(await label(), "2.9");
    assert.deepEqual(await appliedFiles(url), ["01", "02", "03", "04"]);
    await watched(GATE);
    ensureOk(await up());
    assert.deepEqual(await verdicts("2.9"), ["held", "pass"]);
    assert.deepEqual(await appliedFiles(url), ["01", "02", "03", "04", "05"]);
  });

  it("has lost nothing of what was there before", async () => {
    assert.ok(!(await customerColumns(url)).includes("phone"));
    const kept = `select count(*)::int as n from customers where contact_phone = '+49 ' || substring(email from 'c(\\d+)@')`;
    assert.deepEqual(await queryAll(url, kept), [{ n: CUSTOMERS }]);
  });

  async function serverFolder(): Promise<string> {
    const [row] = await queryAll<{ folder: string }>(
      url,
      "select current_setting('data_directory') as folder",
    );
    return join(row?.folder ?? "", "..");
  }
});

/** Runs `body` while requests come one after the other; those that find nobody don't matter here. */
async function withTraffic(base: string, body: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const traffic = (async () => {
    while (!stop.signal.aborted) {
      await fetch(`${base}/customers`).catch(() => undefined);
      await delay(20);
    }
  })();
  try {
    await body();
  } finally {
    stop.abort();
    await traffic;
  }
}
