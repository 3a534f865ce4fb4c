// Which Pulumi CLI is taken, and under which name a fetched one is kept.
import assert from "node:assert/strict";
import { pulumiVersion } from "../../../toolchain/pins.mjs";
import { cachedCliFolder, chooseCli } from "../../../toolchain/pulumiCli.mjs";

describe("toolchain/pulumiCli", () => {
  it("takes the one on PATH where it is new enough", () => {
    assert.equal(chooseCli({ onPath: "v3.245.0", official: true, built: true }), "path");
    assert.equal(chooseCli({ onPath: "v3.260.1" }), "path");
  });

  it("passes over one that is too old or does not tell its version", () => {
    assert.equal(chooseCli({ onPath: "v3.244.0", built: true }), "built");
    assert.equal(chooseCli({ onPath: "", official: true }), "official");
    assert.equal(chooseCli({ onPath: "v3.99.0" }), "get");
  });

  it("prefers the official one to one of its own making", () => {
    assert.equal(chooseCli({ official: true, built: true }), "official");
    assert.equal(chooseCli({}), "get");
  });

  it("keeps version, source and machine in the cache's folder name", () => {
    const folder = cachedCliFolder("built", "/cache");
    assert.equal(
      folder,
      `/cache/pulumi-${pulumiVersion}-built-${process.platform}-${process.arch}`,
    );
    assert.notEqual(folder, cachedCliFolder("official", "/cache"));
  });
});
