// Files encrypted in chunks with AES-256-GCM, each under a key of its own, so that none can be changed, cut, swapped or continued unseen.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

// A file is MAGIC, a salt, and chunks of ciphertext with their tags. Its key is derived from the backup's key, the salt and the file's
// path. A chunk's nonce is its number and whether it is the last one (the STREAM construction, as in age and libsodium): so chunks
// can be neither reordered nor left out, and a file cut at a chunk's end has no last one. No nonce is ever used twice under one key.
const MAGIC = Buffer.from("lockstep-enc-1\n");
const SALT_BYTES = 32;
const HEAD_BYTES = MAGIC.length + SALT_BYTES;
const TAG_BYTES = 16;
/** Plain bytes of a chunk. */
const CHUNK_BYTES = 64 * 1024;
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;
/** What encrypted files are called beside their own name. */
export const ENCRYPTED_SUFFIX = ".enc";

/** A file's place in its backup, and the backup's key. */
export interface Sealing {
  readonly key: Buffer;
  /** Relative, as in the manifest but for the suffix: a file under another name does not open. */
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
}

/** Encrypts the file `from` into `to`, mode 0600. */
export async function encryptFile(from: string, to: string, sealing: Sealing): Promise<void> {
  const salt = randomBytes(SALT_BYTES);
  const key = fileKey(sealing, salt);
  let number = 0;
  const seal = (plain: Buffer, isLast: boolean) => {
    const cipher = createCipheriv("aes-256-gcm", key, nonceOf(number++, isLast));
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
  await pipeline(
    createReadStream(from, { highWaterMark: 1 << 20 }),
    inChunks(CHUNK_BYTES, seal, Buffer.concat([MAGIC, salt])),
    createWriteStream(to, { mode: 0o600 }),
    sealing.signal ? { signal: sealing.signal } : {},
  );
}

/**
 * Decrypts the file `from` into `to`, mode 0600. Throws an Error that says what is wrong for a file that was changed or cut, or
 * that another key or path belongs to.
 */
export async function decryptFile(from: string, to: string, sealing: Sealing): Promise<void> {
  let head: Buffer = Buffer.alloc(0);
  let key: Buffer = Buffer.alloc(0);
  let number = 0;
  const open = (sealed: Buffer, isLast: boolean) => {
    if (sealed.length < TAG_BYTES) throw new Error("it is cut off");
    const decipher = createDecipheriv("aes-256-gcm", key, nonceOf(number++, isLast), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
    try {
      decipher.final();
    } catch {
      throw new Error(
        "it does not open: its content was changed or cut, or it is another backup's",
      );
    }
    return plain;
  };
  const withoutHead = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (key.length > 0) {
        done(null, chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      if (head.length < HEAD_BYTES) {
        done();
        return;
      }
      if (!head.subarray(0, MAGIC.length).equals(MAGIC)) {
        done(new Error("it is not encrypted as a backup of lockstep's"));
        return;
      }
      key = fileKey(sealing, head.subarray(MAGIC.length, HEAD_BYTES));
      done(null, head.subarray(HEAD_BYTES));
    },
    flush(done) {
      done(key.length > 0 ? null : new Error("it is cut off"));
    },
  });
  await pipeline(
    createReadStream(from, { highWaterMark: 1 << 20 }),
    withoutHead,
    inChunks(SEALED_BYTES, open),
    createWriteStream(to, { mode: 0o600 }),
    sealing.signal ? { signal: sealing.signal } : {},
  );
}

function fileKey({ key, path }: Sealing, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, `lockstep backup file ${path}`, 32));
}

/** 12 bytes: zeros, the chunk's number, 1 for the last. */
function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(number), 3);
  nonce.writeUInt8(isLast ? 1 : 0, 11);
  return nonce;
}

/** Hands on pieces of exactly `size` bytes; the last one, which may be shorter or empty, is told apart. */
function inChunks(
  size: number,
  each: (piece: Buffer, isLast: boolean) => Buffer,
  before?: Buffer,
): Transform {
  let rest: Buffer = Buffer.alloc(0);
  return new Transform({
    construct(done) {
      if (before) this.push(before);
      done();
    },
    transform(chunk: Buffer, _encoding, done) {
      try {
        let all = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
        // One is held back: only the end tells whether it is the last.
        while (all.length > size) {
          this.push(each(all.subarray(0, size), false));
          all = all.subarray(size);
        }
        rest = all;
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      try {
        done(null, each(rest, true));
      } catch (error) {
        done(error as Error);
      }
    },
  });
}
