// Which functions of an expression give another value each time.
import { calledFunctions } from "../dataChange.ts";
import { withoutPublic } from "../names.ts";
import type { Schema } from "./schema.ts";

/** Functions of PostgreSQL that are volatile (pg_proc.provolatile = 'v') and that defaults and checks call. */
const VOLATILE: ReadonlySet<string> = new Set([
  ...["random", "random_normal", "setseed", "clock_timestamp", "timeofday", "nextval", "currval"],
  ...["gen_random_uuid", "uuidv4", "uuidv7", "gen_random_bytes", "gen_salt", "lastval"],
  ...["uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "txid_current", "pg_sleep"],
  ...["pg_current_xact_id", "pg_advisory_lock", "pg_backend_pid", "set_config"],
]);

/** Names of the volatile functions that `expression` calls, a file's own functions among them. */
export function volatileCalls(expression: unknown, schema: Schema): readonly string[] {
  return calledFunctions(expression).filter((name) => {
    const bare = name.split(".").at(-1) ?? name;
    const own = schema.routines.get(withoutPublic(name));
    return own ? own.volatility === "volatile" : VOLATILE.has(bare);
  });
}
