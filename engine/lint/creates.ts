// What CREATE statements do: they add, and what they make is new for the rest of the file.
import type { RangeVar } from "@pgsql/types";
import type { Readers } from "./effects.ts";
import { markNew, type FileScope } from "./fileScope.ts";
import { dotted, objectName, relationName } from "./names.ts";
import { objectWord } from "./objectTypes.ts";
import { routineKeys } from "./recreated.ts";
import { adds, neutral, type Verdict } from "./verdict.ts";

/** Readers of CREATE statements whose objects later statements may name. */
export const CREATE_READERS: Readers = {
  CreateStmt: ({ relation, if_not_exists: ifMissing }, scope) =>
    makes("table", { relation, ifMissing }, scope),
  CreateForeignTableStmt: ({ base }, scope) =>
    makes("foreign table", { relation: base?.relation, ifMissing: base?.if_not_exists }, scope),
  CreateTableAsStmt: ({ into, objtype, if_not_exists: ifMissing }, scope) =>
    makes(objectWord(objtype), { relation: into?.rel, ifMissing }, scope),
  ViewStmt: ({ view: relation, replace }, scope) =>
    makes("view", { relation, ifMissing: replace }, scope),
  CreateSeqStmt: ({ sequence: relation, if_not_exists: ifMissing }, scope) =>
    makes("sequence", { relation, ifMissing }, scope),
  CompositeTypeStmt: ({ typevar }, scope) => makesType("type", relationName(typevar), scope),
  CreateEnumStmt: ({ typeName }, scope) => makesType("type", dotted(typeName), scope),
  CreateRangeStmt: ({ typeName }, scope) => makesType("type", dotted(typeName), scope),
  CreateDomainStmt: ({ domainname }, scope) => makesType("domain", dotted(domainname), scope),
  DefineStmt: ({ kind, defnames }) => adds(`creates ${objectWord(kind)} ${dotted(defnames)}`),
  CreateFunctionStmt: (node, scope) => {
    const word = node.is_procedure ? "procedure" : "function";
    if (node.replace) return adds(`creates or replaces ${word} ${dotted(node.funcname)}`);
    for (const key of routineKeys(node)) scope.created.add(key);
    return adds(`creates ${word} ${dotted(node.funcname)}`);
  },
  CreateSchemaStmt: ({ schemaname = "?", schemaElts = [], if_not_exists: ifMissing }, scope) => {
    if (!ifMissing) markNew(scope, "schema", schemaname);
    return adds(`creates schema ${schemaname}${schemaElts.length > 0 ? " and what is in it" : ""}`);
  },
  CreateTrigStmt: ({ trigname = "?", relation }) =>
    adds(`creates trigger ${trigname} on ${relationName(relation)}`),
  CreatePolicyStmt: ({ policy_name: name = "?", table }) =>
    adds(`creates policy ${name} on ${relationName(table)}`),
  RuleStmt: ({ rulename = "?", relation }) =>
    adds(`creates rule ${rulename} on ${relationName(relation)}`),
  IndexStmt: ({ idxname, relation, unique, concurrent, if_not_exists: ifMissing }, scope) => {
    const words = unique ? "unique index" : "index";
    if (idxname && !ifMissing) {
      markNew(scope, "relation", relationName({ ...relation, relname: idxname }));
    }
    return adds(`creates ${words}${idxname ? ` ${idxname}` : ""} on ${relationName(relation)}`, {
      nonTransactional: !!concurrent,
    });
  },
  CreateExtensionStmt: ({ extname = "?" }) => adds(`creates extension ${extname}`),
  CreateRoleStmt: ({ role = "?" }) => adds(`creates role ${role}`),
  CreatePublicationStmt: ({ pubname = "?" }) => adds(`creates publication ${pubname}`),
  ImportForeignSchemaStmt: () => adds("imports a foreign schema"),
  CommentStmt: ({ objtype, object }) =>
    neutral(`comments on ${objectWord(objtype)} ${objectName(object)}`),
};

interface Made {
  readonly relation: RangeVar | undefined;
  /** IF NOT EXISTS or OR REPLACE: it may be there already, and then it is not new. */
  readonly ifMissing: boolean | undefined;
}

function makes(word: string, { relation, ifMissing }: Made, scope: FileScope): Verdict {
  const name = relationName(relation);
  if (!ifMissing) {
    markNew(scope, "relation", name);
    if (relation?.relpersistence === "t") scope.temporary.add(`relation ${name}`);
  }
  const creates = ifMissing && word === "view" ? "creates or replaces" : "creates";
  return adds(`${creates} ${word} ${name}`);
}

function makesType(word: string, name: string, scope: FileScope): Verdict {
  markNew(scope, "type", name);
  return adds(`creates ${word} ${name}`);
}
