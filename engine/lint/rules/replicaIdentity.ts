// Points at tables that logical replication carries over differently.
import type { LintRule } from "./rule.ts";

/** REPLICA IDENTITY NOTHING or FULL. */
export const replicaIdentityRule: LintRule = {
  id: "replica-identity",
  category: "correctness",
  level: "info",
  title: "REPLICA IDENTITY NOTHING or FULL",
  why: "With NOTHING published updates and deletes fail; with FULL each writes the whole old row to the WAL.",
  instead: "DEFAULT, or USING INDEX.",
  alter: ({ command, table }) => {
    if (command.subtype !== "AT_ReplicaIdentity" || !command.def) return undefined;
    const kind =
      "ReplicaIdentityStmt" in command.def ? command.def.ReplicaIdentityStmt.identity_type : "";
    if (kind !== "n" && kind !== "f") return undefined;
    return {
      message:
        kind === "n"
          ? `published updates and deletes of ${table} fail from now on`
          : `every update and delete of ${table} writes the whole old row to the WAL`,
      remedy: "use DEFAULT or USING INDEX",
    };
  },
};
