// What CREATE statements do: they add, and what they make is new for the rest of the file.
import type { Node, RangeVar } from "@pgsql/types";
import type { Readers } from "./effects.ts";
import type { FileScope } from "./fileScope.ts";
import { dotted, objectName, relationName } from "./names.ts";
import { objectWord } from "./objectTypes.ts";
import { adds, neutral, type Verdict } from "./verdict.ts";

/** Readers of CREATE statements whose objects later statements may name. */
export const CREATE_READERS: Readers = {
  CreateStmt: ({ relation }, scope) => makes(scope, "table", relation),
  CreateForeignTableStmt: ({ base }, scope) => makes(scope, "foreign table", base?.relation),
  CreateTableAsStmt: ({ into, objtype }, scope) => makes(scope, objectWord(objtype), into?.rel),
  ViewStmt: ({ view, replace }, scope) =>
    replace ? adds(`creates or replaces view ${relationName(view)}`) : makes(scope, "view", view),
  CreateSeqStmt: ({ sequence }, scope) => makes(scope, "sequence", sequence),
  CompositeTypeStmt: ({ typevar }, scope) => makes(scope, "type", typevar),
  CreateEnumStmt: ({ typeName }, scope) => makesNamed(scope, "type", typeName),
  CreateRangeStmt: ({ typeName }, scope) => makesNamed(scope, "type", typeName),
  CreateDomainStmt: ({ domainname }, scope) => makesNamed(scope, "domain", domainname),
  DefineStmt: ({ kind, defnames }, scope) => makesNamed(scope, objectWord(kind), defnames),
  CreateFunctionStmt: ({ funcname, is_procedure: isProcedure, replace }, scope) => {
    const word = isProcedure ? "procedure" : "function";
    if (replace) return adds(`creates or replaces ${word} ${dotted(funcname)}`);
    return makesNamed(scope, word, funcname);
  },
  CreateSchemaStmt: ({ schemaname = "?", schemaElts = [] }, scope) => {
    scope.created.add(`schema ${schemaname}`);
    return adds(`creates schema ${schemaname}${schemaElts.length > 0 ? " and what is in it" : ""}`);
  },
  CreateTrigStmt: ({ trigname = "?", relation }) =>
    adds(`creates trigger ${trigname} on ${relationName(relation)}`),
  CreatePolicyStmt: ({ policy_name: name = "?", table }) =>
    adds(`creates policy ${name} on ${relationName(table)}`),
  RuleStmt: ({ rulename = "?", relation }) =>
    adds(`creates rule ${rulename} on ${relationName(relation)}`),
  IndexStmt: ({ idxname, relation, unique, concurrent }, scope) => {
    const words = unique ? "unique index" : "index";
    if (idxname) scope.created.add(relationName({ ...relation, relname: idxname }));
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

function makes(scope: FileScope, word: string, relation: RangeVar | undefined): Verdict {
  return make(scope, word, relationName(relation));
}

function makesNamed(scope: FileScope, word: string, names: Node[] | undefined): Verdict {
  return make(scope, word, dotted(names));
}

function make(scope: FileScope, word: string, name: string): Verdict {
  scope.created.add(name);
  return adds(`creates ${word} ${name}`);
}
