// Finding a kubeconfig as kubectl does, and saying what is wrong with one.
import assert from "node:assert/strict";
import { writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { loadKubeConfig } from "../../../../engine/kubernetes/kubeConfig.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("loadKubeConfig", () => {
  const dir = useTempDir("kube");

  /** A kubeconfig with one context for each of `names`; the first is current. */
  async function write(file: string, ...names: readonly string[]): Promise<string> {
    const path = join(dir.path, file);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(
      path,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: names.map((name) => ({ name, cluster: { server: `https://${name}:6443` } })),
        users: names.map((name) => ({ name, user: { token: "t" } })),
        contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
        "current-context": names[0],
      }),
    );
    return path;
  }

  const load = async (
    input: { readonly kubeconfig?: string; readonly context?: string },
    env: NodeJS.ProcessEnv = {},
  ) => {
    const { config } = await loadKubeConfig(
      { ...input, namespace: "shop" },
      { HOME: dir.path, ...env },
    );
    return config.getCurrentCluster()?.server;
  };

  it("takes the named file before KUBECONFIG, and that before the home's", async () => {
    const named = await write("named", "a");
    const KUBECONFIG = await write("env", "b");
    await write(".kube/config", "c");
    assert.equal(await load({ kubeconfig: named }, { KUBECONFIG }), "https://a:6443");
    assert.equal(await load({}, { KUBECONFIG }), "https://b:6443");
    assert.equal(await load({}), "https://c:6443");
    assert.equal(await load({ kubeconfig: "~/.kube/config" }), "https://c:6443");
  });

  it("takes the context that is asked for, from any of KUBECONFIG's files", async () => {
    const KUBECONFIG = `${await write("one", "a", "b")}:${dir.path}/missing:${await write("two", "c", "a")}`;
    assert.equal(await load({}, { KUBECONFIG }), "https://a:6443");
    assert.equal(await load({ context: "c" }, { KUBECONFIG }), "https://c:6443");
  });

  it("names the contexts there are when the one asked for is not", async () => {
    await write(".kube/config", "staging", "prod");
    const failure = await failureOf(load({ context: "prd" }));
    assert.equal(failure.code, "CONFIG");
    assert.match(failure.message, /prd/);
    assert.equal(failure.seen, "it has staging, prod");
  });

  it("says where it looked when there is no kubeconfig", async () => {
    const failure = await failureOf(load({}));
    assert.equal(failure.code, "CONFIG");
    assert.match(failure.seen ?? "", /KUBECONFIG.*\.kube\/config/);
  });

  it("says that a named file is missing or is no kubeconfig", async () => {
    const missing = await failureOf(load({ kubeconfig: join(dir.path, "nope") }));
    assert.match(missing.message, /no such kubeconfig/);
    const bad = join(dir.path, "bad");
    await writeFile(bad, "just: [a");
    assert.match((await failureOf(load({ kubeconfig: bad }))).message, /cannot be read/);
  });

  it("says that a context's user or cluster is not there", async () => {
    const path = join(dir.path, "half");
    const contexts = [{ name: "x", context: { cluster: "c", user: "u" } }];
    const clusters = [{ name: "c", cluster: { server: "https://c" } }];
    await writeFile(path, JSON.stringify({ clusters, contexts, "current-context": "x" }));
    const failure = await failureOf(load({ kubeconfig: path }));
    assert.equal(failure.seen, "its user is not there");
  });
});
