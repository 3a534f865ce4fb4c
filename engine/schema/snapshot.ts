// A database's schema as a canonical list of objects with a digest, read from the catalogue.
import { createHash } from "node:crypto";
import type { ClientBase } from "pg";
import { CODE_QUERIES } from "./codeQueries.ts";
import { type Facts, keyOf, type SchemaObject } from "./object.ts";
import { OTHER_QUERIES, SERVER_QUERIES } from "./otherQueries.ts";
import { RELATION_QUERIES } from "./relationQueries.ts";

/** Raised whenever the same schema would give another list: lists of two versions are not compared. */
export const SNAPSHOT_ALGORITHM = 1;

/** Longer texts are kept as length and digest, characters: a list of thousands of objects goes into the ledger. */
const LONGEST_TEXT = 160;

/** A schema at one moment. */
export interface SchemaSnapshot {
  readonly algorithm: number;
  /** Of the server that printed what is printed. */
  readonly serverMajor: number;
  /** sha256, hex, of all but the order of columns. */
  readonly digest: string;
  /** In a fixed order. */
  readonly objects: readonly SchemaObject[];
}

/** What to read. */
export interface SnapshotOptions {
  /** Roles and tablespaces too, which belong to the whole server. @default false */
  readonly ofServer?: boolean;
}

interface Row {
  readonly kind: string;
  readonly name: string;
  readonly of: string;
  readonly facts: Facts;
  readonly printed: Facts;
  readonly position: number | null;
}

/** With only pg_catalog in the path the server prints every other name with its schema. */
export const BEGIN_SNAPSHOT =
  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog";
/** What ends it. */
export const END_SNAPSHOT = "ROLLBACK";

/**
 * Reads the schema in one read-only transaction of its own; the ledger's schema, extensions' members and temporary objects
 * aside. `client` must not be in a transaction. Throws pg's errors.
 */
export async function readSnapshot(
  client: ClientBase,
  options: SnapshotOptions = {},
): Promise<SchemaSnapshot> {
  await client.query(BEGIN_SNAPSHOT);
  try {
    return await readWithin(client, options);
  } finally {
    // Nothing was written; a connection that is gone has said so above.
    await client.query(END_SNAPSHOT).catch(() => undefined);
  }
}

/** The same within a transaction that the caller has opened, with only pg_catalog in its search_path. */
export async function readWithin(
  client: ClientBase,
  { ofServer = false }: SnapshotOptions = {},
): Promise<SchemaSnapshot> {
  const version = await client.query<{ major: number }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  const queries = [
    ...RELATION_QUERIES,
    ...CODE_QUERIES,
    ...OTHER_QUERIES,
    ...(ofServer ? SERVER_QUERIES : []),
  ];
  const result: unknown = await client.query(queries.join(";\n"));
  const rows = (result as readonly { readonly rows: readonly Row[] }[]).flatMap((one) => one.rows);
  return snapshotOf(rows.map(schemaObject), version.rows[0]?.major ?? 0);
}

/** A snapshot of `objects`, put in order and digested. */
export function snapshotOf(objects: readonly SchemaObject[], serverMajor: number): SchemaSnapshot {
  const ordered = objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const hash = createHash("sha256").update(`lockstep schema ${String(SNAPSHOT_ALGORITHM)}\n`);
  for (const { kind, name, facts, printed } of ordered) {
    hash.update(`${JSON.stringify([kind, name, sorted(facts), sorted(printed)])}\n`);
  }
  return {
    algorithm: SNAPSHOT_ALGORITHM,
    serverMajor,
    digest: hash.digest("hex"),
    objects: ordered,
  };
}

function schemaObject({ kind, name, of, facts, printed, position }: Row): SchemaObject {
  return {
    kind,
    name,
    of,
    facts: shortened(facts),
    printed: shortened(printed),
    ...(position !== null && { position }),
  };
}

function shortened(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).map(([key, text]) => [key, shorten(text)]));
}

function shorten(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return `${String(text.length)} characters, digest ${digest}`;
}

function sorted(facts: Facts): readonly (readonly [string, string])[] {
  return Object.entries(facts).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
