import assert from "node:assert/strict";
import { parseBucket } from "../../../../engine/backup/bucket.ts";
import { backupPlace, isBucket } from "../../../../engine/backup/place.ts";

describe("the place of backups", () => {
  it("is a stack's own below a folder or a bucket", () => {
    assert.equal(backupPlace("/var/b", "shop", "prod"), "/var/b/shop/prod/backups");
    assert.equal(backupPlace("s3://b/x/", "shop", "prod"), "s3://b/x/shop/prod/backups");
    assert.deepEqual([isBucket("s3://b"), isBucket("/s3://b")], [true, false]);
  });

  it("is a bucket with or without a prefix, and nothing else", () => {
    assert.deepEqual(parseBucket("s3://shop-backups"), { bucket: "shop-backups", prefix: "" });
    assert.deepEqual(parseBucket("s3://b.c/x//y/"), { bucket: "b.c", prefix: "x//y/" });
    for (const wrong of ["s3://", "s3:///x", "s3://Key:Secret@host/x", "gs://b"]) {
      assert.throws(
        () => parseBucket(wrong),
        (error: Error) =>
          /cannot be read/.test(error.message) && !JSON.stringify(error).includes("Secret"),
      );
    }
  });
});
