// Which PostgreSQL a server is.
import type { Queryable } from "./queryable.ts";

/** A server's version. */
export interface ServerVersion {
  /** Such as `18.4`; without what a packager adds to it. */
  readonly version: string;
  readonly major: number;
}

/** The oldest major version that lockstep is tested on. */
export const OLDEST_MAJOR = 13;

/** Asks the server for its version. Throws pg's errors. */
export async function readServerVersion(queries: Queryable): Promise<ServerVersion> {
  const found = await queries.query<{ number: string }>(
    "SELECT current_setting('server_version_num') AS number",
  );
  return versionOf(Number(found.rows[0]?.number ?? 0));
}

/** The version that `server_version_num` stands for: 180004 is 18.4, since PostgreSQL 10. */
export function versionOf(number: number): ServerVersion {
  const major = Math.floor(number / 10_000);
  return { version: `${String(major)}.${String(number % 10_000)}`, major };
}
