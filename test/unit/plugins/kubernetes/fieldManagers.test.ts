import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { managerOf, takeOverPatch } from "../../../plugins/kubernetes/fieldManagers.ts";

const entry = (manager: string, operation: string, fieldsV1: unknown) => ({
  manager,
  operation,
  apiVersion: "apps/v1",
  fieldsType: "FieldsV1",
  fieldsV1,
});
const controller = {
  ...entry("kube-controller-manager", "Update", { "f:status": {} }),
  subresource: "status",
};
const object = (...managedFields: readonly unknown[]) => ({
  metadata: { resourceVersion: "7", managedFields },
});

describe("test plugin kubernetes: field managers", () => {
  it("takes the annotation's name, then the remembered one, then a new one", () => {
    const annotated = { metadata: { annotations: { "pulumi.com/patchFieldManager": "lockstep" } } };
    assert.equal(managerOf(annotated, "old"), "lockstep");
    assert.equal(managerOf({}, "old"), "old");
    assert.match(managerOf({}), /^pulumi-kubernetes-[0-9a-f]{8}$/);
    assert.notEqual(managerOf({}), managerOf({}));
  });

  it("turns what a plain create wrote into what an apply owns", () => {
    const live = object(
      entry("m", "Update", { "f:spec": { "f:a": {}, "f:b": { "f:c": {} } } }),
      entry("m", "Apply", { "f:spec": { "f:b": { "f:d": {} } } }),
      controller,
    );
    const [fields, version] = takeOverPatch(live, "m") ?? [];
    assert.deepEqual(version, { op: "replace", path: "/metadata/resourceVersion", value: "7" });
    assert.deepEqual(fields?.value, [
      controller,
      entry("m", "Apply", { "f:spec": { "f:a": {}, "f:b": { "f:c": {}, "f:d": {} } } }),
    ]);
  });

  it("leaves other managers' fields alone", () => {
    const live = object(
      entry("m", "Apply", { "f:spec": {} }),
      entry("lockstep-gate", "Apply", { "f:metadata": {} }),
      entry("kubectl-set", "Update", { "f:spec": {} }),
    );
    assert.equal(takeOverPatch(live, "m"), undefined);
  });
});
