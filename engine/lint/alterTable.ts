// What each part of an ALTER TABLE (or VIEW, INDEX, TYPE, FOREIGN TABLE) does to running code.
import type { AlterTableCmd, AlterTableStmt, Constraint } from "@pgsql/types";
import { evaluate, initialValue, UNKNOWN } from "./checkOfNew.ts";
import { hasDefault, isNotNull } from "./columns.ts";
import { isNew, type FileScope, type NewColumn } from "./fileScope.ts";
import { relationName, strings, typeText } from "./names.ts";
import { columnsIn } from "./tree.ts";
import { adds, breaks, neutral, removes, type Verdict } from "./verdict.ts";

interface Target {
  readonly table: string;
  readonly scope: FileScope;
}

/** One verdict for each part of the statement, in its order. */
export function readAlterTable(statement: AlterTableStmt, scope: FileScope): Verdict[] {
  const table = relationName(statement.relation);
  const parts = (statement.cmds ?? []).flatMap((node) =>
    "AlterTableCmd" in node ? readCommand(node.AlterTableCmd, { table, scope }) : [],
  );
  // On an object that nothing runs against yet every change is part of creating it.
  const space = statement.objtype === "OBJECT_TYPE" ? "type" : "relation";
  return isNew(scope, space, table)
    ? parts.map((part) => ({ ...part, effect: "adds" as const, irreversible: false }))
    : parts;
}

type Reader = (command: AlterTableCmd, target: Target) => Verdict;

const READERS: { readonly [K in NonNullable<AlterTableCmd["subtype"]>]?: Reader } = {
  AT_AddColumn: addColumn,
  AT_DropColumn: dropColumn,
  AT_AlterColumnType: alterColumnType,
  AT_ColumnDefault: columnDefault,
  AT_SetNotNull: setNotNull,
  AT_DropNotNull: (command, { table }) =>
    neutral(`allows nulls in ${table}.${command.name ?? "?"}`),
  AT_AddConstraint: addConstraint,
  AT_DropConstraint: (command, { table }) =>
    neutral(`drops constraint ${command.name ?? "?"} of ${table}`),
  AT_ValidateConstraint: (command, { table }) =>
    neutral(`validates constraint ${command.name ?? "?"} of ${table}`),
  AT_AddIdentity: (command, { table }) => adds(`makes ${table}.${command.name ?? "?"} an identity`),
  AT_DropIdentity: (command, { table }) =>
    removes(`drops the identity of ${table}.${command.name ?? "?"}`),
  AT_SetExpression: (command, { table }) =>
    breaks(`changes the expression of generated column ${table}.${command.name ?? "?"}`),
  AT_DropExpression: (command, { table }) =>
    removes(`makes generated column ${table}.${command.name ?? "?"} a plain one`),
  AT_AttachPartition: (command, { table }) =>
    adds(`attaches partition ${partition(command)} to ${table}`),
  AT_DetachPartition: (command, { table }) =>
    removes(`detaches partition ${partition(command)} of ${table}`, {
      nonTransactional: isConcurrent(command),
    }),
  AT_DetachPartitionFinalize: (command, { table }) =>
    removes(`finishes detaching partition ${partition(command)} of ${table}`),
  AT_AddInherit: (_, { table }) => adds(`makes ${table} inherit`),
  AT_DropInherit: (_, { table }) => removes(`ends the inheritance of ${table}`),
  AT_EnableTrig: (command, { table }) => adds(`enables trigger ${command.name ?? "?"} of ${table}`),
  AT_EnableAlwaysTrig: (command, { table }) =>
    adds(`enables trigger ${command.name ?? "?"} of ${table}`),
  AT_EnableReplicaTrig: (command, { table }) =>
    removes(`limits trigger ${command.name ?? "?"} of ${table} to replication`),
  AT_EnableTrigAll: (_, { table }) => adds(`enables all triggers of ${table}`),
  AT_EnableTrigUser: (_, { table }) => adds(`enables the user triggers of ${table}`),
  AT_DisableTrig: (command, { table }) =>
    removes(`disables trigger ${command.name ?? "?"} of ${table}`),
  AT_DisableTrigAll: (_, { table }) => removes(`disables all triggers of ${table}`),
  AT_DisableTrigUser: (_, { table }) => removes(`disables the user triggers of ${table}`),
  AT_EnableRule: (command, { table }) => adds(`enables rule ${command.name ?? "?"} of ${table}`),
  AT_EnableAlwaysRule: (command, { table }) =>
    adds(`enables rule ${command.name ?? "?"} of ${table}`),
  AT_DisableRule: (command, { table }) =>
    removes(`disables rule ${command.name ?? "?"} of ${table}`),
  AT_EnableRowSecurity: (_, { table }) => removes(`turns row security of ${table} on`),
  AT_ForceRowSecurity: (_, { table }) => removes(`forces row security of ${table} on its owner`),
  AT_DropOf: (_, { table }) => neutral(`takes the type from ${table}`),
};

function readCommand(command: AlterTableCmd, target: Target): Verdict {
  const reader = command.subtype && READERS[command.subtype];
  if (reader) return reader(command, target);
  // What is left changes storage, statistics, ownership or options: code does not notice.
  return neutral(`alters ${target.table}`);
}

function addColumn(command: AlterTableCmd, { table, scope }: Target): Verdict {
  if (!command.def || !("ColumnDef" in command.def)) return adds(`adds a column to ${table}`);
  const column = command.def.ColumnDef;
  const key = `${table}.${column.colname ?? "?"}`;
  const facts: NewColumn = {
    ...{ hasDefault: hasDefault(column), notNull: isNotNull(column) },
    initial: initialValue(column),
  };
  // With IF NOT EXISTS it may be an old one.
  if (!command.missing_ok) scope.columns.set(key, facts);
  return facts.notNull && !facts.hasDefault
    ? breaks(`adds column ${key} NOT NULL without a default`)
    : adds(`adds column ${key}`);
}

function dropColumn(command: AlterTableCmd, { table, scope }: Target): Verdict {
  const key = `${table}.${command.name ?? "?"}`;
  if (scope.columns.delete(key)) return neutral(`drops column ${key} again`);
  return removes(`drops column ${key}${cascade(command)}`, { irreversible: true });
}

function cascade({ behavior }: AlterTableCmd): string {
  return behavior === "DROP_CASCADE" ? " and all that depends on it (CASCADE)" : "";
}

function alterColumnType(command: AlterTableCmd, { table, scope }: Target): Verdict {
  const key = `${table}.${command.name ?? "?"}`;
  const definition = command.def && "ColumnDef" in command.def ? command.def.ColumnDef : undefined;
  const summary = `changes the type of ${key} to ${typeText(definition?.typeName)}`;
  return scope.columns.has(key) ? adds(summary) : breaks(summary);
}

/** SET DEFAULT where there is an expression, DROP DEFAULT where there is none. */
function columnDefault(command: AlterTableCmd, { table, scope }: Target): Verdict {
  const key = `${table}.${command.name ?? "?"}`;
  const added = scope.columns.get(key);
  // Rows that are there keep what ADD COLUMN gave them, later ones get another value.
  if (added) scope.columns.set(key, { ...added, initial: UNKNOWN });
  if (command.def) return neutral(`sets the default of ${key}`);
  // A new column that stays nullable needs no default for old inserts to work.
  if (added && !added.notNull) return neutral(`drops the default of ${key}`);
  return removes(`drops the default of ${key}`);
}

function setNotNull(command: AlterTableCmd, { table, scope }: Target): Verdict {
  return requireColumn(`${table}.${command.name ?? "?"}`, scope);
}

function requireColumn(key: string, scope: FileScope): Verdict {
  const added = scope.columns.get(key);
  if (added) scope.columns.set(key, { ...added, notNull: true });
  const summary = `forbids nulls in ${key}`;
  return added?.hasDefault ? adds(summary) : removes(summary);
}

function addConstraint(command: AlterTableCmd, { table, scope }: Target): Verdict {
  const constraint = command.def && "Constraint" in command.def ? command.def.Constraint : {};
  const name = constraint.conname ? `constraint ${constraint.conname}` : "a constraint";
  const summary = `adds ${name} to ${table}`;
  if (constraint.contype === "CONSTR_NOTNULL") {
    return requireColumn(`${table}.${strings(constraint.keys)[0] ?? "?"}`, scope);
  }
  if (constraint.indexname && constraint.contype === "CONSTR_UNIQUE") {
    return neutral(`${summary} on index ${constraint.indexname}`);
  }
  if (!constraint.is_enforced && isOptional(constraint)) return neutral(summary);
  const columns = strings(constraint.fk_attrs ?? constraint.keys);
  const allNew =
    columns.length > 0 && columns.every((column) => scope.columns.has(`${table}.${column}`));
  if (constraint.contype === "CONSTR_CHECK" && passesByItself(constraint, { table, scope }))
    return adds(summary);
  // Old code leaves new columns null, which foreign keys and unique constraints let pass.
  if (allNew && constraint.contype !== "CONSTR_PRIMARY") return adds(summary);
  return removes(`${summary}, which the running code's writes may fail`);
}

/** Whether rows of code that does not know the columns pass: all columns are this file's, and the check takes their defaults. */
function passesByItself({ raw_expr: check }: Constraint, { table, scope }: Target): boolean {
  const names = columnsIn(check);
  const isNewColumn = (name: string) => scope.columns.has(`${table}.${name}`);
  if (names.length === 0 || !names.every(isNewColumn) || scope.triggered.has(table)) return false;
  const result = evaluate(check, (name) => {
    const column = scope.columns.get(`${table}.${name}`);
    return column ? column.initial : UNKNOWN;
  });
  return result === null || result === true;
}

/** Only these two kinds can be NOT ENFORCED; the parser leaves the field out for false. */
function isOptional({ contype }: Constraint): boolean {
  return contype === "CONSTR_CHECK" || contype === "CONSTR_FOREIGN";
}

function partition(command: AlterTableCmd): string {
  return command.def && "PartitionCmd" in command.def
    ? relationName(command.def.PartitionCmd.name)
    : "?";
}

function isConcurrent(command: AlterTableCmd): boolean {
  return !!command.def && "PartitionCmd" in command.def && !!command.def.PartitionCmd.concurrent;
}
