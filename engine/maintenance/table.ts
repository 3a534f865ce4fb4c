// The ledger's table of who has the app in maintenance.

/**
 * A row is there while somebody wants the app to be away: one of a person's, one of a release's, so that neither switches off
 * what the other one has switched on. `until` is the server's time from which on the row no longer counts; NULL: never. A
 * release's is moved on by its lease's heartbeat, so a killed runner's row ends by itself.
 */
export const MAINTENANCE = `
CREATE TABLE lockstep.maintenance (
  held_by text PRIMARY KEY CHECK (held_by IN ('person', 'release')),
  who text NOT NULL,
  release text,
  reason text NOT NULL,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  until timestamptz
);
COMMENT ON TABLE lockstep.maintenance IS 'While a row with until in the future or NULL is here, the app answers 503. Its role needs USAGE on the schema and SELECT on this table.';
`;
