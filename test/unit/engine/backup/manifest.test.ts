import assert from "node:assert/strict";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  MANIFEST_FILE,
  parseManifest,
  readManifest,
  writeManifest,
} from "../../../../engine/backup/manifest.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";
import { sampleManifest } from "./sample.ts";

describe("a backup's manifest", () => {
  const temp = useTempDir();

  it("is read as it was written, from a file for its owner only", async () => {
    const manifest = sampleManifest();
    await writeManifest(temp.path, manifest);
    assert.deepEqual(await readManifest(temp.path), manifest);
    const { mode } = await stat(join(temp.path, MANIFEST_FILE));
    assert.equal(mode & 0o777, 0o600);
  });

  it("missing, is an error that names the folder", async () => {
    await mkdir(join(temp.path, "empty"));
    const error = await failureOf(readManifest(join(temp.path, "empty")));
    assert.equal(error.code, "BACKUP_FAILED");
    assert.equal(error.where, join(temp.path, "empty"));
  });

  it("cut off, is an error that says so", async () => {
    await writeFile(join(temp.path, MANIFEST_FILE), JSON.stringify(sampleManifest()).slice(0, 99));
    const error = await failureOf(readManifest(temp.path));
    assert.equal(error.seen, "it is not JSON");
  });

  it("with a field of the wrong form, is an error that names the field", () => {
    const text = JSON.stringify({ ...sampleManifest(), files: [{ path: "a", bytes: -1 }] });
    assert.throws(() => parseManifest(text, "m.json"), { seen: /^files\.0\.bytes: / });
  });
});
