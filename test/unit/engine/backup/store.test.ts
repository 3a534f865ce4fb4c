import assert from "node:assert/strict";
import { storeEnvironment, withStoreEnvironment } from "../../../../engine/backup/store.ts";

const STORE = {
  ...{ key: "k", bucket: "s3://b/x", endpoint: "https://s3.example", region: "eu-1" },
  ...{ accessKey: "id", secretKey: "secret" },
};

describe("the environment of a stack's store", () => {
  it("says what the stack says, with nothing of another pair of credentials", () => {
    assert.deepEqual(storeEnvironment({}), {});
    assert.deepEqual(storeEnvironment({ key: "k" }), { LOCKSTEP_BACKUP_KEY: "k" });
    assert.deepEqual(storeEnvironment(STORE), {
      LOCKSTEP_BACKUP_KEY: "k",
      LOCKSTEP_BACKUPS: "s3://b/x",
      AWS_ENDPOINT_URL_S3: "https://s3.example",
      AWS_REGION: "eu-1",
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "",
      AWS_PROFILE: "",
    });
  });

  it("completes another one, which wins, and never mixes two pairs of credentials", () => {
    const own = { LOCKSTEP_BACKUPS: "/mnt", AWS_ACCESS_KEY_ID: "mine", LOCKSTEP_BACKUP_KEY: "" };
    assert.deepEqual(withStoreEnvironment(own, STORE), {
      LOCKSTEP_BACKUPS: "/mnt",
      AWS_ACCESS_KEY_ID: "mine",
      LOCKSTEP_BACKUP_KEY: "k",
      AWS_ENDPOINT_URL_S3: "https://s3.example",
      AWS_REGION: "eu-1",
    });
    assert.equal(withStoreEnvironment({ AWS_PROFILE: "p" }, STORE).AWS_ACCESS_KEY_ID, undefined);
    assert.equal(withStoreEnvironment({}, STORE).AWS_SECRET_ACCESS_KEY, "secret");
  });
});
