// Points at changes of the server.
import type { LintRule } from "./rule.ts";

/** ALTER SYSTEM. */
export const alterSystemRule: LintRule = {
  id: "alter-system",
  category: "correctness",
  level: "warning",
  title: "ALTER SYSTEM",
  why: "It changes the server for all its databases, is in effect only after a reload, and no backup of the database holds it.",
  instead: "The server's own configuration; ALTER DATABASE or ALTER ROLE ... SET for one of them.",
  on: {
    AlterSystemStmt: ({ setstmt }) => ({
      message: `ALTER SYSTEM changes ${setstmt?.name ?? "settings"} for the whole server`,
      remedy: "set it where the server is configured, or with ALTER DATABASE ... SET",
    }),
  },
};
