// An empty database that is like another one in all that a dump does not hold: encoding, locale, owner, settings, privileges.
import { type Client, escapeIdentifier, escapeLiteral } from "pg";
import { codeOf } from "../drivers/postgres/diagnose.ts";
import { LockstepError } from "../errors/lockstepError.ts";

/** Columns of pg_database differ between majors, so its row is read as JSON. */
interface DatabaseRow {
  readonly oid: string;
  readonly owner: string;
  readonly encoding: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/**
 * Makes the database `name`, like `model` where there is one.
 * @returns the statements that this role may not run, for somebody who may.
 * @throws LockstepError PRIVILEGE where the role may not make databases; pg's other errors.
 */
export async function createLike(
  client: Client,
  name: string,
  model?: string,
): Promise<readonly string[]> {
  const like = model === undefined ? undefined : await readDatabase(client, model);
  const form = like ? ` ${createOptions(like)}` : "";
  try {
    await client.query(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE template0${form}`);
  } catch (error) {
    if (codeOf(error) === "42501") throw mayNotCreate(client, error);
    throw error;
  }
  if (!like) return [];
  const refused: string[] = [];
  for (const sql of [
    ...(await settingsOf(client, name, like.oid)),
    ...(await grantsOf(client, name, like.oid)),
  ]) {
    try {
      await client.query(sql);
    } catch (error) {
      if (codeOf(error) !== "42501") throw error;
      refused.push(sql);
    }
  }
  return refused;
}

async function readDatabase(client: Client, name: string): Promise<DatabaseRow | undefined> {
  const { rows } = await client.query<DatabaseRow>(
    `SELECT d.oid::text, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
            to_jsonb(d) - 'datacl' AS row
     FROM pg_database d WHERE d.datname = $1`,
    [name],
  );
  return rows[0];
}

/** PostgreSQL 15 brought locale providers, 17 renamed their column. */
function createOptions({ owner, encoding, row }: DatabaseRow): string {
  const text = (key: string) => (typeof row[key] === "string" ? row[key] : undefined);
  const providers: Readonly<Record<string, string>> = { i: "icu", c: "libc", b: "builtin" };
  const provider = providers[text("datlocprovider") ?? ""];
  const locale = text("datlocale") ?? text("daticulocale");
  const rules = text("daticurules");
  const localeWord = provider === "builtin" ? "BUILTIN_LOCALE" : "ICU_LOCALE";
  return [
    `OWNER ${escapeIdentifier(owner)}`,
    `ENCODING ${escapeLiteral(encoding)}`,
    `LC_COLLATE ${escapeLiteral(text("datcollate") ?? "C")}`,
    `LC_CTYPE ${escapeLiteral(text("datctype") ?? "C")}`,
    ...(provider === undefined ? [] : [`LOCALE_PROVIDER ${provider}`]),
    ...(locale === undefined ? [] : [`${localeWord} ${escapeLiteral(locale)}`]),
    ...(rules === undefined ? [] : [`ICU_RULES ${escapeLiteral(rules)}`]),
  ].join(" ");
}

/** `ALTER DATABASE ... SET` and `ALTER ROLE ... IN DATABASE ... SET`, as the model has them. */
async function settingsOf(client: Client, name: string, oid: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ role: string | null; setting: string }>(
    `SELECT nullif(s.setrole, 0)::regrole::text AS role, setting
     FROM pg_db_role_setting s, unnest(s.setconfig) AS setting WHERE s.setdatabase = $1::oid`,
    [oid],
  );
  return rows.map(({ role, setting }) => {
    const at = setting.indexOf("=");
    const [key, value] = [setting.slice(0, at), setting.slice(at + 1)];
    const database = escapeIdentifier(name);
    // regrole prints a role's name quoted where it has to be.
    const what = role === null ? `DATABASE ${database}` : `ROLE ${role} IN DATABASE ${database}`;
    return `ALTER ${what} SET ${escapeIdentifier(key)} TO ${settingValue(key, value)}`;
  });
}

/** Settings that hold lists of names keep their items apart; one literal would make one name of them. */
function settingValue(key: string, value: string): string {
  const isList = /^(search_path|temp_tablespaces|.*_preload_libraries)$/.test(key);
  return isList && value !== "" && value !== '""' ? value : escapeLiteral(value);
}

/** What others may do with the database itself, where that is not what every new one allows. */
async function grantsOf(client: Client, name: string, oid: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ sql: string }>(
    `SELECT format('GRANT %s ON DATABASE %s TO %s%s', a.privilege_type, quote_ident($2),
              CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
              CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS sql
     FROM pg_database d, aclexplode(d.datacl) a WHERE d.oid = $1::oid AND a.grantee <> d.datdba`,
    [oid, name],
  );
  const { rowCount } = await client.query(
    "SELECT FROM pg_database WHERE oid = $1::oid AND datacl IS NOT NULL",
    [oid],
  );
  if (rowCount === 0) return [];
  return [
    `REVOKE ALL ON DATABASE ${escapeIdentifier(name)} FROM PUBLIC`,
    ...rows.map((r) => r.sql),
  ];
}

function mayNotCreate(client: Client, cause: unknown): LockstepError {
  const role = client.user === undefined ? "ROLE" : escapeIdentifier(client.user);
  return new LockstepError("PRIVILEGE", "This role may not make databases", {
    where: `role ${client.user ?? ""}`,
    likely: "a whole database is restored into a new one, which then takes the old one's name",
    next: `as a superuser: ALTER ROLE ${role} CREATEDB; or restore single tables: lockstep restore BACKUP --table NAME`,
    sqlstate: "42501",
    cause,
  });
}
