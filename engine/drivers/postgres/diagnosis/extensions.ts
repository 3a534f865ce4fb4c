// Which extension well-known functions, types and operator classes belong to, and which package has its files.

/** Names as PostgreSQL 18's contrib and the usual extensions define them. */
const BY_NAME: Readonly<Record<string, string>> = {
  ...owned("uuid-ossp", [
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuid_generate_v5",
  ]),
  ...owned("pgcrypto", [
    "crypt",
    "gen_salt",
    "digest",
    "hmac",
    "gen_random_bytes",
    "pgp_sym_encrypt",
    "pgp_sym_decrypt",
  ]),
  ...owned("pg_trgm", [
    "similarity",
    "word_similarity",
    "show_trgm",
    "gin_trgm_ops",
    "gist_trgm_ops",
  ]),
  ...owned("unaccent", ["unaccent"]),
  ...owned("citext", ["citext"]),
  ...owned("hstore", ["hstore", "hstore_to_json"]),
  ...owned("ltree", ["ltree", "lquery", "ltxtquery"]),
  ...owned("cube", ["cube"]),
  ...owned("intarray", ["intset", "gin__int_ops", "gist__int_ops"]),
  ...owned("isn", ["isbn", "isbn13", "ean13"]),
  ...owned("tablefunc", ["crosstab", "connectby", "normal_rand"]),
  ...owned("dblink", ["dblink", "dblink_connect", "dblink_exec"]),
  ...owned("fuzzystrmatch", ["levenshtein", "soundex", "metaphone", "dmetaphone"]),
  ...owned("earthdistance", ["ll_to_earth", "earth_distance", "earth_box"]),
  ...owned("pg_stat_statements", ["pg_stat_statements", "pg_stat_statements_reset"]),
  ...owned("postgis", [
    "geometry",
    "geography",
    "st_makepoint",
    "st_geomfromtext",
    "st_setsrid",
    "st_distance",
  ]),
  ...owned("vector", [
    "vector",
    "halfvec",
    "vector_cosine_ops",
    "vector_l2_ops",
    "vector_ip_ops",
    "hnsw",
    "ivfflat",
  ]),
};

/** Packages of Debian and apt.postgresql.org, `%` being the server's major version; else contrib's. */
const PACKAGES: Readonly<Record<string, string>> = {
  postgis: "postgresql-%-postgis-3",
  postgis_topology: "postgresql-%-postgis-3",
  postgis_raster: "postgresql-%-postgis-3",
  vector: "postgresql-%-pgvector",
  pg_cron: "postgresql-%-cron",
  pg_partman: "postgresql-%-partman",
  pg_repack: "postgresql-%-repack",
  pgaudit: "postgresql-%-pgaudit",
  hypopg: "postgresql-%-hypopg",
  hll: "postgresql-%-hll",
  rum: "postgresql-%-rum",
  plpython3u: "postgresql-plpython3-%",
  plperl: "postgresql-plperl-%",
  pltcl: "postgresql-pltcl-%",
};

/** The extension that defines `name`, where it is a well-known one. */
export function extensionOf(name: string): string | undefined {
  return BY_NAME[name.toLowerCase()];
}

/** The Debian package with the extension's files for the server's `major` version; undefined where we know of none. */
export function packageOf(extension: string, major: number): string | undefined {
  if (Object.values(BY_NAME).includes(extension) || extension in PACKAGES) {
    return (PACKAGES[extension] ?? "postgresql-contrib").replace("%", String(major));
  }
  return undefined;
}

function owned(extension: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, extension]));
}
