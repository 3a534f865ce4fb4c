// Backups in a bucket: a real store on this machine that speaks S3, real dumps, the real command.
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { stringify } from "yaml";
import { lockstep, lockstepJson } from "../integration/cli/lockstepCommand.ts";
import { useDumpServer } from "../integration/engine/backup/dumpServer.ts";
import { type BucketStore, startBucketStore } from "../support/bucketStore.ts";
import { queryAll } from "../support/database.ts";
import { useTempDir } from "../support/tempDir.ts";

describe("backups in a bucket", () => {
  const server = useDumpServer();
  const dir = useTempDir("bucket");
  const place = "s3://backups/shop";
  let store: BucketStore;

  before(async () => {
    store = await startBucketStore();
  });
  after(() => store.stop());

  it("are taken, listed, proven, found out when they are bad, restored and removed", async () => {
    const { env, client } = store;
    await queryAll(server.url("postgres"), "CREATE DATABASE shop");
    await queryAll(
      server.url("shop"),
      "create table t as select i, md5(i::text) from generate_series(1, 5000) i",
    );
    const options = { cwd: dir.path, url: server.url("shop"), env };
    const at = ["--from", place];
    const made = await lockstepJson(["backup", "first", "--to", place], options);
    assert.equal(made.exitCode, 0, made.stderr);
    const twice = await lockstep(["backup", "first", "--to", place], options);
    assert.equal(twice.exitCode, 2, twice.stderr);
    const listed = await lockstepJson(["backups", ...at], options);
    const backups = listed.document.backups as { id: string; proof: { result: string } }[];
    assert.deepEqual(
      backups.map(({ id, proof }) => [id, proof.result]),
      [["first", "passed"]],
    );
    const proven = await lockstepJson(["backups", ...at, "--prove", "first"], options);
    assert.equal(proven.exitCode, 0, proven.stderr);

    await queryAll(server.url("shop"), "truncate t");
    const restored = await lockstep(["restore", "first", ...at, "--yes"], options);
    assert.equal(restored.exitCode, 0, restored.stderr);
    const [found] = await queryAll<{ n: string }>(server.url("shop"), "select count(*) n from t");
    assert.equal(found?.n, "5000");
    assert.deepEqual(await readdir(join(dir.path, ".home", "staging")), []);

    const Bucket = "backups";
    await client.send(
      new PutObjectCommand({ Bucket, Key: "shop/first/data/toc.dat", Body: "changed" }),
    );
    const bad = await lockstepJson(["backups", ...at, "--prove", "first"], options);
    assert.equal(bad.exitCode, 1);
    assert.match((bad.document.proof as { why: string }).why, /toc\.dat: 7 bytes instead of/);
    const refused = await lockstep(["restore", "first", ...at, "--yes"], options);
    assert.match(refused.stderr, /This backup was tried and is bad/);
    await client.send(new DeleteObjectCommand({ Bucket, Key: "shop/first/manifest.json" }));
    const none = await lockstep(["backups", ...at], options);
    assert.match(none.stdout, /first .*manifest is missing/);

    // The stack's config says where the store is; the machine's environment does not.
    const { AWS_ENDPOINT_URL_S3: endpoint, ...login } = env;
    const bucket = "s3://backups/stacks";
    const config = { "lockstep:backup": { bucket, endpoint, region: "us-east-1" } };
    await writeFile(join(dir.path, "Pulumi.dev.yaml"), stringify({ config }));
    const stack = { ...options, env: login };
    const own = await lockstepJson(["backup", "second"], stack);
    assert.equal(own.exitCode, 0, own.stderr);
    assert.equal(own.stderr.includes("NodeVersionSupportWarning"), false);
    const there = await lockstepJson(["backups"], stack);
    assert.equal(there.document.folder, `${bucket}/by-hand/dev/backups`);
    const again = await lockstepJson(["backups", "--prove", "second"], stack);
    assert.equal(again.exitCode, 0, again.stderr);

    const nowhere = await lockstep(["backups", "--from", "s3://nowhere/x"], options);
    assert.equal(nowhere.exitCode, 1);
    assert.match(nowhere.stderr, /NoSuchBucket/);
  });
});
