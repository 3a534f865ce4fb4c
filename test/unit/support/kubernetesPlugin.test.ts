import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "mocha";
import { pluginPath, standInFolder } from "../../support/kubernetesPlugin.ts";
import { useTempDir } from "../../support/tempDir.ts";

describe("test support: the Kubernetes plugin", () => {
  const dir = useTempDir();

  it("is the one on PATH, where there is one", async () => {
    const file = join(dir.path, "pulumi-resource-kubernetes");
    await writeFile(file, "#!/bin/sh\n");
    await chmod(file, 0o755);
    const path = `/nowhere:${dir.path}`;
    assert.equal(await pluginPath({ PATH: path, LOCKSTEP_CACHE: dir.path }), path);
  });

  it("is the stand-in, where Pulumi's own cannot be had", async () => {
    const env = { PATH: "/nowhere", LOCKSTEP_CACHE: dir.path, LOCKSTEP_PULUMI_DOWNLOAD: "off" };
    assert.equal(await pluginPath(env), `${standInFolder}:/nowhere`);
  });
});
