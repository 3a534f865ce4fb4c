import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesBelow, findDamage, listFiles } from "../../../../engine/backup/checksums.ts";
import { useTempDir } from "../../../support/tempDir.ts";

/** Above the size that is read in one piece. */
const BIG = Buffer.alloc(5 * 1024 * 1024, "lockstep");

describe("checksums of a backup", () => {
  const temp = useTempDir();
  const path = (...names: string[]) => join(temp.path, ...names);

  beforeEach(async () => {
    await mkdir(path("base"));
    await writeFile(path("base", "1"), BIG);
    await writeFile(path("toc"), "contents");
    await writeFile(path("empty"), "");
  });

  it("list each file with size and sha256", async () => {
    const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
    let bytes = 0;
    const files = await listFiles(temp.path, { onBytes: (read) => (bytes = read) });
    assert.deepEqual(files, [
      { path: "base/1", bytes: BIG.length, sha256: sha256(BIG) },
      { path: "empty", bytes: 0, sha256: sha256("") },
      { path: "toc", bytes: 8, sha256: sha256("contents") },
    ]);
    assert.equal(bytes, BIG.length + 8);
    assert.equal(await bytesBelow(temp.path), bytes);
  });

  it("find nothing wrong with what was not touched", async () => {
    assert.deepEqual(await findDamage(temp.path, await listFiles(temp.path)), []);
  });

  const harm: Record<string, { do: () => Promise<void>; found: string }> = {
    "one flipped bit of a big file": {
      do: async () => {
        const changed = Buffer.from(BIG);
        changed.writeUInt8(changed.readUInt8(4_500_000) ^ 1, 4_500_000);
        await writeFile(path("base", "1"), changed);
      },
      found: "base/1: its checksum differs: its content was changed",
    },
    "one flipped bit of a small file": {
      do: () => writeFile(path("toc"), "contentr"),
      found: "toc: its checksum differs: its content was changed",
    },
    "a file cut short": {
      do: () => truncate(path("base", "1"), 100),
      found: `base/1: 100 bytes instead of ${String(BIG.length)}`,
    },
    "a missing file": { do: () => rm(path("empty")), found: "empty: missing" },
    "a missing folder": {
      do: () => rm(path("base"), { recursive: true }),
      found: "base/1: missing",
    },
    "a file too many": {
      do: () => writeFile(path("base", "2"), ""),
      found: "base/2: not part of the backup",
    },
  };
  for (const [what, { do: apply, found }] of Object.entries(harm)) {
    it(`find ${what}`, async () => {
      const files = await listFiles(temp.path);
      await apply();
      assert.deepEqual(await findDamage(temp.path, files), [found]);
    });
  }

  it("stop on abort", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(listFiles(temp.path, { signal }), /enough/);
  });
});
