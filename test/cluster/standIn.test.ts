// What lockstep relies on in the Kubernetes plugin, be it Pulumi's own or the stand-in: through the real engine, on a real cluster.
import assert from "node:assert/strict";
import type { V1Deployment } from "@kubernetes/client-node";
import { AppsV1Api, PatchStrategy, setHeaderOptions, V1ConfigMap } from "@kubernetes/client-node";
import { before, describe, it } from "mocha";
import { testCluster, useNamespace, type TestCluster } from "../support/cluster.ts";
import {
  makeObjectsProject,
  type Ended,
  type ObjectResource,
  type ObjectsProject,
} from "../support/objectsProject.ts";

const MANAGER = "lockstep-test";
/** What a pod must say where the namespace demands the `restricted` standard. */
const POD_SECURITY = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
const CONTAINER_SECURITY = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

describe("the Kubernetes plugin", function () {
  this.timeout(300_000);
  const namespace = useNamespace("plugin");
  let cluster: TestCluster;
  let apps: AppsV1Api;
  let project: ObjectsProject;

  before(async () => {
    cluster = await testCluster();
    apps = cluster.config.makeApiClient(AppsV1Api);
    const { kubeconfig } = cluster;
    project = await makeObjectsProject({ kubeconfig, namespace: namespace.name });
  });

  const configMap = (value: string, name?: string): ObjectResource => ({
    type: "core/v1:ConfigMap",
    inputs: { ...(name && { metadata: { name } }), data: { value } },
  });
  /** A Deployment that only sleeps; `image` is one of ours, or none. */
  const deployment = (more: { image?: string; color?: string; annotations?: object }) => ({
    type: "apps/v1:Deployment",
    inputs: {
      metadata: {
        name: "app",
        annotations: {
          "pulumi.com/patchFieldManager": MANAGER,
          "pulumi.com/timeoutSeconds": "60",
          ...more.annotations,
        },
      },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: "app" } },
        template: {
          metadata: { labels: { app: "app", ...(more.color && { color: more.color }) } },
          spec: {
            terminationGracePeriodSeconds: 1,
            securityContext: POD_SECURITY,
            containers: [
              {
                name: "app",
                image: more.image ?? cluster.images.app("1.0"),
                command: ["sh", "-c", "exec sleep 3600"],
                resources: { limits: { cpu: "0.5", memory: "64Mi" } },
                securityContext: CONTAINER_SECURITY,
              },
            ],
          },
        },
      },
    },
  });
  const secret: ObjectResource = {
    type: "core/v1:Secret",
    inputs: { metadata: { name: "login" }, stringData: { password: "hunter2" } },
  };
  const liveApp = (): Promise<V1Deployment> =>
    apps.readNamespacedDeployment({ name: "app", namespace: namespace.name });
  const managers = async () =>
    (await liveApp())
      .metadata!.managedFields!.filter((entry) => entry.subresource === undefined)
      .map((entry) => `${entry.manager ?? ""} ${entry.operation ?? ""}`);
  /** Changes the running app as somebody else with kubectl would. */
  const meddle = (value: unknown) =>
    apps.patchNamespacedDeployment(
      {
        name: "app",
        namespace: namespace.name,
        body: [{ op: "replace", path: "/spec/template/metadata/labels/color", value }],
        fieldManager: "somebody",
      },
      setHeaderOptions("Content-Type", PatchStrategy.JsonPatch),
    );
  const ensureDone = ({ exitCode, text }: Ended, pattern?: RegExp) => {
    assert.equal(exitCode, 0, text);
    if (pattern) assert.match(text, pattern);
  };

  it("previews without making anything", async () => {
    await project.program({ settings: configMap("1", "settings"), app: deployment({}) });
    ensureDone(await project.pulumi("preview"), /\+ 4 to create/);
    await assert.rejects(liveApp());
  });

  it("creates, and waits until the Deployment's pods are ready", async () => {
    await project.program({
      settings: configMap("1", "settings"),
      generated: configMap("1"),
      login: secret,
      app: deployment({ color: "blue" }),
    });
    ensureDone(await project.up());
    assert.equal((await liveApp()).status?.readyReplicas, 1);
    assert.match((await project.saved("generated"))?.id ?? "", /\/generated-[0-9a-f]+$/);
  });

  it("finds nothing to do in a second up, refreshed or not", async () => {
    ensureDone(await project.up(), /6 unchanged/);
    ensureDone(await project.up("--refresh"), /6 unchanged/);
  });

  it("keeps a Secret's data encrypted in state", async () => {
    const saved = JSON.stringify(await project.saved("login"));
    assert.doesNotMatch(saved, /hunter2/);
    assert.doesNotMatch(saved, new RegExp(Buffer.from("hunter2").toString("base64")));
  });

  it("updates in place under the field manager that the annotation names", async () => {
    const { uid } = (await liveApp()).metadata!;
    await project.program({
      settings: configMap("1", "settings"),
      generated: configMap("1"),
      login: secret,
      app: deployment({ color: "green" }),
    });
    ensureDone(await project.pulumi("preview"), /~ 1 to update/);
    assert.equal((await liveApp()).spec?.template.metadata?.labels?.color, "blue");
    ensureDone(await project.up(), /~ 1 updated/);
    assert.equal((await liveApp()).metadata?.uid, uid);
    assert.equal((await liveApp()).status?.updatedReplicas, 1);
    const own = (await managers()).filter((one) => one.startsWith(MANAGER));
    assert.deepEqual(own, [`${MANAGER} Apply`]);
  });

  it("replaces what cannot be updated: a named object goes first, a generated name makes room", async () => {
    const before = await project.saved("generated");
    await project.program({
      settings: configMap("2", "settings"),
      generated: configMap("2"),
      login: secret,
      app: deployment({ color: "green" }),
    });
    ensureDone(await project.up(), /\+-2 replaced/);
    const place = { name: "settings", namespace: namespace.name };
    assert.deepEqual((await cluster.core.readNamespacedConfigMap(place)).data, { value: "2" });
    assert.notEqual((await project.saved("generated"))?.id, before?.id);
  });

  it("sees drift after a refresh, and says whose the field is", async () => {
    await meddle("red");
    ensureDone(await project.up(), /6 unchanged/);
    const { exitCode, text } = await project.up("--refresh");
    assert.notEqual(exitCode, 0);
    assert.match(text, /field conflict/i);
    assert.match(text, /conflict with "somebody".*\.spec\.template\.metadata\.labels\.color/s);
    assert.equal((await liveApp()).spec?.template.metadata?.labels?.color, "red");
  });

  it("overrides somebody else's field where the annotation says so", async () => {
    await project.program({
      settings: configMap("2", "settings"),
      generated: configMap("2"),
      login: secret,
      app: deployment({ color: "green", annotations: { "pulumi.com/patchForce": "true" } }),
    });
    ensureDone(await project.up());
    assert.equal((await liveApp()).spec?.template.metadata?.labels?.color, "green");
  });

  it("fails a rollout that does not get ready, and keeps what it knows", async () => {
    const image = "localhost/lockstep/missing:1";
    const annotations = { "pulumi.com/timeoutSeconds": "5" };
    await project.program({ app: deployment({ image, annotations }) });
    const { exitCode, text } = await project.up("--target", "**app");
    assert.notEqual(exitCode, 0);
    assert.match(text, /'app' timed out waiting to be Ready/);
    assert.match(text, /ErrImagePull|ImagePullBackOff/);
    const saved = await project.saved("app");
    assert.ok((saved?.initErrors ?? []).length > 0);
    assert.ok(JSON.stringify(saved?.outputs).includes(image));
  });

  it("repairs it in the next up", async () => {
    await project.program({ app: deployment({}), login: secret });
    ensureDone(await project.up());
    assert.equal(
      (await liveApp()).spec?.template.spec?.containers[0]?.image,
      cluster.images.app("1.0"),
    );
    assert.equal((await project.saved("app"))?.initErrors, undefined);
  });

  it("makes anew what is gone", async () => {
    await cluster.core.deleteNamespacedSecret({ name: "login", namespace: namespace.name });
    ensureDone(await project.up("--refresh"), /\+ 1 created/);
  });

  it("refuses an object that is there already, unless it is told to adopt it", async () => {
    const theirs = new V1ConfigMap();
    Object.assign(theirs, { metadata: { name: "theirs" }, data: { value: "theirs" } });
    await cluster.core.createNamespacedConfigMap({ namespace: namespace.name, body: theirs });
    const objects = { app: deployment({}), login: secret, theirs: configMap("ours", "theirs") };
    await project.program(objects);
    const refused = await project.up();
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.text, /"theirs" already exists/);
    await project.program(objects, { upsertExistingObjects: true, enablePatchForce: true });
    ensureDone(await project.up());
    const place = { name: "theirs", namespace: namespace.name };
    assert.deepEqual((await cluster.core.readNamespacedConfigMap(place)).data, { value: "ours" });
  });

  it("skips the wait where the annotation says so", async () => {
    const image = "localhost/lockstep/missing:1";
    const annotations = { "pulumi.com/skipAwait": "true" };
    await project.program({ app: deployment({ image, annotations }) });
    ensureDone(await project.up());
  });

  it("destroys, and waits until the objects are gone", async () => {
    await project.program({ app: deployment({}), login: secret });
    ensureDone(await project.up());
    ensureDone(await project.pulumi("destroy", "--yes", "--skip-preview"));
    await assert.rejects(liveApp());
    const { items } = await cluster.core.listNamespacedSecret({ namespace: namespace.name });
    assert.deepEqual(items, []);
  });

  /** A pod that runs this shell command. */
  const pod = (script: string, more: object = {}) => ({
    terminationGracePeriodSeconds: 1,
    securityContext: POD_SECURITY,
    containers: [
      {
        name: "main",
        image: cluster.images.app("1.0"),
        command: ["sh", "-c", script],
        securityContext: CONTAINER_SECURITY,
      },
    ],
    ...more,
  });
  const job = (script: string): ObjectResource => ({
    type: "batch/v1:Job",
    inputs: {
      metadata: { name: "job" },
      spec: { backoffLimit: 0, template: { spec: pod(script, { restartPolicy: "Never" }) } },
    },
  });

  it("waits for a StatefulSet, its Service and claim, a Pod and a Job", async () => {
    const labels = { app: "db" };
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "data" } }];
    await project.program({
      claim: {
        type: "core/v1:PersistentVolumeClaim",
        inputs: {
          metadata: { name: "data" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
        },
      },
      set: {
        type: "apps/v1:StatefulSet",
        inputs: {
          metadata: { name: "db" },
          spec: {
            serviceName: "db",
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: pod("exec sleep 3600", { volumes }) },
          },
        },
      },
      service: {
        type: "core/v1:Service",
        inputs: { metadata: { name: "db" }, spec: { selector: labels, ports: [{ port: 80 }] } },
      },
      pod: {
        type: "core/v1:Pod",
        inputs: { metadata: { name: "pod" }, spec: pod("exec sleep 3600") },
      },
      job: job("true"),
    });
    ensureDone(await project.up());
    const place = { name: "db", namespace: namespace.name };
    assert.equal((await apps.readNamespacedStatefulSet(place)).status?.readyReplicas, 1);
    const claim = { ...place, name: "data" };
    const { status } = await cluster.core.readNamespacedPersistentVolumeClaim(claim);
    assert.equal(status?.phase, "Bound");
    ensureDone(await project.up("--refresh"), /7 unchanged/);
  });

  it("fails a Job that fails, at once", async () => {
    await project.program({ job: job("echo broken; exit 3") });
    const { exitCode, text } = await project.up();
    assert.notEqual(exitCode, 0);
    assert.match(text, /\[BackoffLimitExceeded\]/);
    ensureDone(await project.pulumi("destroy", "--yes", "--skip-preview"));
  });
});
