// What PostgreSQL keeps of a password, made here: so that the password itself is in no statement and no server log.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** PostgreSQL's own number of rounds; RFC 7677 asks for no fewer. */
const ITERATIONS = 4096;

/**
 * The SCRAM-SHA-256 secret of `password` in the form of pg_authid (RFC 5803), which CREATE ROLE takes as it is.
 * @param password ASCII only: other characters would need SASLprep first.
 */
export function scramSecret(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const serverKey = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${String(ITERATIONS)}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
