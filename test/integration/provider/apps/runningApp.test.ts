// The release before is measured while it still runs, and the ledger keeps the figures for the gate.
import assert from "node:assert/strict";
import { DEFAULT_GATE_SETTINGS, type GateSettings } from "../../../../engine/health/settings.ts";
import { rollOutProcess } from "../../../../engine/process/rollOut.ts";
import { measureRunning } from "../../../../provider/apps/runningApp.ts";
import { GateLedger } from "../../../../provider/gateLedger.ts";
import { targetOf } from "../../../../provider/ledgerLook.ts";
import { openExpanded } from "../../../../provider/openExpanded.ts";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { useApp } from "../../../support/processApp.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { applyFiles, type Files } from "../../engine/run/applyFiles.ts";
import { listen, writeFiles } from "../resourceContext.ts";

const FILES: Files = { "01_create_things_up.sql": "create table things ();" };

describe("the figures of the release before", () => {
  const database = useDatabase();
  const app = useApp();
  const dir = useTempDir("baseline");
  const settings: GateSettings = {
    ...DEFAULT_GATE_SETTINGS,
    counters: {
      ...{ kind: "json", path: "/stats" },
      fields: { total: "requests.total", failed: "requests.failed" },
    },
  };
  const gate = { healthPath: "/health", metricsPath: "/metrics", settings };
  const release = (label: string, digest: string) => ({ ...app.id, label, digest });
  const question = (of: ReturnType<typeof release>) => ({
    ...{ release: of, gate },
    app: { kind: "local", process: app.id.name } as const,
  });
  const NEXT = { label: "1.1", digest: "ab".repeat(32) };

  it("are recorded when the next one may be rolled out, and read by its gate", async () => {
    await applyFiles(database.url, FILES);
    const migrations = { dir: await writeFiles(dir.path, FILES), digest: "m" };
    const next = release(NEXT.label, NEXT.digest);
    const spec = await app.version("1.0");
    const { releaseId } = await rollOutProcess(spec);
    for (let asked = 0; asked < 3; asked += 1) await app.ask();

    const { context, said } = listen();
    const inputs = { url: database.url, release: next, migrations };
    await openExpanded(inputs, context, question(next));
    assert.match(said.join("\n"), /before: 1\.0-\w+ had 0\.0 % errors \(0 of \d+ requests\)/);
    const baseline = await new GateLedger(targetOf(database.url), next, context).readBaseline();
    assert.ok(baseline && baseline.of === releaseId && baseline.total >= 3);
    // A rollout that is repeated while the old release still serves looks again.
    await openExpanded(inputs, context, question(next));
    const rows = "select from lockstep.event where kind = 'gateBaseline'";
    assert.equal((await queryAll(database.url, rows)).length, 2);

    const own = release(spec.release.label, spec.release.digest);
    assert.equal(await measureRunning(question(own)), undefined, "it is no baseline for itself");
  });

  it("are no condition: without them the release goes on", async () => {
    const next = release(NEXT.label, NEXT.digest);
    assert.equal(await measureRunning(question(next)), undefined, "nothing runs");
    await rollOutProcess(await app.version("1.0"));
    const blind = { ...gate, settings: { ...settings, counters: { kind: "metrics" } as const } };
    assert.match(
      JSON.stringify(await measureRunning({ ...question(next), gate: blind })),
      /is no sample/,
    );
    const off = { ...gate, settings: { ...settings, baseline: "off" as const } };
    assert.equal(await measureRunning({ ...question(next), gate: off }), undefined);
  });
});
