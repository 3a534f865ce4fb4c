import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { imageDigest } from "../../../../policies/rules/imageDigest.ts";
import { deployment, judge, step } from "../judge.ts";

const digest = `@sha256:${"0123456789abcdef".repeat(4)}`;
const gate = (image: string) => ({
  type: "lockstep:index:HealthGate",
  props: { app: { kind: "kubernetes", image } },
});
const job = (image: string) => step({ executor: { kind: "kubernetes", image } });

describe("policy image-digest", () => {
  it("passes images by digest, with a tag beside it or not", () => {
    const pod = deployment({ containers: [{ name: "a", image: `registry:5000/app${digest}` }] });
    const resources = [job(`runner:1${digest}`), gate(`app${digest}`), pod];
    assert.deepEqual(judge(imageDigest, resources), [[], [], []]);
  });

  it("refuses tags, wherever an image is named", () => {
    const pod = deployment({ containers: [{ name: "a", image: "app:1.2" }] });
    const [runner, app, container] = judge(imageDigest, [job("runner"), gate("app:1"), pod]);
    assert.match(runner!.join(), /The runner's image is named by a tag: runner\./);
    assert.match(app!.join(), /The app's image is named by a tag: app:1\./);
    assert.match(
      container!.join(),
      /image of the container "a" of the pod template .*: app:1\.2\./,
    );
  });

  it("refuses a digest that is cut off", () => {
    assert.equal(judge(imageDigest, [gate("app@sha256:0123")])[0]!.length, 1);
  });
});
