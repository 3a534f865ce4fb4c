// What the server says of itself: is it a standby, what keeps its disk full, who was in the way, how it is set.
import type { Queryable } from "../../queryable.ts";
import type { Asked } from "../asked.ts";
import type { Facts } from "../entry.ts";
import { packageOf } from "../extensions.ts";
import { known, quoteIfNeeded } from "../facts.ts";
import { findNodes } from "../statement.ts";

/**
 * Host and port of the primary that this standby follows: `10.0.0.1:5432`; undefined on a primary, where the standby reads
 * from an archive, and for a role that is not told (pg_read_all_stats is).
 */
export async function readPrimary(client: Queryable): Promise<string | undefined> {
  const { rows } = await client.query<{ host: string | null; port: number | null }>(
    "SELECT sender_host AS host, sender_port AS port FROM pg_catalog.pg_stat_wal_receiver",
  );
  const { host = null, port = null } = rows[0] ?? {};
  return host === null ? undefined : `${host}:${String(port ?? 5432)}`;
}

interface ReadOnlyRow {
  readonly standby: boolean;
  readonly setting: string;
  readonly source: string;
}

/** Facts `primary`, or `readOnlyFrom` and `readOnlyReset`. */
export async function askReadOnly({ client, facts }: Asked): Promise<Facts> {
  const { rows } = await client.query<ReadOnlyRow>(
    `SELECT pg_is_in_recovery() AS standby, setting, source FROM pg_catalog.pg_settings
     WHERE name = 'default_transaction_read_only'`,
  );
  const [row] = rows;
  if (row?.standby) return known("primary", await readPrimary(client));
  if (row?.setting !== "on") return {};
  const { role = "?", database = "?" } = facts;
  const from = {
    user: { what: `the role ${role}`, alter: `ALTER ROLE ${role}` },
    database: { what: `the database ${database}`, alter: `ALTER DATABASE ${database}` },
    "database user": {
      what: `the role ${role} in ${database}`,
      alter: `ALTER ROLE ${role} IN DATABASE ${database}`,
    },
  }[row.source];
  if (from === undefined) {
    return {
      readOnlyFrom: "the server's configuration",
      readOnlyReset:
        "ALTER SYSTEM SET default_transaction_read_only = off;\nSELECT pg_reload_conf();",
    };
  }
  // The administrator's own transactions may be read-only by the same setting.
  const reset = `BEGIN READ WRITE; ${from.alter} RESET default_transaction_read_only; COMMIT;`;
  return { readOnlyFrom: from.what, readOnlyReset: reset };
}

/** Facts `dataDirectory` (for roles that may read it), `slots` and `dropSlots`: idle ones that hold WAL back. */
export async function askDisk({ client }: Asked): Promise<Facts> {
  const { rows } = await client.query<{
    folder: string | null;
    slots: string | null;
    drops: string | null;
  }>(
    `SELECT (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'data_directory') AS folder,
       string_agg(quote_ident(slot_name), ', ' ORDER BY slot_name) AS slots,
       string_agg(format('SELECT pg_drop_replication_slot(%L);', slot_name), E'\\n' ORDER BY slot_name) AS drops
     FROM pg_catalog.pg_replication_slots WHERE NOT active`,
  );
  const { folder, slots, drops } = rows[0] ?? {};
  return {
    ...known("dataDirectory", folder ?? undefined),
    ...known("slots", slots ?? undefined),
    ...known("dropSlots", drops ?? undefined),
  };
}

/** Fact `others`: the sessions that a deadlock's detail names by pid, as far as they are still there. */
export async function askSessions({ client, error }: Asked): Promise<Facts> {
  const pids = [...(error.detail ?? "").matchAll(/\d+/g)].map(([digits]) => Number(digits));
  const { rows } = await client.query<{ who: string }>(
    `SELECT format('%s (%s, %s)', pid, usename, coalesce(nullif(application_name, ''), 'no name')) AS who
     FROM pg_catalog.pg_stat_activity
     WHERE pid = ANY ($1) AND NOT starts_with(application_name, 'lockstep:') ORDER BY pid`,
    [pids.filter((pid) => pid <= MOST_PID)],
  );
  return known("others", rows.map(({ who }) => who).join(", "));
}

/** A pid is an int4. */
const MOST_PID = 2_147_483_647;

const SETTINGS = [
  ...["temp_file_limit", "max_locks_per_transaction", "max_prepared_transactions", "wal_level"],
  ...["work_mem", "maintenance_work_mem"],
];

/** The server's settings that are limits, by name; `more_locks`; of an extension `extension` and `package`. */
export async function askSettings({ client, statement, version }: Asked): Promise<Facts> {
  const { rows } = await client.query<{ name: string; value: string }>(
    "SELECT name, current_setting(name) AS value FROM pg_catalog.pg_settings WHERE name = ANY ($1)",
    [SETTINGS],
  );
  const settings = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const locks = Number(settings.max_locks_per_transaction);
  const [extension] = findNodes<string>(statement?.node, "extname");
  const files = extension && packageOf(extension, Math.trunc(version / 10_000));
  return {
    ...settings,
    ...known("more_locks", Number.isFinite(locks) ? String(locks * 4) : undefined),
    ...known("extension", extension && quoteIfNeeded(extension)),
    ...known("package", files),
  };
}
