// Backups that Jobs send to a bucket: a store on this machine, which pods call and people list from outside.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { GetObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { storeEnvironment } from "../../../engine/backup/store.ts";
import { lockstepJson } from "../../integration/cli/lockstepCommand.ts";
import { type BucketStore, startBucketStore } from "../../support/bucketStore.ts";
import { testCluster } from "../../support/cluster.ts";
import { failureOf } from "../../support/failureOf.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { useJobsWorld } from "../jobsWorld.ts";

const FIRST = { "01_create_things_up.sql": "create table things (id int);" };
const LATER = { ...FIRST, "02_add_name_up.sql": "alter table things add name text;" };

describe("backups that Jobs send to a bucket", function () {
  this.timeout(180_000);
  const world = useJobsWorld("bucket");
  const temp = useTempDir();
  let store: BucketStore;
  before(async () => {
    const { node } = await testCluster();
    assert.ok(node);
    store = await startBucketStore(node.hostAddress);
  });
  after(() => store.stop());

  /** The Secret that a stack with these settings has, and what a Job of it is told. */
  async function placeWith(bucket: string, key: string) {
    const { AWS_ENDPOINT_URL_S3: endpoint, ...login } = store.env;
    const stringData = storeEnvironment({
      ...{ key, bucket, endpoint, region: "us-east-1" },
      ...{ accessKey: login.AWS_ACCESS_KEY_ID, secretKey: login.AWS_SECRET_ACCESS_KEY },
    });
    const name = `${world().stack}-${bucket.replaceAll(/[^a-z]/g, "")}`;
    await world().send("POST", world().core("secrets"), { metadata: { name }, stringData });
    return { backupSecret: name };
  }

  it("are proven, encrypted, found from outside, and the oldest goes", async () => {
    await world().writeFiles(FIRST);
    await world().run();
    await world().query("insert into things values (1), (2)");
    await world().replaceFiles(LATER);
    const key = randomBytes(32).toString("base64");
    const place = await placeWith("s3://backups/shop", key);
    const settings = { ...world().spec().settings, backupKeep: { count: 2, contractDays: 7 } };
    const backUp = async (digit: string) => {
      const release = { ...world().spec().release, digest: digit.repeat(64) };
      const spec = { step: "backup", before: "expand", release, settings } as const;
      const { backup, summary } = await world().run({ spec, place });
      assert.match(summary, /\(dump, proof: restore\)/);
      return backup;
    };
    const made = [await backUp("1"), await backUp("2"), await backUp("3")];

    const from = `s3://backups/shop/shop/${world().stack}/backups`;
    const options = { cwd: temp.path, env: { ...store.env, LOCKSTEP_BACKUP_KEY: key } };
    const listed = await lockstepJson(["backups", "--from", from], options);
    assert.deepEqual(
      (listed.document.backups as { id: string; proof: { result: string } }[]).map(
        ({ id, proof }) => [id, proof.result],
      ),
      [made[2], made[1]].map((id) => [id, "passed"]),
      listed.stderr,
    );
    assert.equal(listed.document.folder, from);
    const sent = await store.client.send(new ListObjectsV2Command({ Bucket: "backups" }));
    const paths = (sent.Contents ?? []).map(({ Key = "" }) => Key);
    assert.deepEqual(
      paths.filter((path) => path.includes(made[0]!)),
      [],
    );
    const Key = paths.find((path) => path.includes(`${made[2]!}/data/`));
    const object = await store.client.send(new GetObjectCommand({ Bucket: "backups", Key }));
    assert.doesNotMatch((await object.Body?.transformToString("latin1")) ?? "", /things/);
  });

  it("fail with the store's own words where there is no such bucket", async () => {
    await world().writeFiles(FIRST);
    await world().run();
    await world().replaceFiles(LATER);
    const place = await placeWith("s3://nowhere/shop", randomBytes(32).toString("base64"));
    const spec = { step: "backup", before: "expand" } as const;
    const failure = await failureOf(world().run({ spec, place }));
    assert.equal(failure.code, "BACKUP_FAILED");
    assert.match(failure.seen ?? "", /NoSuchBucket/);
  });
});
