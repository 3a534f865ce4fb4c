// The cluster itself does what tests of releases take for granted.
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { stringify } from "yaml";
import { createFromYaml, testCluster, useNamespace } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";

const restricted = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
const databaseUrl = { name: "DATABASE_URL", value: "postgresql://postgres:secret@db/vault" };

describe("cluster", () => {
  const namespace = useNamespace("cluster");

  /** Runs a container to its end, and returns how that was and what it printed. */
  async function runToEnd(name: string, container: Readonly<Record<string, unknown>>) {
    const { core } = await testCluster();
    await createFromYaml(namespace.name, podYaml(name, container));
    const phase = await eventually(`end of ${name}`, async () => {
      const { status } = await core.readNamespacedPod({ name, namespace: namespace.name });
      return ["Succeeded", "Failed"].find((one) => one === status?.phase);
    });
    const log = await core.readNamespacedPodLog({ name, namespace: namespace.name });
    return { phase, log };
  }

  it("binds a database's claim, and lets the pod's group write to it", async () => {
    const { core, images } = await testCluster();
    await createFromYaml(namespace.name, databaseYaml(images.postgres));
    await eventually("a ready database", async () => {
      const pods = await core.listNamespacedPod({ namespace: namespace.name });
      const database = pods.items.find(({ metadata }) => metadata?.name === "db-0");
      return database?.status?.containerStatuses?.[0]?.ready;
    });
    const claim = await core.readNamespacedPersistentVolumeClaim({
      name: "data-db-0",
      namespace: namespace.name,
    });
    assert.equal(claim.status?.phase, "Bound");
  });

  it("reaches a service by its name, from the runner's image by digest", async () => {
    const { images } = await testCluster();
    assert.match(images.runner, /@sha256:[0-9a-f]{64}$/);
    const query = "select current_database()";
    const { phase, log } = await runToEnd("by-name", {
      image: images.runner,
      env: [databaseUrl],
      // The node learns of a ready pod a moment after the API server.
      command: ["sh", "-c", `until psql "$DATABASE_URL" -tAc "${query}"; do sleep 0.2; done 2>&1`],
    });
    assert.equal(phase, "Succeeded", log);
    assert.equal(log.trim().split("\n").at(-1), "vault");
  });

  it("runs the command of the runner's image, and a dump client as new as the server", async () => {
    const { images } = await testCluster();
    const version = await runToEnd("version", { image: images.runner, args: ["--version"] });
    assert.equal(version.phase, "Succeeded", version.log);
    assert.match(version.log, /^\d+\.\d+\.\d+/);
    const dump = await runToEnd("dump", {
      image: images.runner,
      command: ["pg_dump", "--schema-only", databaseUrl.value],
    });
    assert.equal(dump.phase, "Succeeded", dump.log);
  });

  it("starts each release of the example", async () => {
    const { core, images } = await testCluster();
    for (const release of ["1.0", "1.1", "1.2"] as const) {
      const name = `app-${release.replace(".", "-")}`;
      await createFromYaml(
        namespace.name,
        podYaml(name, { image: images.app(release), env: [databaseUrl] }),
      );
      await eventually(`start of ${name}`, async () => {
        const log = await core
          .readNamespacedPodLog({ name, namespace: namespace.name })
          .catch(() => "");
        return log.includes(`"event":"start"`) && log.includes(`"label":"${release}"`);
      });
    }
  });

  it("says at once that an image does not exist", async () => {
    const { core } = await testCluster();
    await createFromYaml(
      namespace.name,
      podYaml("nowhere", { image: "localhost/lockstep/nowhere:1" }),
    );
    await eventually("the refusal", async () => {
      const { status } = await core.readNamespacedPod({
        name: "nowhere",
        namespace: namespace.name,
      });
      return status?.containerStatuses?.[0]?.state?.waiting?.reason === "ErrImagePull";
    });
  });
});

function databaseYaml(image: string): string {
  return `
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, fsGroup: 999, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: db
          image: ${image}
          securityContext: ${JSON.stringify(restricted)}
          env:
            - {name: POSTGRES_PASSWORD, value: secret}
            - {name: POSTGRES_DB, value: vault}
            - {name: PGDATA, value: /var/lib/postgresql/data/pgdata}
          readinessProbe: {exec: {command: [pg_isready, -U, postgres]}, periodSeconds: 1}
          volumeMounts:
            - {name: data, mountPath: /var/lib/postgresql/data}
            - {name: tmp, mountPath: /var/run/postgresql, subPath: run}
            - {name: tmp, mountPath: /tmp, subPath: tmp}
      volumes: [{name: tmp, emptyDir: {}}]
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
}

/** A pod of one container, as strict as a namespace can ask for. */
function podYaml(name: string, container: Readonly<Record<string, unknown>>): string {
  const main = { name: "main", securityContext: restricted, ...container };
  return stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [main],
    },
  });
}
