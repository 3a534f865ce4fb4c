// Tests that overrides of a pod template do what `kubectl patch` would.
import assert from "node:assert/strict";
import { strategicMerge } from "../../../../engine/kubernetes/strategicMerge.ts";

const base = {
  metadata: { labels: { app: "shop" } },
  spec: {
    automountServiceAccountToken: false,
    containers: [
      {
        name: "app",
        image: "shop:1",
        command: ["node", "a.mjs"],
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
        securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true },
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      },
    ],
    volumes: [{ name: "tmp", emptyDir: {} }],
    tolerations: [{ key: "old" }],
  },
};

const merged = (spec: Record<string, unknown>) =>
  strategicMerge(base, { spec }).spec as Record<string, unknown>;

describe("strategicMerge", () => {
  it("merges objects member by member and leaves the arguments as they are", () => {
    const before = structuredClone(base);
    const patch = { metadata: { labels: { tier: "web" }, annotations: { a: "b" } } };
    assert.deepEqual(strategicMerge(base, patch), {
      ...base,
      metadata: { labels: { app: "shop", tier: "web" }, annotations: { a: "b" } },
    });
    assert.deepEqual(base, before);
  });

  it("merges containers, variables and volumes by name, mounts by path; new ones come last", () => {
    const spec = merged({
      containers: [
        { name: "proxy", image: "proxy:1" },
        {
          name: "app",
          env: [
            { name: "B", value: "3" },
            { name: "C", value: "4" },
          ],
          securityContext: { readOnlyRootFilesystem: false },
          volumeMounts: [{ name: "cache", mountPath: "/cache" }],
        },
      ],
      volumes: [{ name: "cache", emptyDir: {} }],
    });
    assert.deepEqual(spec.containers, [
      {
        ...base.spec.containers[0],
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "3" },
          { name: "C", value: "4" },
        ],
        securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: false },
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          { name: "cache", mountPath: "/cache" },
        ],
      },
      { name: "proxy", image: "proxy:1" },
    ]);
    assert.deepEqual(spec.volumes, [
      { name: "tmp", emptyDir: {} },
      { name: "cache", emptyDir: {} },
    ]);
  });

  it("replaces lists whose items have no name: tolerations, a command", () => {
    const spec = merged({
      tolerations: [{ key: "new" }],
      containers: [{ name: "app", command: ["true"] }],
    });
    assert.deepEqual(spec.tolerations, [{ key: "new" }]);
    assert.deepEqual((spec.containers as { command: unknown }[])[0]?.command, ["true"]);
  });

  it("removes by null and by $patch: delete, and takes an object whole by $patch: replace", () => {
    const spec = merged({
      tolerations: null,
      volumes: [{ $patch: "delete", name: "tmp" }],
      containers: [
        { name: "app", securityContext: { $patch: "replace", runAsUser: 1 }, env: [] },
        { $patch: "delete", name: "unknown" },
      ],
    });
    assert.equal("tolerations" in spec, false);
    assert.deepEqual(spec.volumes, []);
    const [app, ...others] = spec.containers as Record<string, unknown>[];
    assert.deepEqual(app?.securityContext, { runAsUser: 1 });
    assert.deepEqual(app.env, base.spec.containers[0]?.env);
    assert.deepEqual(others, []);
  });

  it("takes a value that is not known yet as it is", () => {
    class Later {
      readonly wait = true;
    }
    const value = new Later();
    const spec = merged({ containers: [{ name: "app", env: [{ name: "A", value }] }] });
    const [app] = spec.containers as { env: { value: unknown }[] }[];
    assert.equal(app?.env[0]?.value, value);
  });
});
