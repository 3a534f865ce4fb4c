// Whose grammar files are read by.

/** The major version of PostgreSQL whose parser libpg-query is: its own major version. */
export const PARSER_MAJOR = 18;
