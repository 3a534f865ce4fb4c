// The effect of each statement on the code that runs now, told from its parse tree.
import type { Node } from "@pgsql/types";
import type { ParsedStatement } from "../sql/parse.ts";
import { readAlterTable } from "./alterTable.ts";
import { CREATE_READERS } from "./creates.ts";
import { readDataChange } from "./dataChange.ts";
import { readDrop, readRename, readSetSchema, readTruncate } from "./dropped.ts";
import { createScope, isNew, nameSpaceOf, type FileScope } from "./fileScope.ts";
import { MAINTENANCE_READERS } from "./maintenance.ts";
import { dotted, objectName, relationName } from "./names.ts";
import { objectWord } from "./objectTypes.ts";
import { createKeys, findRecreated } from "./recreated.ts";
import { adds, breaks, combine, neutral, removes, type Verdict } from "./verdict.ts";

/** A statement with its reading. */
export interface StatementReading {
  readonly statement: ParsedStatement;
  /** The whole statement in one verdict. */
  readonly verdict: Verdict;
  /** Its parts: an ALTER TABLE or a DROP can have several, of different effects. */
  readonly parts: readonly Verdict[];
}

/** What the reader may know beside the file. */
export interface EffectOptions {
  /** Tables that lower files of the same pending set create: nothing runs against them yet. */
  readonly newRelations?: Iterable<string>;
}

/** Reads the statements of one file, in order: what a statement does depends on those before it. */
export function readEffects(
  statements: readonly ParsedStatement[],
  options: EffectOptions = {},
): StatementReading[] {
  const scope = createScope(options.newRelations);
  const recreated = findRecreated(statements);
  for (const { node } of statements)
    if ("CreateTrigStmt" in node) scope.triggered.add(relationName(node.CreateTrigStmt.relation));
  return statements.map((statement) => {
    const parts = readStatement(statement, scope, recreated);
    return { statement, parts, verdict: combine(parts) };
  });
}

function readStatement(
  { kind, node }: ParsedStatement,
  scope: FileScope,
  recreated: ReadonlySet<string>,
): Verdict[] {
  if ("DropStmt" in node) return readDrop(node.DropStmt, scope, recreated);
  const again = createKeys(node).some((key) => recreated.has(key));
  const data = readDataChange(node, scope);
  if (data.length > 0) return data;
  const reader = READERS[kind as keyof Readers] as Reader | undefined;
  const read = reader?.(Object.values(node)[0] as never, scope) ?? readByName(kind);
  const parts = Array.isArray(read) ? read : [read];
  return again ? parts.map((part) => ({ ...part, effect: "neutral" as const })) : parts;
}

/** A statement's kind, and what reads it. */
type Kind = Node extends infer N ? (N extends N ? keyof N : never) : never;
/** Readers by kind of statement; each gets its own node type. */
export type Readers = {
  readonly [K in Kind]?: (
    node: Extract<Node, Record<K, unknown>>[K],
    scope: FileScope,
  ) => Verdict | Verdict[];
};
type Reader = (node: never, scope: FileScope) => Verdict | Verdict[];

const READERS: Readers = {
  ...CREATE_READERS,
  ...MAINTENANCE_READERS,
  AlterTableStmt: readAlterTable,
  RenameStmt: readRename,
  AlterObjectSchemaStmt: readSetSchema,
  TruncateStmt: readTruncate,
  AlterEnumStmt: ({ typeName, oldVal, newVal = "?" }, scope) => {
    const type = dotted(typeName);
    if (!oldVal) return adds(`adds value '${newVal}' to type ${type}`);
    const summary = `renames value '${oldVal}' of type ${type} to '${newVal}'`;
    return isNew(scope, "type", type) ? adds(summary) : breaks(summary);
  },
  AlterDomainStmt: ({ typeName, subtype, name = "" }, scope) => {
    const domain = dotted(typeName);
    if (isNew(scope, "type", domain)) return adds(`alters domain ${domain}`);
    // C: add constraint, O: set not null; the parser's own letters.
    if (subtype === "C") return removes(`adds a constraint to domain ${domain}`);
    if (subtype === "O") return removes(`forbids nulls in domain ${domain}`);
    return neutral(`alters domain ${domain} ${name}`.trim());
  },
  GrantStmt: ({ is_grant: isGrant, objects = [], objtype }, scope) => {
    const names = objects.map((object) =>
      "RangeVar" in object ? relationName(object.RangeVar) : objectName(object),
    );
    const summary = `rights on ${objectWord(objtype)} ${names.join(", ")}`;
    const space = nameSpaceOf(objtype);
    if (space && names.length > 0 && names.every((name) => isNew(scope, space, name))) {
      return neutral(isGrant ? `grants ${summary}` : `revokes ${summary}`);
    }
    return isGrant ? adds(`grants ${summary}`) : removes(`revokes ${summary}`);
  },
  GrantRoleStmt: ({ is_grant: isGrant }) =>
    isGrant ? adds("grants a role") : removes("revokes a role"),
  AlterDefaultPrivilegesStmt: ({ action }) =>
    action?.is_grant ? adds("grants default rights") : removes("revokes default rights"),
  AlterPublicationStmt: ({ pubname = "?", action }) => {
    if (action === "AP_DropObjects") return removes(`takes tables out of publication ${pubname}`);
    if (action === "AP_AddObjects") return adds(`adds tables to publication ${pubname}`);
    return neutral(`alters publication ${pubname}`);
  },
  DropRoleStmt: () => removes("drops a role"),
  DropOwnedStmt: () => removes("drops all that a role owns", { irreversible: true }),
  DropUserMappingStmt: () => removes("drops a user mapping"),
};

/** For kinds without a reader, and those that a later PostgreSQL brings. */
function readByName(kind: string): Verdict {
  const words = kind
    .replace(/Stmt$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toLowerCase();
  if (words.startsWith("create")) return adds(words);
  if (words.startsWith("drop")) return removes(words);
  return neutral(words);
}
