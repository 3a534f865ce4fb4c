// Installed npm packages are recognised as current or not, by stamp and by content.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  areDependenciesCurrent,
  ensureNodeVersion,
  isInstalled,
} from "../../../toolchain/dependencies.mjs";
import { minimumNodeVersion } from "../../../toolchain/pins.mjs";
import { makeTempDir } from "../../support/tempDir.ts";

const lockOf = (packages: Record<string, object>): string =>
  JSON.stringify({ lockfileVersion: 3, packages });
const wanted = lockOf({
  "": { name: "pulumi-lockstep" },
  "node_modules/a": { version: "1.0.0" },
  "node_modules/other-platform": { version: "2.0.0", optional: true },
});

describe("toolchain/dependencies", () => {
  it("takes what holds every package in its version as installed", () => {
    assert.equal(isInstalled(wanted, lockOf({ "node_modules/a": { version: "1.0.0" } })), true);
  });

  it("sees a missing, another and a superfluous package", () => {
    assert.equal(isInstalled(wanted, lockOf({})), false);
    assert.equal(isInstalled(wanted, lockOf({ "node_modules/a": { version: "1.0.1" } })), false);
    const more = { "node_modules/a": { version: "1.0.0" }, "node_modules/b": { version: "1.0.0" } };
    assert.equal(isInstalled(wanted, lockOf(more)), false);
    assert.equal(isInstalled(wanted, "{ half a file"), false);
  });

  it("stamps a current folder, and distrusts the stamp once the lock file has changed", async () => {
    const folder = await makeTempDir();
    await mkdir(join(folder, "node_modules"));
    await writeFile(join(folder, "package-lock.json"), wanted);
    assert.equal(areDependenciesCurrent(folder), false);
    const installed = join(folder, "node_modules", ".package-lock.json");
    await writeFile(installed, lockOf({ "node_modules/a": { version: "1.0.0" } }));
    assert.equal(areDependenciesCurrent(folder), true);
    assert.match(
      await readFile(join(folder, "node_modules", ".lockstep-lock-hash"), "utf8"),
      /^[0-9a-f]{64}$/,
    );
    await writeFile(join(folder, "package-lock.json"), wanted.replace("1.0.0", "1.1.0"));
    assert.equal(areDependenciesCurrent(folder), false);
  });

  it("has nothing to install in a package without a lock file", async () => {
    assert.equal(areDependenciesCurrent(await makeTempDir()), true);
  });

  it("refuses an old Node.js with both versions and a remedy", () => {
    ensureNodeVersion(`v${minimumNodeVersion}`);
    assert.throws(() => {
      ensureNodeVersion("v18.20.4");
    }, /v18\.20\.4 is too old: lockstep needs 20\.19\.0[^]*remedy/);
  });

  it("asks for the same Node.js as package.json", async () => {
    const manifest = JSON.parse(
      await readFile(new URL("../../../package.json", import.meta.url), "utf8"),
    ) as {
      engines: { node: string };
    };
    assert.equal(`${manifest.engines.node}.0`, `>=${minimumNodeVersion}`);
  });
});
