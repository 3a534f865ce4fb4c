import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { unwrap, wrapSecret } from "../../../../provider/unwrap.ts";
import {
  fromOutputs,
  hasUnknown,
  markSecrets,
  plain,
  toOutputs,
} from "../../../plugins/kubernetes/properties.ts";

describe("test plugin kubernetes: properties", () => {
  it("finds what is not known at any depth", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    assert.equal(hasUnknown({ spec: { env: [{ value: wrapSecret(unknown) }] } }), true);
    assert.equal(hasUnknown({ spec: { env: [{ value: "known" }] } }), false);
  });

  it("gives the API server neither wrappers nor nulls", () => {
    assert.deepEqual(plain({ a: wrapSecret({ b: 1 }), c: null, d: [{ e: null }] }), {
      a: { b: 1 },
      d: [{}],
    });
  });

  it("marks as secret what came as one: a member alone, a list as a whole", () => {
    const source = {
      spec: { one: wrapSecret("1"), two: "2", list: [{ value: wrapSecret("3") }] },
      whole: wrapSecret({ inner: "4" }),
    };
    const marked = markSecrets(unwrap(source) as Record<string, unknown>, source);
    assert.deepEqual(marked, {
      spec: { one: wrapSecret("1"), two: "2", list: wrapSecret([{ value: "3" }]) },
      whole: wrapSecret({ inner: "4" }),
    });
  });

  it("marks a Secret's data whatever the program said", () => {
    const live = { kind: "Secret", data: { a: "MQ==" }, type: "Opaque" };
    assert.deepEqual(markSecrets(live, {}), { ...live, data: wrapSecret({ a: "MQ==" }) });
  });

  it("gives back from state what went in", () => {
    const inputs = { apiVersion: "v1", kind: "Secret", stringData: { a: "1" } };
    const live = { apiVersion: "v1", kind: "Secret", data: { a: "MQ==" } };
    const checkpoint = { inputs, live, manager: "m" };
    const outputs = toOutputs(checkpoint, inputs);
    assert.equal(outputs.__fieldManager, "m");
    assert.equal(outputs.__initialApiVersion, "v1");
    assert.deepEqual(fromOutputs(outputs), checkpoint);
  });
});
