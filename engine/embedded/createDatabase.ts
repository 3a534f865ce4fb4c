// Makes a database on a server one is superuser of.
import pg from "pg";

const DUPLICATE_DATABASE = "42P04";
/** Two CREATE DATABASE at the same moment: the second meets the catalogue's unique index. */
const UNIQUE_VIOLATION = "23505";

/**
 * Creates the database that `url` names unless it is there. Throws pg's errors.
 */
export async function ensureDatabase(url: string): Promise<void> {
  const target = new URL(url);
  const name = decodeURIComponent(target.pathname.slice(1));
  target.pathname = "/postgres";
  const client = new pg.Client({ connectionString: target.href });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [name]);
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== DUPLICATE_DATABASE && code !== UNIQUE_VIOLATION) throw error;
  } finally {
    await client.end();
  }
}
