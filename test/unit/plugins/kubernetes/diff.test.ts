import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { diffOf } from "../../../plugins/kubernetes/diff.ts";
import type { Json } from "../../../plugins/kubernetes/kubeObject.ts";

const REPLACED = { configMaps: false, secrets: false };

const deployment = (spec: Json): Json => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "app", namespace: "shop" },
  spec,
});
const container = (more: Json): Json => ({ template: { spec: { containers: [more] } } });

/** The difference between inputs that made `live` and new inputs. */
const between = (inputs: Json, live: Json, next: Json) => withRule({ inputs, live }, next);
const withRule = (old: { inputs: Json; live: Json }, next: Json, mutable = REPLACED) => {
  const { changes, deleteBeforeReplace } = diffOf({ ...old, manager: "m" }, next, mutable);
  return { changes: Object.fromEntries(changes), deleteBeforeReplace };
};

describe("test plugin kubernetes: diff", () => {
  it("sees nothing in what the server added, dropped or wrote another way", () => {
    const inputs = deployment({
      ...container({ name: "x", tty: false, env: [], resources: { limits: { cpu: "0.5" } } }),
      minReadySeconds: 0,
    });
    const live = deployment({
      ...container({
        name: "x",
        imagePullPolicy: "Always",
        resources: { limits: { cpu: "500m" } },
      }),
      replicas: 1,
    });
    assert.deepEqual(between(inputs, live, inputs).changes, {});
  });

  it("compares with the live object, so that drift is undone", () => {
    const inputs = deployment(container({ name: "x", image: "app:1" }));
    const live = deployment(container({ name: "x", image: "hacked:1" }));
    assert.deepEqual(between(inputs, live, inputs).changes, {
      "spec.template.spec.containers[0].image": { kind: "update", replaces: false },
    });
  });

  it("sees a field that somebody else removed", () => {
    const inputs = deployment({ paused: true });
    assert.deepEqual(between(inputs, deployment({}), inputs).changes, {
      "spec.paused": { kind: "add", replaces: false },
    });
  });

  it("scales to none", () => {
    const { changes } = between(
      deployment({}),
      deployment({ replicas: 2 }),
      deployment({ replicas: 0 }),
    );
    assert.deepEqual(changes, { "spec.replicas": { kind: "add", replaces: false } });
  });

  it("replaces for an immutable field, the old one first where the name is the user's", () => {
    const selector = (app: string) => deployment({ selector: { matchLabels: { app } } });
    const { changes, deleteBeforeReplace } = between(selector("a"), selector("a"), selector("b"));
    assert.deepEqual(changes, {
      "spec.selector.matchLabels.app": { kind: "update", replaces: true },
    });
    assert.equal(deleteBeforeReplace, true);
  });

  it("lets a generated name keep both for a moment", () => {
    const map = (value: string) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "map-1", annotations: { "pulumi.com/autonamed": "true" } },
      data: { value },
    });
    assert.equal(between(map("1"), map("1"), map("2")).deleteBeforeReplace, false);
  });

  it("updates ConfigMaps and Secrets in place only where told, and never immutable ones", () => {
    const secret = (password: string, immutable = false) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "shop" },
      stringData: { password },
      ...(immutable ? { immutable } : {}),
    });
    const live = (immutable = false) => ({
      ...secret("", immutable),
      stringData: undefined,
      data: { password: Buffer.from("one").toString("base64") },
    });
    const mutable = { configMaps: true, secrets: true };
    const change = (replaces: boolean) => ({ "data.password": { kind: "update", replaces } });
    assert.deepEqual(between(secret("one"), live(), secret("one")).changes, {});
    assert.deepEqual(between(secret("one"), live(), secret("two")).changes, change(true));
    const old = { inputs: secret("one"), live: live() };
    assert.deepEqual(withRule(old, secret("two"), mutable).changes, change(false));
    const oldFrozen = { inputs: secret("one", true), live: live(true) };
    const frozen = withRule(oldFrozen, secret("two", true), mutable);
    assert.deepEqual(frozen.changes, change(true));
  });

  it("takes a missing namespace for default, and another one for another object", () => {
    const map = (namespace?: string): Json => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "m", ...(namespace === undefined ? {} : { namespace }) },
    });
    assert.deepEqual(between(map(), map("default"), map("default")).changes, {});
    const moved = between(map("a"), map("a"), map("b"));
    assert.deepEqual(moved.changes, { "metadata.namespace": { kind: "update", replaces: true } });
    assert.equal(moved.deleteBeforeReplace, false);
  });

  it("replaces a Pod for its containers' fields, added ones too", () => {
    const pod = (containers: readonly Json[]): Json => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers },
    });
    const one = pod([{ name: "a", image: "a:1" }]);
    const { changes } = between(
      one,
      one,
      pod([
        { name: "a", image: "a:2" },
        { name: "b", image: "b" },
      ]),
    );
    assert.deepEqual(changes, {
      "spec.containers[0].image": { kind: "update", replaces: true },
      "spec.containers[1]": { kind: "add", replaces: true },
    });
  });

  it("quotes what is no plain step of a path", () => {
    const map = (labels: Json) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { labels } });
    const { changes } = between(map({}), map({}), map({ "app.kubernetes.io/name": "x" }));
    assert.deepEqual(Object.keys(changes), ['metadata.labels["app.kubernetes.io/name"]']);
  });
});
