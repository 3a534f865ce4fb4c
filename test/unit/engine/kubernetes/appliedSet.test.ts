// Getting an applied set back from managed fields, in the forms in which API servers write them.
import assert from "node:assert/strict";
import { appliedSetOf } from "../../../../engine/kubernetes/appliedSet.ts";
import type { Fields, ManagedFields } from "../../../../engine/kubernetes/deployment.ts";

const OWNED = {
  "f:metadata": { "f:labels": { "f:app": {} } },
  "f:spec": {
    "f:replicas": {},
    "f:selector": {},
    "f:template": {
      "f:spec": {
        "f:containers": {
          'k:{"name":"app"}': {
            ".": {},
            "f:name": {},
            "f:image": {},
            "f:args": {},
            "f:env": {
              'k:{"name":"COLOUR"}': { ".": {}, "f:name": {}, "f:value": {} },
            },
            "f:ports": {
              'k:{"containerPort":8080,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} },
            },
            "f:securityContext": {},
          },
        },
        "f:volumes": { 'k:{"name":"tmp"}': { ".": {}, "f:emptyDir": {}, "f:name": {} } },
        "f:finalizers": { 'v:"a"': {} },
      },
    },
  },
} as unknown as Fields;

function entry(
  manager: string,
  fieldsV1: Fields,
  over: Partial<ManagedFields> = {},
): ManagedFields {
  return { manager, operation: "Apply", apiVersion: "apps/v1", fieldsV1, ...over };
}

function live(managedFields: readonly ManagedFields[]) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "shop",
      namespace: "web",
      uid: "1",
      labels: { app: "shop", other: "1" },
      annotations: { "deployment.kubernetes.io/revision": "3" },
      managedFields,
    },
    spec: {
      replicas: 3,
      paused: false,
      selector: { matchLabels: { app: "shop" } },
      template: {
        spec: {
          containers: [
            { name: "injected", image: "mesh" },
            {
              name: "app",
              image: "shop:1.0",
              args: ["a", "b"],
              env: [
                { name: "COLOUR", value: "blue" },
                { name: "INJECTED", value: "1" },
              ],
              ports: [{ containerPort: 8080, protocol: "TCP" }],
              securityContext: {},
              terminationMessagePath: "/dev/termination-log",
            },
          ],
          volumes: [{ name: "tmp", emptyDir: {} }],
          finalizers: ["a", "b"],
        },
      },
    },
  };
}

describe("appliedSetOf", () => {
  it("takes exactly what the manager owns, lists by their keys and values", () => {
    assert.deepEqual(appliedSetOf(live([entry("lockstep-app", OWNED)]), "lockstep-app"), {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "shop", namespace: "web", labels: { app: "shop" } },
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: "shop" } },
        template: {
          spec: {
            containers: [
              {
                name: "app",
                image: "shop:1.0",
                args: ["a", "b"],
                env: [{ name: "COLOUR", value: "blue" }],
                ports: [{ containerPort: 8080, protocol: "TCP" }],
                securityContext: {},
              },
            ],
            volumes: [{ name: "tmp", emptyDir: {} }],
            finalizers: ["a"],
          },
        },
      },
    });
  });

  it("takes a map that was applied empty without what others put into it", () => {
    const own = { "f:metadata": { "f:annotations": {} } } as unknown as Fields;
    const others = {
      "f:metadata": { "f:annotations": { ".": {}, "f:deployment.kubernetes.io/revision": {} } },
    } as unknown as Fields;
    const object = live([
      entry("lockstep-app", own),
      entry("controller", others, { operation: "Update" }),
    ]);
    assert.deepEqual(appliedSetOf(object, "lockstep-app")?.metadata, {
      name: "shop",
      namespace: "web",
      annotations: {},
    });
  });

  it("finds nothing that the manager only updated, or applied to a subresource", () => {
    const object = live([
      entry("lockstep-app", OWNED, { operation: "Update" }),
      entry("lockstep-app", OWNED, { subresource: "scale" }),
      entry("kubectl", OWNED),
    ]);
    assert.equal(appliedSetOf(object, "lockstep-app"), undefined);
  });
});
