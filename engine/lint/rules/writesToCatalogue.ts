// Points at changes of the system catalogues.
import type { RangeVar } from "@pgsql/types";
import { relationName } from "../names.ts";
import type { Hit } from "./rule.ts";
import type { LintRule } from "./rule.ts";

/** INSERT, UPDATE or DELETE on pg_catalog. */
export const writesToCatalogueRule: LintRule = {
  id: "writes-to-catalogue",
  category: "correctness",
  level: "warning",
  title: "a change of the system catalogues",
  why: "Nothing checks it and nothing is told of it: sessions go on with what they have cached, and an upgrade may fail on it. Taking a value from pg_enum damages rows and indexes that hold it.",
  instead: "The ALTER that does the same; for an enum a new type.",
  on: {
    InsertStmt: ({ relation }) => catalogue(relation),
    UpdateStmt: ({ relation }) => catalogue(relation),
    DeleteStmt: ({ relation }) => catalogue(relation),
  },
};

function catalogue(relation: RangeVar | undefined): Hit | undefined {
  const { schemaname: schema, relname: name = "" } = relation ?? {};
  const isCatalogue =
    schema === "pg_catalog" ||
    (schema === undefined &&
      /^pg_(enum|attribute|class|type|proc|constraint|index|depend|database|authid|rewrite|trigger|namespace)$/.test(
        name,
      ));
  if (!isCatalogue) return undefined;
  return {
    message: `${relationName(relation)} belongs to the server: nothing checks what is written there`,
    remedy: "use the ALTER that does the same; for an enum make a new type",
  };
}
