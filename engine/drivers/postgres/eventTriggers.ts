// Whether code of somebody's runs at every definition: it could change the session.
import type { Queryable } from "./queryable.ts";

/** Whether this database has event triggers, enabled or not. */
export async function hasEventTriggers(queries: Queryable): Promise<boolean> {
  const found = await queries.query("SELECT FROM pg_catalog.pg_event_trigger LIMIT 1");
  return found.rows.length > 0;
}
