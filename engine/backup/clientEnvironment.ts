// How PostgreSQL's own programs are told where to connect: by their environment alone, since an argument list is visible to all.
import type { DatabaseTarget } from "../drivers/postgres/target.ts";

/** URL parameters that libpq also takes from the environment. */
const PARAMETERS: Readonly<Record<string, string>> = {
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
  channel_binding: "PGCHANNELBINDING",
  options: "PGOPTIONS",
};

/** Of our own environment, what a child needs and may see. */
const PASSED_ON = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] as const;

/** Environment of a child that is to connect to `target`. Holds the password. */
export function clientEnvironment(
  target: DatabaseTarget,
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const url = new URL(target.url);
  const password = decodeURIComponent(url.password) || url.searchParams.get("password");
  const result: Record<string, string> = {
    ...bareEnvironment(env),
    PGHOST: url.searchParams.get("host") ?? target.host.replace(/^\[|\]$/g, ""),
    PGPORT: url.searchParams.get("port") ?? String(target.port),
    PGUSER: target.user,
    PGDATABASE: target.database,
    PGAPPNAME: "lockstep:backup",
    PGCONNECT_TIMEOUT: "10",
  };
  if (password) result.PGPASSWORD = password;
  for (const [parameter, variable] of Object.entries(PARAMETERS)) {
    const value = url.searchParams.get(parameter);
    if (value !== null) result[variable] = value;
  }
  return result;
}

/** What every child gets: no secret of ours, and messages in English. */
export function bareEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const result: Record<string, string> = { LC_ALL: "C", TZ: "UTC" };
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value !== undefined) result[name] = value;
  }
  return result;
}
