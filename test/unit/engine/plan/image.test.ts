// Tests of what counts as the same image.
import assert from "node:assert/strict";
import { imageIdentity } from "../../../../engine/plan/image.ts";

const HEX = "a".repeat(64);

describe("imageIdentity", () => {
  it("is the image's own digest, whatever registry, name and tag it goes by", () => {
    const expected = { digest: HEX, pinned: true };
    assert.deepEqual(imageIdentity(`registry.example/shop:1.1@sha256:${HEX}`), expected);
    assert.deepEqual(imageIdentity(`mirror.example:5000/other@sha256:${HEX}`), expected);
  });

  it("is the reference where there is only a tag, and says that this binds nothing", () => {
    const one = imageIdentity("registry.example/shop:1.1");
    assert.equal(one.pinned, false);
    assert.match(one.digest, /^[0-9a-f]{64}$/);
    assert.notEqual(one.digest, imageIdentity("registry.example/shop:1.2").digest);
    assert.deepEqual(one, imageIdentity("registry.example/shop:1.1"));
  });
});
