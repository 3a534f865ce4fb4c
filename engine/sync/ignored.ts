// What a comparison with a wanted schema leaves aside: the tables in which other tools keep their history.
import { HISTORIES } from "../adopt/registry.ts";

/** `own` patterns, and the tools' tables in whatever schema. */
export function ignoredBySync(own: readonly string[]): readonly string[] {
  const tables = Object.values(HISTORIES).map(({ table }) => table.split(".").at(-1) ?? table);
  return [...own, ...tables.flatMap((table) => [`*.${table}`, `*.${table}_*`])];
}
