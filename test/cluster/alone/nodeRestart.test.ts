// The node loses its power in the middle of things.
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { createFromYaml, testCluster, useNamespace } from "../../support/cluster.ts";
import { eventually } from "../../support/eventually.ts";

describe("node restart", () => {
  const namespace = useNamespace("node-restart");

  it("starts again what is to run always, and has failed what was to run once", async () => {
    const { core, images, node } = await testCluster();
    assert.ok(node, "only for a cluster that was started here");
    const read = async (name: string) =>
      (await core.readNamespacedPod({ name, namespace: namespace.name })).status;
    await createFromYaml(
      namespace.name,
      podYaml("always", images.runner) + "---" + podYaml("never", images.runner),
    );
    for (const name of ["always", "never"]) {
      await eventually(`start of ${name}`, async () => (await read(name))?.phase === "Running");
    }

    await node.restart();

    await eventually("the second start", async () => {
      const main = (await read("always"))?.containerStatuses?.[0];
      return main?.restartCount === 1 && main.state?.running !== undefined;
    });
    await eventually("the failure", async () => (await read("never"))?.phase === "Failed");
  });
});

function podYaml(restart: "always" | "never", image: string): string {
  return `
apiVersion: v1
kind: Pod
metadata: {name: ${restart}}
spec:
  restartPolicy: ${restart === "always" ? "Always" : "Never"}
  terminationGracePeriodSeconds: 0
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: main
      image: ${image}
      command: [sleep, "3600"]
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`;
}
