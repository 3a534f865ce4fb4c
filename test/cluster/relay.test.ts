// A ledger whose host only the cluster reaches: an update goes by a relay's pod, a preview by what gates have noted.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { isLockstepError } from "../../engine/errors/lockstepError.ts";
import { listPods } from "../../engine/kubernetes/pods.ts";
import { SavedFailure } from "../../provider/resource.ts";
import { admission } from "../../provider/resources/admission.ts";
import { healthGate } from "../../provider/resources/healthGate.ts";
import { rollout } from "../../provider/resources/rollout.ts";
import type { AdmissionInputs, RelayRoute } from "../../provider/schema.ts";
import { listen } from "../integration/provider/resourceContext.ts";
import { testCluster } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { useTempDir } from "../support/tempDir.ts";
import { queryPod, startStandbyPod } from "./databasePod.ts";
import { useGateWorld } from "./gateWorld.ts";

describe("a ledger that only the cluster reaches", function () {
  this.timeout(180_000);
  const world = useGateWorld("rollout-relay");
  const temp = useTempDir();

  async function relayRoute(): Promise<RelayRoute> {
    const { images } = await testCluster();
    const relay = { image: images.runner, imagePullSecrets: [], resources: {} };
    return { cluster: world().route.cluster, deployment: world().name, relay };
  }

  async function gate(label: string) {
    const inputs = { ...(await world().gateInputs(label)), route: await relayRoute() };
    return healthGate.apply(inputs, listen().context);
  }

  async function look(allowRetry?: string) {
    const { context, said } = listen();
    const inputs: AdmissionInputs = {
      url: world().url,
      route: await relayRoute(),
      release: world().release("1.2"),
      migrations: { dir: temp.path, digest: "d" },
      ...(allowRetry !== undefined && { allowRetry }),
      wait: { attempts: 30, intervalMs: 2_000 },
      managed: false,
      platform: "kubernetes",
    };
    assert.ok(admission.check);
    const answer = await admission.check(inputs, context).catch((error: unknown) => error);
    return { answer, said };
  }

  it("is written to while a gate runs, and asked for from the Deployment in a preview", async () => {
    await world().roll("1.0");
    assert.equal((await gate("1.0")).outputs.verdict, "pass");
    await world().end("1.0");
    await world().roll("1.2");
    await assert.rejects(gate("1.2"), SavedFailure);
    assert.deepEqual(
      await world().query("select label, state from lockstep.release order by label"),
      [
        { label: "1.0", state: "verified" },
        { label: "1.2", state: "rolledBack" },
      ],
    );
    await eventually("the end of the relay's pod", async () => {
      const pods = await listPods(world().cluster, { "app.kubernetes.io/component": "relay" });
      return pods.length === 0;
    });

    const refused = await look();
    assert.match(String(refused.answer), /1\.2 was rolled back/);
    assert.match(refused.said.join("\n"), /the database is not reached from here/);
    assert.match(refused.said.join("\n"), /the last release that passed its gate is 1\.0-/);
    const allowed = await look("1.2#1");
    assert.deepEqual(
      (allowed.answer as { inputs: AdmissionInputs }).inputs.unseen,
      true,
      String(allowed.answer),
    );
  });

  it("keeps a rollout waiting until a standby that only the cluster reaches has replayed expand", async () => {
    const { images } = await testCluster();
    await startStandbyPod(world(), images.postgres);
    const url = world().url.replace("@database.", "@standby.");
    const standby = { url, route: { ...world().route, podLabels: { role: "standby" } } };
    // Waits longer for a server to come up than `eventually` does.
    await queryPod(standby, "select");
    await eventually("a standby that streams", async () => {
      const sql =
        "select from pg_stat_replication where application_name = 'standby' and state = 'streaming'";
      return (await world().query(sql)).length === 1;
    });
    await queryPod(standby, "select pg_wal_replay_pause()");
    await world().query("create table behind ()");
    const leave = async (timeoutMs: number) => {
      const { context, said } = listen();
      const done = await rollout
        .apply(
          {
            ...{ release: world().release("1.1"), url: world().url, route: await relayRoute() },
            migrations: { dir: temp.path, digest: "d" },
            replicas: { urls: [url], timeoutMs },
          },
          context,
        )
        .catch((error: unknown) => error);
      return { done, said };
    };
    const waited = await leave(2_000);
    assert.ok(isLockstepError(waited.done), String(waited.done));
    assert.match(waited.done.message, /A standby has not replayed expand/);
    assert.match(waited.done.seen ?? "", /bytes behind, and its replay is paused/);

    await queryPod(standby, "select pg_wal_replay_resume()");
    const passed = await leave(60_000);
    const told = [...passed.said, inspect(passed.done)].join("\n");
    assert.match(told, /the standby has replayed expand/);
  });
});
