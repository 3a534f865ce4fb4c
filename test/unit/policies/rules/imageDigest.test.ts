import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { imageDigest } from "../../../../policies/rules/imageDigest.ts";
import { deployment, judge, step } from "../judge.ts";

const digest = `@sha256:${"0123456789abcdef".repeat(4)}`;
const app = (image: string) => deployment({ containers: [{ name: "app", image }] });
const job = (image: string) => step({ executor: { kind: "kubernetes", image } });

describe("policy image-digest", () => {
  it("passes images by digest, with a tag beside it or not", () => {
    const resources = [job(`runner:1${digest}`), app(`registry:5000/app${digest}`)];
    assert.deepEqual(judge(imageDigest, resources), [[], []]);
  });

  it("refuses tags, wherever an image is named", () => {
    const [runner, container] = judge(imageDigest, [job("runner"), app("app:1.2")]);
    assert.match(runner!.join(), /The runner's image is named by a tag: runner\./);
    assert.match(container!.join(), /container "app" of the pod template .*: app:1\.2\./);
  });

  it("refuses a digest that is cut off", () => {
    assert.equal(judge(imageDigest, [app("app@sha256:0123")])[0]!.length, 1);
  });
});
