// Secrets of the tests' own making, by whose beginning the end of a run finds them where they should not be.
import { randomBytes } from "node:crypto";

/** A new password or token. The whole run fails where one is in a file or an argument (toolchain/secretWatch.mjs). */
export function makeTestSecret(): string {
  const mark = process.env.LOCKSTEP_TEST_MARK ?? "secret-of-a-test";
  return `${mark}-${randomBytes(6).toString("hex")}`;
}
