// Points at extensions that a plain role cannot create.
import type { LintRule } from "./rule.ts";

/** CREATE EXTENSION of one that is not trusted. */
export const extensionNeedsRightsRule: LintRule = {
  id: "extension-needs-rights",
  category: "security",
  level: "info",
  title: "CREATE EXTENSION of one that only a superuser may create",
  why: "The migration's role is no superuser, as a rule; the release then stops half way.",
  instead: "Have it created with the database.",
  on: {
    CreateExtensionStmt: ({ extname = "?" }) =>
      TRUSTED.has(extname)
        ? undefined
        : {
            message: `extension ${extname} may need a superuser, which the migration's role is not as a rule`,
            remedy: "have it created with the database, or test as the role that migrates",
          },
  },
};

/** Extensions of PostgreSQL's own that are marked trusted (13 and newer). */
const TRUSTED: ReadonlySet<string> = new Set([
  ...["btree_gin", "btree_gist", "citext", "cube", "dict_int", "fuzzystrmatch", "hstore"],
  ...["intarray", "isn", "lo", "ltree", "pgcrypto", "pg_trgm", "plpgsql", "seg", "tablefunc"],
  ...["tcn", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp"],
]);
