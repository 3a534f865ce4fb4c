// Statements for tables and their columns.
import { type Definition, type Definitions, find, partsOf } from "./definition.ts";
import { sequenceOptions } from "./writeSequence.ts";

/** Whether a constraint stands within its table's CREATE TABLE; others come after, when the tables that they name are there. */
export function isInline({ parts }: Definition): boolean {
  return (
    ["p", "u", "c", "x"].includes(parts.type ?? "") && parts.valid === "yes" && !parts.inherited
  );
}

/** `CREATE TABLE` with its columns and inline constraints, and what can be said only after it. */
export function createTable(table: Definition, all: Definitions): readonly string[] {
  const { name, parts } = table;
  const options = parts.options === undefined ? "" : ` WITH (${parts.options})`;
  const method = parts.accessMethod === undefined ? "" : ` USING ${parts.accessMethod}`;
  const partition = parts.partitionKey === undefined ? "" : ` PARTITION BY ${parts.partitionKey}`;
  const inherits = parts.inherits === undefined ? "" : ` INHERITS (${parts.inherits})`;
  const kind = parts.unlogged ? "UNLOGGED TABLE" : "TABLE";
  const lines = [
    ...partsOf(all, name, "column")
      .filter((one) => !one.parts.inherited)
      .map((one) => columnText(one, all)),
    ...partsOf(all, name, "constraint").filter(isInline).map(constraintText),
  ];
  const list = lines.length === 0 ? "" : `\n  ${lines.join(",\n  ")}\n`;
  const create =
    parts.parent === undefined
      ? `CREATE ${kind} ${name} (${list})${inherits}${partition}${method}${options}`
      : `CREATE ${kind} ${name} PARTITION OF ${parts.parent}${ownConstraints(all, name)} ${parts.bound ?? "DEFAULT"}${partition}${method}${options}`;
  return [
    create,
    ...rowSecurity(table, undefined),
    ...replicaIdentity(table),
    ...tuned(table, all),
  ];
}

/** A partition takes its columns from its parent; only constraints may be its own. */
function ownConstraints(all: Definitions, name: string): string {
  const own = partsOf(all, name, "constraint").filter(isInline).map(constraintText);
  return own.length === 0 ? "" : ` (\n  ${own.join(",\n  ")}\n)`;
}

/** `CONSTRAINT name definition` */
export function constraintText({ parts }: Definition): string {
  return `CONSTRAINT ${parts.constraint ?? ""} ${parts.definition ?? ""}`;
}

/** A column as CREATE TABLE and ADD COLUMN have it. */
export function columnText({ of, parts }: Definition, all: Definitions): string {
  const { column = "", type = "", default: value = "" } = parts;
  return [
    `${column} ${type}`,
    ...(parts.collation === undefined ? [] : [`COLLATE ${parts.collation}`]),
    ...(parts.generated === undefined
      ? value === ""
        ? []
        : [`DEFAULT ${value}`]
      : [`GENERATED ALWAYS AS (${value}) ${parts.generated}`]),
    ...(parts.identity === undefined ? [] : [identityText({ of, parts }, all)]),
    ...(parts.notNull ? ["NOT NULL"] : []),
  ].join(" ");
}

/** `GENERATED ALWAYS AS IDENTITY (…)`, with what of its sequence is not as the server would make it. */
export function identityText(
  { of, parts }: Pick<Definition, "of" | "parts">,
  all: Definitions,
): string {
  const sequence = parts.sequence === undefined ? undefined : find(all, "sequence", parts.sequence);
  const usual = `${of}_${parts.column ?? ""}_seq`;
  const type = sequence?.parts.type ?? "bigint";
  const options = sequence ? sequenceOptions({ ...sequence.parts, type }) : [];
  const named = sequence && sequence.name !== usual ? [`SEQUENCE NAME ${sequence.name}`] : [];
  const extras = [...named, ...options];
  return `GENERATED ${parts.identity ?? "ALWAYS"} AS IDENTITY${extras.length > 0 ? ` (${extras.join(" ")})` : ""}`;
}

/** Storage, compression and statistics target, where somebody set them. */
function tuned({ name }: Definition, all: Definitions): readonly string[] {
  return partsOf(all, name, "column")
    .filter((one) => !one.parts.inherited)
    .flatMap((column) => columnTuning(column));
}

/** The statements that set a column's storage, compression and statistics target. */
function columnTuning({ of, parts }: Definition): readonly string[] {
  const alter = `ALTER TABLE ${of} ALTER COLUMN ${parts.column ?? ""}`;
  return [
    ...(parts.storage === undefined ? [] : [`${alter} SET STORAGE ${parts.storage}`]),
    ...(parts.compression === undefined ? [] : [`${alter} SET COMPRESSION ${parts.compression}`]),
    ...(parts.statistics === undefined ? [] : [`${alter} SET STATISTICS ${parts.statistics}`]),
  ];
}

/** From `before` (none: a new table) to the row security of `table`. */
export function rowSecurity(
  { name, parts }: Definition,
  before: Definition | undefined,
): readonly string[] {
  const set = (word: string, now: boolean, then: boolean) =>
    now === then ? [] : [`ALTER TABLE ${name} ${word} ROW LEVEL SECURITY`];
  const [isOn, wasOn] = [parts.rowSecurity === "yes", before?.parts.rowSecurity === "yes"];
  const [isForced, wasForced] = [parts.forced === "yes", before?.parts.forced === "yes"];
  return [
    ...set(isOn ? "ENABLE" : "DISABLE", isOn, wasOn),
    ...set(isForced ? "FORCE" : "NO FORCE", isForced, wasForced),
  ];
}

/** What identifies a row to a subscriber; an index must be there first, so that one is said elsewhere. */
export function replicaIdentity({ name, parts }: Definition): readonly string[] {
  const { replicaIdentity: identity } = parts;
  if (identity === undefined || identity === "INDEX") return [];
  return [`ALTER TABLE ${name} REPLICA IDENTITY ${identity}`];
}
