// The way to a database's pod: which pod is taken, and what is said where there is no way.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, withConnection } from "../../../../engine/drivers/postgres/connect.ts";
import { parseUrl, type DatabaseTarget } from "../../../../engine/drivers/postgres/target.ts";
import { dialPod } from "../../../../engine/kubernetes/podRoute.ts";
import { serverUrl } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { FakeForward } from "./fakeForward.ts";

const NAMED = { applicationName: "lockstep:test" };

describe("dialPod", () => {
  const temp = useTempDir();
  let forward: FakeForward;
  let target: DatabaseTarget;
  beforeEach(async () => {
    forward = await FakeForward.start();
    const url = await serverUrl();
    forward.targetPort = Number(new URL(url).port);
    const kubeconfig = join(temp.path, "kubeconfig");
    await writeFile(kubeconfig, kubeConfigOf(forward.port));
    const route = {
      cluster: { kubeconfig, namespace: "shop" },
      podLabels: { app: "database" },
      port: 5432,
    };
    const hidden = Object.assign(new URL(url), { hostname: "database.shop.svc" });
    target = { ...parseUrl(hidden.href, "test"), dial: dialPod(route) };
  });
  afterEach(async () => forward.stop());

  const whyNot = () => failureOf(connect(target, NAMED));

  it("takes the first pod that is ready and stays", async () => {
    forward.pods = [
      pod("database-0", { ready: "False" }),
      pod("database-1", { deletionTimestamp: "2026-01-01T00:00:00Z" }),
      pod("database-2"),
    ];
    await withConnection(target, NAMED, (client) => client.query("select 1"));
    assert.deepEqual(forward.asked, [
      "/api/v1/namespaces/shop/pods?labelSelector=app%3Ddatabase",
      "/api/v1/namespaces/shop/pods/database-2/portforward?ports=5432",
    ]);
  });

  it("says which pods there are where none is ready: the database is away", async () => {
    const none = await whyNot();
    assert.deepEqual([none.code, none.seen], ["CONNECTION", "no pod with app=database"]);
    forward.pods = [pod("database-0", { ready: "False", waiting: "ImagePullBackOff" })];
    const starting = await whyNot();
    assert.equal(starting.code, "CONNECTION");
    assert.equal(starting.seen, "pod database-0: ImagePullBackOff, not ready");
  });

  it("names the right that lacks", async () => {
    forward.refusal = {
      status: 403,
      body: '{"kind":"Status","message":"pods is forbidden: User \\"ci\\" cannot list resource \\"pods\\" in API group \\"\\" in the namespace \\"shop\\""}',
    };
    const error = await whyNot();
    assert.equal(error.code, "CLUSTER");
    assert.match(error.next ?? "", /resources: \["pods"\]/);
  });

  it("takes an overloaded or missing API server for a database that is away", async () => {
    forward.refusal = { status: 503, body: '{"kind":"Status","message":"starting"}' };
    assert.equal((await whyNot()).code, "CONNECTION");
    await forward.stop();
    assert.equal((await whyNot()).code, "CONNECTION");
    forward = await FakeForward.start();
  });
});

function pod(
  name: string,
  state: { ready?: string; waiting?: string; deletionTimestamp?: string } = {},
) {
  const { ready = "True", waiting, deletionTimestamp } = state;
  return {
    metadata: { name, uid: name, deletionTimestamp },
    spec: { containers: [{ name: "postgres" }] },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: ready }],
      containerStatuses: waiting ? [{ state: { waiting: { reason: waiting } } }] : [],
    },
  };
}

function kubeConfigOf(port: string): string {
  return JSON.stringify({
    clusters: [
      {
        name: "fake",
        cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true },
      },
    ],
    users: [{ name: "ci", user: {} }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "ci" } }],
    "current-context": "fake",
  });
}
