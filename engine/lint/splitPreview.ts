// A file that adds and removes, shown as the two files that it should be; `lockstep rewrite` writes them (engine/rewrite).
import type { Effect } from "../sources/migration.ts";
import type { StatementReading } from "./effects.ts";

/** Lines of each file: a refusal fits a screen. */
const SHOWN_LINES = 6;

/** Both files in short, each under a comment with its name. */
export function splitPreview(
  name: string,
  number: string,
  readings: readonly StatementReading[],
): string {
  const base = name.replace(/^(add|create|remove|drop)_(?=.)/i, "");
  return [
    `-- ${number}_add_${base} (expand)`,
    ...shown(readings, "adds"),
    `-- a file behind all others: remove_${base} (contract)`,
    ...shown(readings, "removes"),
  ].join("\n");
}

function shown(readings: readonly StatementReading[], effect: Effect): readonly string[] {
  const lines = readings.flatMap(({ statement, parts }) => {
    const own = parts.filter((part) => part.effect === effect);
    if (own.length === 0) return [];
    const isWhole = parts.every((part) => part.effect === effect || part.effect === "neutral");
    return isWhole
      ? `${statement.sql};`.split("\n")
      : own.map(({ summary }) => `-- the part of its statement that ${summary}`);
  });
  const rest = lines.length - SHOWN_LINES;
  return rest > 0 ? [...lines.slice(0, SHOWN_LINES), `-- and ${rest} lines more`] : lines;
}
