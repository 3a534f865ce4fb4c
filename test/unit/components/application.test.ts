// Tests of the component for the rollout.
import assert from "node:assert/strict";
import { Application } from "../../../components/application.ts";
import { releaseLogin } from "../../../engine/fence/releaseLogin.ts";
import { appArgs, digestOf, migrations, release, URL_TEXT } from "./given.ts";
import { find, record, refusedPaths, secretOf, valueOf } from "./record.ts";

describe("Application", () => {
  it("is a process whose environment and ledger stay secret", async () => {
    const recording = await record(() => new Application("app", appArgs));
    const process = find(recording, "lockstep:index:Process app-process");
    const { port, healthPath, startTimeoutMs } = appArgs;
    assert.deepEqual(process.inputs, {
      name: "app",
      release,
      migrations,
      dir: "example",
      treeDigest: digestOf("e"),
      command: ["node", "server.mjs", "1.1"],
      url: secretOf(URL_TEXT),
      env: secretOf({ DATABASE_URL: URL_TEXT, MODE: "x", TOKEN: "geheim" }),
      port,
      healthPath,
      startTimeoutMs,
    });
    assert.deepEqual(process.secretOutputs.toSorted(), ["env", "url"]);
    assert.equal(await valueOf(recording.result.baseUrl), "http://127.0.0.1:8080");
  });

  it("gets a login of its own in place of any other URL, which stays secret", async () => {
    const appUrl = "postgres://shop_app:geheim@pooler.example/shop";
    const secretEnv = { DATABASE_URL: appUrl };
    const recording = await record(
      () => new Application("app", { ...appArgs, env: {}, secretEnv, ownLogin: true }),
    );
    const { env, login } = find(recording, "lockstep:index:Process app-process").inputs;
    const own = releaseLogin(appUrl, release);
    assert.deepEqual(env, secretOf({ DATABASE_URL: own.url }));
    assert.deepEqual(login, secretOf({ login: own }));
  });

  it("refuses what can't be started, all at once", async () => {
    const artifact = { kind: "tree", dir: "app", digest: "", command: [] } as const;
    const bad = { ...appArgs, artifact, port: 0, healthPath: "health" };
    await record(() => {
      const paths = refusedPaths(() => new Application("app", bad));
      assert.deepEqual(paths, ["artifact.digest", "artifact.command", "port", "healthPath"]);
    });
  });

  it("refuses an image, which is for a cluster", async () => {
    const artifact = { kind: "image", image: "shop:1.1" } as const;
    await record(() => {
      const paths = refusedPaths(() => new Application("app", { ...appArgs, artifact }));
      assert.deepEqual(paths, ["artifact.kind"]);
    });
  });
});
