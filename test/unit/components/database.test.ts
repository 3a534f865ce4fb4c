// Tests of the component for the database.
import assert from "node:assert/strict";
import { isSecret } from "@pulumi/pulumi";
import { Database } from "../../../components/database.ts";
import { localPlatform } from "../../../components/platforms/local.ts";
import { URL_TEXT } from "./given.ts";
import { find, record, refusedPaths, secretOf, valueOf } from "./record.ts";

const args = { platform: localPlatform, project: "shop", stack: "staging" };
const SERVER = "lockstep:index:EmbeddedDatabase database-server";

describe("Database", () => {
  it("is a protected server that stays when it leaves the program", async () => {
    const recording = await record(() => new Database("database", args));
    const server = find(recording, SERVER);
    assert.deepEqual(server.inputs, { location: "shop/staging", database: "app" });
    assert.equal(server.protect, true);
    assert.equal(server.retainOnDelete, true);
    assert.deepEqual(server.secretOutputs, ["url"]);
    assert.equal(server.parent, "lockstep:components:Database database");
  });

  it("may be removed only where it is said to be disposable", async () => {
    const recording = await record(() => new Database("database", { ...args, disposable: true }));
    const { protect, retainOnDelete } = find(recording, SERVER);
    assert.deepEqual({ protect, retainOnDelete }, { protect: false, retainOnDelete: false });
  });

  it("hands a fixed port on", async () => {
    const recording = await record(() => new Database("database", { ...args, port: 5544 }));
    assert.equal(find(recording, SERVER).inputs.port, 5544);
  });

  it("puts its URL out as a secret", async () => {
    const recording = await record(() => new Database("database", args));
    const { url } = recording.result;
    assert.equal(await valueOf(url), "postgres://lockstep:pw@127.0.0.1:5433/app");
    assert.equal(await isSecret(url), true);
    assert.deepEqual(recording.outputs.get("lockstep:components:Database database"), {
      url: secretOf("postgres://lockstep:pw@127.0.0.1:5433/app"),
      appUrl: secretOf("postgres://lockstep:pw@127.0.0.1:5433/app"),
      managed: true,
    });
  });

  it("makes no server where there is an external one, whose URL stays secret", async () => {
    const recording = await record(
      () => new Database("database", { ...args, external: { url: URL_TEXT } }),
    );
    assert.deepEqual(
      recording.registrations.map(({ id }) => id),
      ["lockstep:components:Database database"],
    );
    assert.equal(await valueOf(recording.result.url), URL_TEXT);
    assert.equal(await isSecret(recording.result.url), true);
    assert.deepEqual(recording.registrations[0]?.inputs, {});
  });

  it("keeps the way past a pooler for the steps, and the pooler for the app", async () => {
    const pooled = "postgres://u:pw@pooler.example/shop";
    const external = { url: pooled, directUrl: URL_TEXT };
    const { result } = await record(() => new Database("database", { ...args, external }));
    assert.equal(await valueOf(result.url), URL_TEXT);
    assert.equal(await valueOf(result.appUrl), pooled);
    assert.deepEqual([await isSecret(result.url), await isSecret(result.appUrl)], [true, true]);
  });

  it("refuses a port beside an external URL", async () => {
    const both = { ...args, external: { url: URL_TEXT }, port: 5544 };
    await record(() => {
      const paths = refusedPaths(() => new Database("database", both));
      assert.deepEqual(paths, ["port"]);
    });
  });

  it("refuses a cluster's Secret on this machine", async () => {
    const external = { secret: { name: "shop", key: "url" } };
    await record(() => {
      const paths = refusedPaths(() => new Database("database", { ...args, external }));
      assert.deepEqual(paths, ["external"]);
    });
  });
});
