// Refuses files whose SQL is younger than the server, before anything of them is sent.
import type { Queryable } from "../drivers/postgres/queryable.ts";
import { readServerVersion } from "../drivers/postgres/serverVersion.ts";
import { LockstepError } from "../errors/lockstepError.ts";
import type { Migration } from "../sources/migration.ts";
import { formatWhere } from "../sql/locate.ts";

/**
 * Asks the server for its version where a statement of `migrations` needs a younger one than the oldest; else nothing is sent.
 * @throws LockstepError UNSAFE_MIGRATION naming the first such statement, and what to write instead.
 */
export async function ensureServerKnows(
  queries: Queryable,
  migrations: readonly Migration[],
): Promise<void> {
  const needs = migrations.flatMap((migration) =>
    migration.statements.flatMap(({ needs: need, offset }) =>
      need ? [{ ...need, where: formatWhere(migration.path, migration.sql, offset) }] : [],
    ),
  );
  if (needs.length === 0) return;
  const server = await readServerVersion(queries);
  const unknown = needs.filter(({ major }) => major > server.major);
  const [first] = unknown;
  if (!first) return;
  throw new LockstepError(
    "UNSAFE_MIGRATION",
    `This server does not know ${first.what}: PostgreSQL ${String(first.major)} and newer do`,
    {
      where: unknown.map(({ where }) => where).join("\n"),
      seen: `the server is PostgreSQL ${server.version}`,
      likely: "the file was written for a newer server",
      next:
        first.instead === undefined
          ? "write it otherwise, or update the server"
          : `write ${first.instead}; or update the server`,
    },
  );
}
