// What a role may not do, and what is closed to everybody: privileges and read-only servers.
import type { Entry } from "./entry.ts";

/** SQLSTATE class 42501 and 25006. */
export const ACCESS: readonly Entry[] = [
  {
    id: "missing-privilege",
    codes: ["42501"],
    ask: "grants",
    likely: ["role {role} lacks {lacks}", "the role may not do this"],
    next: [
      "as {admin}:\n{grants}",
      "let {admin} run this statement: no GRANT gives the right to",
      "let the object's owner run it, or have the owner: GRANT <owner> TO <this role>",
    ],
  },
  {
    id: "read-only",
    codes: ["25006"],
    ask: "readOnly",
    likely: [
      "this server is a read-only standby of {primary}",
      "{readOnlyFrom} makes transactions read-only",
      "this server is a read-only standby, or the session is read-only",
    ],
    next: [
      "point DATABASE_URL at the primary, {primary}",
      "as an administrator:\n{readOnlyReset}",
      "point DATABASE_URL at the primary",
    ],
  },
];
