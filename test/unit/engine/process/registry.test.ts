// The record of a process, and names that become file names.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readRecord, readRecords } from "../../../../engine/process/registry.ts";
import { processPaths, releaseIdOf } from "../../../../engine/process/spec.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";

const ID = { project: "vault", stack: "test", name: "app" };

describe("readRecord", () => {
  useLockstepHome();

  it("is empty where nothing was remembered", async () => {
    assert.equal((await readRecord(ID)).current, null);
    assert.deepEqual(await readRecords("vault", "test"), []);
  });

  it("does not guess at a damaged file: it says where it is and how to go on", async () => {
    const path = processPaths(ID).registry;
    await mkdir(dirname(path), { recursive: true });
    for (const text of ["", "{", '{"format":2}']) {
      await writeFile(path, text);
      const error = await failureOf(readRecord(ID));
      assert.equal(error.where, path);
      assert.match(error.next ?? "", /^move it away/);
    }
  });
});

describe("processPaths", () => {
  it("takes no name that would lead out of lockstep's folder", () => {
    for (const name of ["", ".", "..", "a/b", "../x", "a b", "-x"]) {
      assert.throws(() => processPaths({ ...ID, name }), { code: "CONFIG" }, name);
      assert.throws(() => processPaths({ ...ID, stack: name }), { code: "CONFIG" }, name);
    }
  });
});

describe("releaseIdOf", () => {
  it("is the label and twelve digits of the digest", () => {
    const digest = "3f9c2ab41c07".padEnd(64, "e");
    assert.equal(releaseIdOf({ label: "1.1", digest }), "1.1-3f9c2ab41c07");
  });
});
