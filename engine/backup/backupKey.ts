// The key that backups are encrypted with: 32 random bytes that come by the environment, known in manifests by a fingerprint only.
import { createHmac } from "node:crypto";
import { LockstepError } from "../errors/lockstepError.ts";

/** Where the key is given. */
const KEY_VARIABLE = "LOCKSTEP_BACKUP_KEY";
const KEY_BYTES = 32;

/** A key that can be used. `bytes` is secret: never print or store it. */
export interface BackupKey {
  readonly bytes: Buffer;
  /** Tells keys apart and says nothing of them. */
  readonly id: string;
}

/**
 * The key in `env`; undefined where none is set.
 * @throws LockstepError CONFIG for text that is no key; it is not shown.
 */
export function readBackupKey(
  env: Readonly<Record<string, string | undefined>>,
): BackupKey | undefined {
  const text = env[KEY_VARIABLE]?.trim();
  if (!text) return undefined;
  const isHex = /^[0-9a-f]{64}$/i.test(text);
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
  if (!isHex && !isBase64) {
    throw new LockstepError("CONFIG", "The key for backups is no key", {
      where: KEY_VARIABLE,
      seen: `${String(text.length)} characters`,
      likely: "it is a password or cut off; a key is 32 random bytes, in base64 or hex",
      next: "make one with: openssl rand -base64 32",
    });
  }
  const bytes = Buffer.from(text, isHex ? "hex" : "base64url");
  if (bytes.length !== KEY_BYTES) throw new Error("a checked key has the wrong length");
  const id = createHmac("sha256", bytes).update("lockstep backup key").digest("hex").slice(0, 16);
  return { bytes, id };
}

/**
 * Holds `key` to what a backup was encrypted with; `id` is that key's, undefined where the backup is not encrypted.
 * @throws LockstepError BACKUP_FAILED where the key is missing or another one.
 */
export function ensureKeyFits(
  id: string | undefined,
  key: BackupKey | undefined,
): BackupKey | undefined {
  if (id === undefined) return undefined;
  if (key?.id === id) return key;
  throw new LockstepError(
    "BACKUP_FAILED",
    key ? "The backup is encrypted with another key" : "The backup is encrypted, and no key is set",
    {
      seen: key ? `key ${id} is needed, ${key.id} is set` : `key ${id} is needed`,
      likely: key
        ? "the key was changed since; older backups need the older one"
        : `${KEY_VARIABLE} is not set here`,
      next: `export ${KEY_VARIABLE}=…`,
    },
  );
}
