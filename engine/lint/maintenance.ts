// Statements that PostgreSQL keeps out of transaction blocks, and those whose text does not tell what they do.
import type { DefElem, Node } from "@pgsql/types";
import { calledFunctions } from "./dataChange.ts";
import type { Readers } from "./effects.ts";
import { changeSearchPath } from "./fileScope.ts";
import { objectName, relationName, typeText } from "./names.ts";
import { adds, neutral, removes } from "./verdict.ts";

const OUTSIDE = { nonTransactional: true } as const;

/** Readers of maintenance, cluster-wide and opaque statements. */
export const MAINTENANCE_READERS: Readers = {
  VacuumStmt: ({ is_vacuumcmd: isVacuum }) =>
    isVacuum ? neutral("vacuums", OUTSIDE) : neutral("gathers statistics"),
  ReindexStmt: ({ kind, relation, name, params }) => {
    const whole = kind !== "REINDEX_OBJECT_INDEX" && kind !== "REINDEX_OBJECT_TABLE";
    const target = relation ? relationName(relation) : (name ?? "");
    return neutral(`rebuilds indexes of ${target}`.trim(), {
      nonTransactional: whole || option(params, "concurrently") === "true",
    });
  },
  // Without a table it walks all of them, each in a transaction of its own.
  ClusterStmt: ({ relation }) =>
    neutral(`clusters ${relation ? relationName(relation) : "all tables"}`, {
      nonTransactional: !relation,
    }),
  CreatedbStmt: ({ dbname = "?" }) => adds(`creates database ${dbname}`, OUTSIDE),
  DropdbStmt: ({ dbname = "?" }) =>
    removes(`drops database ${dbname}`, { ...OUTSIDE, irreversible: true }),
  AlterDatabaseStmt: ({ dbname = "?", options }) =>
    neutral(`alters database ${dbname}`, {
      nonTransactional: option(options, "tablespace") !== undefined,
    }),
  AlterSystemStmt: () => neutral("alters the server's settings", OUTSIDE),
  CreateTableSpaceStmt: ({ tablespacename: name = "?" }) =>
    adds(`creates tablespace ${name}`, OUTSIDE),
  DropTableSpaceStmt: ({ tablespacename: name = "?" }) =>
    removes(`drops tablespace ${name}`, OUTSIDE),
  // Each talks to the publisher unless told not to.
  CreateSubscriptionStmt: ({ subname = "?", options }) =>
    adds(`creates subscription ${subname}`, {
      nonTransactional:
        option(options, "create_slot") !== "false" && option(options, "connect") !== "false",
    }),
  AlterSubscriptionStmt: ({ subname = "?", kind, options }) =>
    neutral(`alters subscription ${subname}`, {
      nonTransactional:
        kind === "ALTER_SUBSCRIPTION_REFRESH" ||
        (!!kind?.endsWith("_PUBLICATION") && option(options, "refresh") !== "false"),
    }),
  DropSubscriptionStmt: ({ subname = "?" }) => removes(`drops subscription ${subname}`, OUTSIDE),
  DiscardStmt: ({ target }) =>
    neutral("discards session state", { nonTransactional: target === "DISCARD_ALL" }),
  DoStmt: () => neutral("runs a DO block", { opaque: true }),
  CallStmt: (node) =>
    neutral(`calls procedure ${calledFunctions({ FuncCall: node.funccall })[0] ?? "?"}`, {
      opaque: true,
    }),
  ExecuteStmt: ({ name = "?" }) => neutral(`executes ${name}`, { opaque: true }),
  VariableSetStmt: ({ name, kind }, scope) => {
    if (name === "search_path" || kind === "VAR_RESET_ALL") changeSearchPath(scope);
    return neutral(name ? `sets ${name}` : "sets a setting");
  },
};

/** The value of an option as text: `true` where it stands alone, undefined where it is missing. */
function option(options: readonly Node[] | undefined, name: string): string | undefined {
  const found = (options ?? []).flatMap((node): DefElem[] =>
    "DefElem" in node ? [node.DefElem] : [],
  );
  const element = found.find(({ defname }) => defname === name);
  if (!element) return undefined;
  const { arg } = element;
  if (!arg) return "true";
  if ("Integer" in arg) return arg.Integer.ival ? "true" : "false";
  // The grammar takes some bare words, `off` among them, for type names.
  const word = "TypeName" in arg ? typeText(arg.TypeName) : objectName(arg);
  return FALSE_WORDS.has(word) ? "false" : word;
}

/** The spellings of false that options take. */
const FALSE_WORDS: ReadonlySet<string> = new Set(["false", "off"]);
