// Placeholders: `${name}` in a file's text, filled from the config before the text is parsed.
import { createHash } from "node:crypto";
import type { Fault } from "./folderFaults.ts";
import { baseName, type FolderContent } from "./formats/format.ts";
import type { MigrationFile, SqlFile } from "./migration.ts";

/** Names as config may declare them, and as Flyway has them (`flyway:timestamp`). */
const PLACEHOLDER = /(\\?)\$\{([A-Za-z_][\w.:-]*)\}/g;

/**
 * Fills the placeholders of `files`. `\${name}` stays as `${name}`. Without `values` texts are left
 * alone, but for Flyway's, where `${` is a placeholder unless its config file says otherwise. The
 * checksum stays that of the text before; what was put in has a digest of its own.
 */
export function fillPlaceholders(
  files: readonly MigrationFile[],
  values: Readonly<Record<string, string>> | undefined,
): FolderContent {
  const faults: Fault[] = [];
  const filled = files.map((file) => {
    const isFlyway = file.foreign?.format === "flyway";
    if ((values === undefined && !isFlyway) || file.foreign?.literal) return file;
    const used = new Map<string, string>();
    const fill = (text: SqlFile) => fillText(text, { values: values ?? {}, used, faults });
    const up = fill(file);
    const down = file.down && fill(file.down);
    const verify = file.verify && fill(file.verify);
    if (used.size === 0 && up === file.sql) return file;
    return {
      ...file,
      sql: up,
      down: file.down && { path: file.down.path, sql: down ?? "" },
      verify: file.verify && { path: file.verify.path, sql: verify ?? "" },
      ...(used.size > 0 ? { substituted: digestOf(used) } : {}),
    };
  });
  return { files: filled, faults };
}

interface Filling {
  readonly values: Readonly<Record<string, string>>;
  readonly used: Map<string, string>;
  readonly faults: Fault[];
}

function fillText({ path, sql }: SqlFile, { values, used, faults }: Filling): string {
  let filled = "";
  let at = 0;
  for (const found of sql.matchAll(PLACEHOLDER)) {
    const [whole, escape, name = ""] = found;
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    filled += sql.slice(at, found.index);
    at = found.index + whole.length;
    if (escape !== "") filled += whole.slice(1);
    else if (value === undefined) faults.push(undeclared(name, { path, sql, values, at }));
    else {
      used.set(name, value);
      filled += value;
    }
  }
  return filled + sql.slice(at);
}

function undeclared(
  name: string,
  place: SqlFile & { readonly values: Filling["values"]; readonly at: number },
): Fault {
  const line = place.sql.slice(0, place.at).split("\n").length;
  const known = Object.keys(place.values).join(", ") || "none";
  return {
    kind: "placeholder",
    file: `${baseName(place.path)}:${String(line)}`,
    text: `has the placeholder \${${name}}, which is not declared (declared: ${known}); add it to placeholders of lockstep:migrations, or write \\\${${name}} for the text itself`,
  };
}

function digestOf(used: ReadonlyMap<string, string>): string {
  const entries = [...used].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("hex");
}
