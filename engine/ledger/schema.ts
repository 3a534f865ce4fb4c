// The ledger's tables in the target database: the one truth about what was applied, released and proven.
import type { ClientBase } from "pg";
import { DatabaseError } from "pg";
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import { MAINTENANCE } from "../maintenance/table.ts";
import { SOAK } from "../soak/soakTables.ts";
import { AUDIT } from "./audit.ts";

/** The ledger's own format; raised with each change of the tables below. */
const LEDGER_VERSION = 5;

/** The format that first had soaking objects. */
export const SOAK_SINCE = 5;

/**
 * Each row of the history is bound to the one before it, and the last one to the head, which is kept
 * apart: so a row that was changed, put in or taken away behind lockstep's back shows (chain.ts).
 * Adding a row moves the head; taking rows back and repairs bind the rest anew by `relink`.
 */
const CHAIN = `
INSERT INTO lockstep.setting (key, value) VALUES ('chain', '""');

CREATE FUNCTION lockstep.link_of(previous text, number numeric, label text, name text, stage text, checksum text)
RETURNS text LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $link$
  SELECT encode(sha256(convert_to(concat_ws(E'\\n', previous, number, label, name, stage, checksum), 'UTF8')), 'hex')
$link$;

CREATE FUNCTION lockstep.next_link(new_number numeric, label text, name text, stage text, checksum text)
RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog AS $next$
DECLARE
  head text;
BEGIN
  SELECT m.link INTO head FROM lockstep.migration m WHERE m.number = new_number;
  IF FOUND THEN
    RETURN head;
  END IF;
  SELECT s.value #>> '{}' INTO head FROM lockstep.setting s WHERE s.key = 'chain' FOR UPDATE;
  head := lockstep.link_of(head, new_number, label, name, stage, checksum);
  UPDATE lockstep.setting s SET value = to_jsonb(head) WHERE s.key = 'chain';
  RETURN head;
END $next$;

CREATE FUNCTION lockstep.relink() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $relink$
DECLARE
  head text := '';
  m record;
BEGIN
  FOR m IN SELECT * FROM lockstep.migration ORDER BY seq LOOP
    head := lockstep.link_of(head, m.number, m.label, m.name, m.stage, m.checksum);
    UPDATE lockstep.migration SET link = head WHERE number = m.number AND link <> head;
  END LOOP;
  UPDATE lockstep.setting SET value = to_jsonb(head) WHERE key = 'chain';
END $relink$;
`;

/**
 * Names of constraints say what they keep true. `lease.token` is UNIQUE because a transaction that
 * holds FOR KEY SHARE on its row must let the heartbeat pass and make a takeover wait (ENGINE.md rule 1).
 */
const CREATE = `
CREATE SCHEMA lockstep;
COMMENT ON SCHEMA lockstep IS 'What lockstep applied and released here. Written by lockstep only.';

CREATE TABLE lockstep.version (format integer NOT NULL);
INSERT INTO lockstep.version VALUES (${String(LEDGER_VERSION)});

CREATE SEQUENCE lockstep.lease_token;
CREATE TABLE lockstep.lease (
  name text PRIMARY KEY,
  token bigint NOT NULL UNIQUE,
  held boolean NOT NULL,
  holder text NOT NULL,
  doing text NOT NULL,
  beat bigint NOT NULL,
  ttl_ms integer NOT NULL,
  since timestamptz NOT NULL
);
INSERT INTO lockstep.lease VALUES ('runner', 0, false, '', '', 0, 0, now());

CREATE FUNCTION lockstep.assert_lease(expected bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $assert$
BEGIN
  PERFORM 1 FROM lockstep.lease WHERE token = expected AND held FOR KEY SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'lease % is no longer held', expected USING ERRCODE = 'LS001';
  END IF;
END $assert$;

CREATE TABLE lockstep.migration (
  number numeric PRIMARY KEY,
  label text NOT NULL,
  name text NOT NULL,
  stage text NOT NULL CHECK (stage IN ('expand', 'contract')),
  checksum text NOT NULL,
  state text NOT NULL CHECK (state IN ('running', 'applied')),
  baseline boolean NOT NULL DEFAULT false,
  release text,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  applied_by text NOT NULL DEFAULT session_user,
  duration_ms integer NOT NULL DEFAULT 0,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  link text NOT NULL DEFAULT '',
  content text NOT NULL DEFAULT '',
  substituted text
);

CREATE TABLE lockstep.statement (
  number numeric NOT NULL REFERENCES lockstep.migration ON DELETE CASCADE,
  position integer NOT NULL,
  state text NOT NULL CHECK (state IN ('started', 'done')),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (number, position)
);

CREATE TABLE lockstep.backfill (
  number numeric PRIMARY KEY REFERENCES lockstep.migration ON DELETE CASCADE,
  position text,
  walked boolean NOT NULL DEFAULT false,
  rows bigint NOT NULL DEFAULT 0,
  remaining text NOT NULL,
  settled boolean NOT NULL DEFAULT false
);

CREATE TABLE lockstep.release (
  digest text PRIMARY KEY,
  label text NOT NULL,
  state text NOT NULL
    CHECK (state IN ('active', 'failed', 'verified', 'rolledBack', 'abandoned')),
  rollbacks integer NOT NULL DEFAULT 0,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX only_one_active ON lockstep.release ((true)) WHERE state = 'active';

CREATE TABLE lockstep.setting (key text PRIMARY KEY, value jsonb NOT NULL);

CREATE TABLE lockstep.event (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  release text,
  kind text NOT NULL,
  data jsonb NOT NULL
);
CREATE INDEX event_of_release ON lockstep.event (release, kind, seq DESC);
${CHAIN}
${AUDIT}
${MAINTENANCE}
${SOAK}`;

/** What turns a ledger of one format into the next. */
const UPGRADES: ReadonlyMap<number, string> = new Map([
  [
    1,
    `ALTER TABLE lockstep.migration ADD COLUMN link text NOT NULL DEFAULT '', ADD COLUMN content text NOT NULL DEFAULT '', ADD COLUMN substituted text;
ALTER TABLE lockstep.statement DROP CONSTRAINT statement_number_fkey;
ALTER TABLE lockstep.backfill DROP CONSTRAINT backfill_number_fkey;
ALTER TABLE lockstep.migration ALTER number TYPE numeric;
ALTER TABLE lockstep.statement ALTER number TYPE numeric, ADD CONSTRAINT statement_number_fkey FOREIGN KEY (number) REFERENCES lockstep.migration ON DELETE CASCADE;
ALTER TABLE lockstep.backfill ALTER number TYPE numeric, ADD CONSTRAINT backfill_number_fkey FOREIGN KEY (number) REFERENCES lockstep.migration ON DELETE CASCADE;
${CHAIN}
SELECT lockstep.relink();
UPDATE lockstep.version SET format = 2;`,
  ],
  [
    2,
    `${AUDIT}
UPDATE lockstep.version SET format = 3;`,
  ],
  [
    3,
    `${MAINTENANCE}
UPDATE lockstep.version SET format = 4;`,
  ],
  [
    4,
    `${SOAK}
UPDATE lockstep.version SET format = 5;`,
  ],
]);

interface Look {
  readonly there: boolean;
  readonly readable: boolean;
  readonly role: string;
}

/**
 * Whether this database has a ledger that this role may read. Asked of the tables themselves:
 * to_regclass answers from the session's cache, which still says no after a wait for the runner that
 * made it, and fails for a role that may not use the schema.
 * @throws LockstepError PRIVILEGE with the GRANT when there is one that the role may not read.
 */
export async function hasLedger(client: Queryable): Promise<boolean> {
  const found = await client.query<Look>(
    `SELECT count(c.oid) > 0 AS there, quote_ident(current_user) AS role,
       coalesce(bool_and(has_schema_privilege(n.oid, 'USAGE')
         AND has_table_privilege(c.oid, 'SELECT')), true) AS readable
     FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
     WHERE n.nspname = 'lockstep' AND c.relname = 'migration'`,
  );
  const { there = false, readable = true, role = "" } = found.rows[0] ?? {};
  if (readable) return there;
  throw new LockstepError("PRIVILEGE", `Role ${role} may not read the ledger`, {
    where: "schema lockstep",
    likely: "the ledger was made by another role",
    next: `as its owner:\n${ledgerGrants(role).join("\n")}`,
    sqlstate: "42501",
  });
}

/** What a role needs to work with a ledger that another one made. `role` is a quoted identifier. */
export function ledgerGrants(role: string): readonly string[] {
  return [
    `GRANT USAGE ON SCHEMA lockstep TO ${role};`,
    `GRANT ALL ON ALL TABLES IN SCHEMA lockstep TO ${role};`,
    `GRANT ALL ON ALL SEQUENCES IN SCHEMA lockstep TO ${role};`,
  ];
}

/** IF NOT EXISTS alone does not survive a race; the lock is gone with the transaction, also behind a pooler. */
const BEGIN_CREATE = ["BEGIN", "SELECT pg_advisory_xact_lock(hashtext('lockstep.ledger'))"];

/** What is sent where there is no ledger, message by message. */
export const MAKE_LEDGER: readonly string[] = [...BEGIN_CREATE, CREATE, "COMMIT"];

/**
 * Makes the ledger where there is none. Two runners at once make one.
 * @throws LockstepError PRIVILEGE with the GRANT when the role may not create a schema; CONFIG when
 * the ledger was written by a newer lockstep.
 */
export async function ensureLedger(client: ClientBase): Promise<void> {
  if ((await hasLedger(client)) && (await ensureKnownVersion(client)) === LEDGER_VERSION) return;
  try {
    for (const command of BEGIN_CREATE) await client.query(command);
    if (await hasLedger(client)) await upgrade(client);
    else await client.query(CREATE);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    if (error instanceof DatabaseError && error.code === "42501")
      throw await noSchemaPrivilege(client, error);
    throw error;
  }
}

async function upgrade(client: ClientBase): Promise<void> {
  for (let from = await ensureKnownVersion(client); from < LEDGER_VERSION; from += 1) {
    await client.query(UPGRADES.get(from) ?? "");
  }
}

/**
 * Refuses a ledger of a newer format, before anything else in it is read. Older ones can be read; the
 * next run that writes brings them up to date.
 * @returns the format.
 * @throws LockstepError CONFIG
 */
export async function ensureKnownVersion(client: Queryable): Promise<number> {
  const found = await client.query<{ format: number }>("SELECT format FROM lockstep.version");
  const format = found.rows[0]?.format ?? 0;
  if (format >= 1 && format <= LEDGER_VERSION) return format;
  throw new LockstepError("CONFIG", "The ledger was written by another version of lockstep", {
    where: "lockstep.version",
    seen: `format ${String(format)}, this lockstep reads up to ${String(LEDGER_VERSION)}`,
    next: "use the newest lockstep everywhere",
  });
}

async function noSchemaPrivilege(client: ClientBase, cause: DatabaseError): Promise<LockstepError> {
  const who = await client.query<{ role: string; database: string }>(
    "SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database",
  );
  const { role = "", database = "" } = who.rows[0] ?? {};
  return new LockstepError("PRIVILEGE", "This role may not create the ledger's schema", {
    where: `database ${database}, role ${role}`,
    seen: cause.message,
    likely: "the role lacks CREATE on the database",
    next: `as the database's owner: GRANT CREATE ON DATABASE ${database} TO ${role};`,
    sqlstate: "42501",
    cause,
  });
}
