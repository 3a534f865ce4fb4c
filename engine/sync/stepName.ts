// Names of files and helpers, made from names of objects.
import { toSnakeCase } from "../sources/migrationName.ts";

/** `public.customers.phone` as `customers_phone`, `public.f(integer)` as `f`. */
export function aboutName(name: string): string {
  const path = name.replace(/\(.*$/s, "").replace(/^public\./, "");
  return toSnakeCase(path.replaceAll('"', "").replaceAll(".", "_")) || "schema";
}

/** PostgreSQL's limit of a name, bytes. */
const MAX_NAME_BYTES = 63;

/** An unquoted or quoted `name` with `tail`, cut so that PostgreSQL does not cut it, quoted where it was. */
export function suffixed(name: string, tail: string): string {
  const isQuoted = name.startsWith('"');
  let plain = isQuoted ? name.slice(1, -1).replaceAll('""', '"') : name;
  while (Buffer.byteLength(plain + tail) > MAX_NAME_BYTES) plain = plain.slice(0, -1);
  return isQuoted ? `"${plain.replaceAll('"', '""')}${tail}"` : `${plain}${tail}`;
}
