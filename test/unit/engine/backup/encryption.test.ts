import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ensureKeyFits, readBackupKey } from "../../../../engine/backup/backupKey.ts";
import { decryptFile, encryptFile } from "../../../../engine/backup/encryption.ts";
import { useTempDir } from "../../../support/tempDir.ts";

const KEY = randomBytes(32);
const CHUNK = 64 * 1024;
const SEALED = CHUNK + 16;
const HEAD = 15 + 32;

describe("an encrypted file", () => {
  const temp = useTempDir();
  const at = (name: string) => join(temp.path, name);
  const sealing = { key: KEY, path: "a/b.dat" };

  async function seal(plain: Buffer): Promise<Buffer> {
    await writeFile(at("plain"), plain);
    await encryptFile(at("plain"), at("sealed"), sealing);
    return readFile(at("sealed"));
  }

  for (const bytes of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 40 * CHUNK + 7]) {
    it(`of ${String(bytes)} bytes comes back`, async () => {
      const plain = randomBytes(bytes);
      const sealed = await seal(plain);
      assert.equal(sealed.length, HEAD + bytes + 16 * Math.max(1, Math.ceil(bytes / CHUNK)));
      await decryptFile(at("sealed"), at("again"), sealing);
      assert.ok((await readFile(at("again"))).equals(plain));
    });
  }

  it("never looks the same twice", async () => {
    const plain = Buffer.alloc(100);
    assert.ok(!(await seal(plain)).equals(await seal(plain)));
  });

  it("does not open once anything of it was changed", async () => {
    const whole = await seal(randomBytes(3 * CHUNK));
    const flip = (index: number) => {
      const copy = Buffer.from(whole);
      copy.writeUInt8(copy.readUInt8(index) ^ 1, index);
      return copy;
    };
    const [first, second, third] = [0, 1, 2].map((n) =>
      whole.subarray(HEAD + n * SEALED, HEAD + (n + 1) * SEALED),
    ) as [Buffer, Buffer, Buffer];
    const head = whole.subarray(0, HEAD);
    const cases: Readonly<Record<string, Buffer>> = {
      "the mark": flip(3),
      "the salt": flip(20),
      "the first byte": flip(HEAD),
      "the last byte": flip(whole.length - 1),
      "cut in a chunk": whole.subarray(0, whole.length - 5),
      "cut behind a chunk": Buffer.concat([head, first, second]),
      "no chunk at all": head,
      "cut in the head": whole.subarray(0, 20),
      "chunks in another order": Buffer.concat([head, second, first, third]),
      "a chunk left out": Buffer.concat([head, first, third]),
      "a chunk twice": Buffer.concat([head, first, first, second, third]),
      "something behind": Buffer.concat([whole, Buffer.alloc(40)]),
      "not encrypted": Buffer.from("PGDMP".repeat(100)),
    };
    for (const [what, content] of Object.entries(cases)) {
      await writeFile(at("bad"), content);
      await assert.rejects(decryptFile(at("bad"), at("out"), sealing), Error, what);
    }
  });

  it("does not open with another key or under another name", async () => {
    await seal(Buffer.from("rows"));
    const other = { ...sealing, key: randomBytes(32) };
    await assert.rejects(decryptFile(at("sealed"), at("out"), other), /does not open/);
    const moved = { ...sealing, path: "a/c.dat" };
    await assert.rejects(decryptFile(at("sealed"), at("out"), moved), /does not open/);
  });
});

describe("readBackupKey", () => {
  it("takes 32 bytes in base64 or hex, and tells keys apart without showing them", () => {
    const base64 = readBackupKey({ LOCKSTEP_BACKUP_KEY: KEY.toString("base64") });
    const hex = readBackupKey({ LOCKSTEP_BACKUP_KEY: `${KEY.toString("hex")}\n` });
    assert.ok(base64);
    assert.ok(base64.bytes.equals(KEY));
    assert.equal(base64.id, hex?.id);
    assert.equal(readBackupKey({ LOCKSTEP_BACKUP_KEY: "" }), undefined);
    const other = readBackupKey({ LOCKSTEP_BACKUP_KEY: randomBytes(32).toString("hex") });
    assert.throws(() => ensureKeyFits(base64.id, other), /encrypted with another key/);
    assert.throws(() => ensureKeyFits(base64.id, undefined), /no key is set/);
    assert.equal(ensureKeyFits(undefined, base64), undefined);
  });

  it("refuses a password, and does not repeat it", () => {
    assert.throws(
      () => readBackupKey({ LOCKSTEP_BACKUP_KEY: "correct horse" }),
      (error: Error) => !JSON.stringify(error).includes("horse") && /no key/.test(error.message),
    );
  });
});
