// Statements for sequences, and the options of identity columns.
import type { Parts } from "./definition.ts";

/** The largest value of each type that a sequence may have; the server's default where it counts up. */
const MAXIMUM: Readonly<Record<string, string>> = {
  smallint: "32767",
  integer: "2147483647",
  bigint: "9223372036854775807",
};
const MINIMUM: Readonly<Record<string, string>> = {
  smallint: "-32768",
  integer: "-2147483648",
  bigint: "-9223372036854775808",
};

/** `CREATE SEQUENCE`, without its owner: the column may not be there yet. */
export function createSequence(name: string, parts: Parts): string {
  const type = parts.type === "bigint" ? [] : [`AS ${parts.type ?? "bigint"}`];
  const kind = parts.unlogged ? "UNLOGGED SEQUENCE" : "SEQUENCE";
  return [`CREATE ${kind} ${name}`, ...type, ...sequenceOptions(parts)].join(" ");
}

/** What differs from the server's defaults. */
export function sequenceOptions(parts: Parts): readonly string[] {
  const { type = "bigint", increment = "1", minimum, maximum, start, cache } = parts;
  const down = increment.startsWith("-");
  const lowest = down ? MINIMUM[type] : "1";
  const highest = down ? "-1" : MAXIMUM[type];
  return [
    ...(increment === "1" ? [] : [`INCREMENT BY ${increment}`]),
    ...(minimum === undefined || minimum === lowest ? [] : [`MINVALUE ${minimum}`]),
    ...(maximum === undefined || maximum === highest ? [] : [`MAXVALUE ${maximum}`]),
    ...(start === undefined || start === (down ? maximum : minimum) ? [] : [`START WITH ${start}`]),
    ...(cache === undefined || cache === "1" ? [] : [`CACHE ${cache}`]),
    ...(parts.cycle ? ["CYCLE"] : []),
  ];
}

/** `ALTER SEQUENCE` from any options to those of `parts`, all of them written out. */
export function alterSequence(name: string, parts: Parts): string {
  const { type = "bigint", increment = "1", minimum = "1", maximum = "1" } = parts;
  const { start = "1", cache = "1", cycle } = parts;
  return [
    `ALTER SEQUENCE ${name} AS ${type} INCREMENT BY ${increment} MINVALUE ${minimum} MAXVALUE ${maximum}`,
    `START WITH ${start} CACHE ${cache} ${cycle ? "CYCLE" : "NO CYCLE"}`,
  ].join(" ");
}
