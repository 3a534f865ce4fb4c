// What a comparison with a wanted schema leaves aside: the tables in which other tools keep their history, and what soaks.
import { HISTORIES } from "../adopt/registry.ts";

/** What lockstep calls what contract has put aside (engine/soak/soakTables.ts). */
const SOAKING = ["lockstep_soak_*", "*.lockstep_soak_*"];

/** `own` patterns, the tools' tables in whatever schema, and what soaks: it is on its way out. */
export function ignoredBySync(own: readonly string[]): readonly string[] {
  const tables = Object.values(HISTORIES).map(({ table }) => table.split(".").at(-1) ?? table);
  return [...own, ...SOAKING, ...tables.flatMap((table) => [`*.${table}`, `*.${table}_*`])];
}
