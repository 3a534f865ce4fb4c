// How long what follows in a session may wait for a lock.
import { shown, type Placeholder } from "./placeholder.ts";

/** States it, ms; 0 for as long as it takes. */
export function lockTimeoutSql(ms: number | Placeholder): string {
  return `SET lock_timeout = ${shown(typeof ms === "number" ? Math.round(ms) : ms)}`;
}
