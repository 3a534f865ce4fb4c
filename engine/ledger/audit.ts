// The SQL that makes the ledger's events an audit trail: each bound to the one before it, none to be changed or taken away.

/** The row of lockstep.setting that holds the last event's link, apart from it. */
export const EVENTS_KEY = "events";

/**
 * What an event's link covers, of a row `e` after the link `previous`. Its time is written out in UTC with microseconds, so
 * that neither a session's settings nor a server's major version changes it.
 */
export function eventLinkSql(e: string, previous: string): string {
  const at = `to_char(${e}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`;
  const parts = `${previous}, ${e}.seq, ${at}, coalesce(${e}.release, ''), ${e}.kind, ${e}.data`;
  return `encode(sha256(convert_to(concat_ws(E'\\n', ${parts}), 'UTF8')), 'hex')`;
}

/** Binds the rows that are there, and from then on each new one; refuses every other change. */
export const AUDIT = `
ALTER TABLE lockstep.event ADD COLUMN link text NOT NULL DEFAULT '';

DO $relink$
DECLARE
  head text := '';
  e lockstep.event;
BEGIN
  FOR e IN SELECT * FROM lockstep.event ORDER BY seq LOOP
    head := ${eventLinkSql("e", "head")};
    UPDATE lockstep.event SET link = head WHERE seq = e.seq;
  END LOOP;
  INSERT INTO lockstep.setting (key, value) VALUES ('${EVENTS_KEY}', to_jsonb(head));
END $relink$;

CREATE FUNCTION lockstep.chain_event() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $chain$
DECLARE
  head text;
BEGIN
  -- Two writers come one after the other here, so the number is given only now: order and chain are one.
  SELECT s.value #>> '{}' INTO head FROM lockstep.setting s WHERE s.key = '${EVENTS_KEY}' FOR UPDATE;
  NEW.seq := nextval(pg_get_serial_sequence('lockstep.event', 'seq'));
  NEW.link := ${eventLinkSql("NEW", "coalesce(head, '')")};
  INSERT INTO lockstep.setting AS s (key, value) VALUES ('${EVENTS_KEY}', to_jsonb(NEW.link))
    ON CONFLICT (key) DO UPDATE SET value = excluded.value;
  RETURN NEW;
END $chain$;
CREATE TRIGGER chain BEFORE INSERT ON lockstep.event
  FOR EACH ROW EXECUTE FUNCTION lockstep.chain_event();

CREATE FUNCTION lockstep.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $refuse$
BEGIN
  RAISE EXCEPTION 'lockstep.event is append-only: % is refused', TG_OP
    USING ERRCODE = 'LS002', HINT = 'Events are what lockstep proves and what an audit reads.';
END $refuse$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON lockstep.event
  FOR EACH ROW EXECUTE FUNCTION lockstep.refuse_change();
CREATE TRIGGER append_only_table BEFORE TRUNCATE ON lockstep.event
  FOR EACH STATEMENT EXECUTE FUNCTION lockstep.refuse_change();
`;
