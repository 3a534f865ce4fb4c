// Why no connection came about: network, TLS, passwords, pg_hba.conf, limits; facts are the target's parts.
import type { Entry } from "./entry.ts";

/** An entry for a connection that was not made. */
export interface ConnectionEntry extends Entry {
  /** What failed, in a few words. */
  readonly message: string;
  /** Whether waiting may help: the server is away, starting or full, not wrong. */
  readonly passes: boolean;
}

const CHECK = "check that the server runs and that host and port are right";

/** Node.js's codes of sockets and names. */
const NETWORK: readonly ConnectionEntry[] = [
  {
    id: "refused",
    codes: ["ECONNREFUSED"],
    message: "The database refuses connections",
    passes: true,
    likely: "no server listens at {host}, port {port}, or not yet",
    next: CHECK,
  },
  {
    id: "unknown-host",
    codes: ["ENOTFOUND"],
    message: "The database's host is unknown",
    passes: true,
    likely: "DNS knows no address for {host}",
    next: "check the host's name in DATABASE_URL (getent hosts {host}), and that you are in the network that knows it",
  },
  {
    id: "dns-away",
    codes: ["EAI_AGAIN"],
    message: "The database's host is unknown",
    passes: true,
    likely: "the DNS server has no answer for {host} at the moment",
    next: "check the network and its DNS server (getent hosts {host})",
  },
  {
    id: "no-route",
    codes: ["EHOSTUNREACH", "ENETUNREACH"],
    message: "The database cannot be reached",
    passes: true,
    likely: "no route leads to {host} from here",
    next: "check the network: VPN, security group, host",
  },
  {
    id: "no-answer",
    codes: ["ETIMEDOUT"],
    message: "The database does not answer",
    passes: true,
    likely: "a firewall drops the packets",
    next: "check host and port, and that the firewall lets you in from here",
  },
  {
    id: "slow-answer",
    codes: [],
    when: { words: /timeout expired/i },
    message: "The database does not answer",
    passes: true,
    likely: "it is overloaded, or a firewall is between",
    next: CHECK,
  },
  {
    id: "connection-reset",
    codes: ["ECONNRESET", "EPIPE"],
    message: "The database cut the connection",
    passes: true,
    likely: "it restarts, or something in between that is no PostgreSQL answered",
    next: CHECK,
  },
  {
    id: "no-socket",
    codes: ["ENOENT"],
    when: { names: /^connect ENOENT/m },
    message: "The database's socket is not there",
    passes: true,
    likely: "no server listens there yet, or its unix_socket_directories is another folder",
    next: CHECK,
  },
];

/** OpenSSL's codes; PostgreSQL's and pg's own words. */
const TLS: readonly ConnectionEntry[] = [
  {
    id: "tls-not-offered",
    codes: [],
    when: { words: /does not support SSL/ },
    message: "The server has no TLS",
    passes: false,
    likely: "it was built or configured without",
    next: "turn ssl on in postgresql.conf, or sslmode=disable where that is allowed",
  },
  {
    id: "tls-host-mismatch",
    codes: ["ERR_TLS_CERT_ALTNAME_INVALID"],
    message: "The server's certificate is for another host",
    passes: false,
    likely: "{host} is not among the names in the certificate",
    next: "connect by a name that the certificate has, or have one made with {host}; sslmode=verify-ca checks the authority but not the name",
  },
  {
    id: "tls-expired",
    codes: ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"],
    message: "The server's certificate is not valid at this time",
    passes: false,
    likely: "it has expired, or a clock is wrong",
    next: "have the server's certificate renewed; check this machine's clock (date)",
  },
  {
    id: "tls-untrusted",
    codes: [
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "SELF_SIGNED_CERT_IN_CHAIN",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    ],
    message: "The server's certificate is not trusted",
    passes: false,
    likely: "it was signed by an authority that this machine does not know",
    next: "give its authority with sslrootcert=, or sslmode=require to encrypt without checking",
  },
  {
    id: "tls-protocol",
    codes: [
      "EPROTO",
      "ERR_SSL_WRONG_VERSION_NUMBER",
      "ERR_SSL_UNSUPPORTED_PROTOCOL",
      "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    ],
    message: "TLS with the server fails",
    passes: false,
    likely: "both have no version of TLS in common, or the server wants a client's certificate",
    next: "check ssl_min_protocol_version on the server; a client's certificate is given with sslcert= and sslkey=",
  },
  {
    id: "tls-certificate",
    codes: [],
    when: { words: /certificate|self.signed/i },
    message: "The server's certificate is not trusted",
    passes: false,
    likely: "the certificate does not pass the check that sslmode asks for",
    next: "give its authority with sslrootcert=, or sslmode=require to encrypt without checking",
  },
];

/** SQLSTATEs that a server answers a connection with. */
const REFUSALS: readonly ConnectionEntry[] = [
  {
    id: "wrong-password",
    codes: ["28P01"],
    message: "The password is wrong",
    passes: false,
    likely: "user {user} exists or not: the server does not say",
    next: "set the right password in DATABASE_URL or DB_PASSWORD",
  },
  {
    id: "password-missing",
    codes: [],
    when: { words: /SASL|password/i },
    message: "The server wants a password",
    passes: false,
    likely: "the URL has none",
    next: "set the password in DATABASE_URL or DB_PASSWORD",
  },
  {
    id: "no-login",
    codes: ["28000"],
    when: { routine: /^InitializeSessionUserId/ },
    message: "The server does not let this user in",
    passes: false,
    likely: "the role {user} does not exist, or may not log in",
    next: "as an administrator: ALTER ROLE {userName} LOGIN; or CREATE ROLE {userName} LOGIN PASSWORD '...';",
  },
  {
    id: "closed-by-hba",
    codes: ["28000"],
    message: "The server does not let this user in",
    passes: false,
    likely:
      "pg_hba.conf has no line for {user} from here, rejects it, or wants TLS or a client's certificate",
    next: [
      "ask for a line in the server's pg_hba.conf (hostssl {database} {user} <your address> scram-sha-256, then SELECT pg_reload_conf();), or add ?sslmode=require (and sslcert= and sslkey=)",
    ],
  },
  {
    id: "missing-database",
    codes: ["3D000"],
    message: "Database {database} does not exist",
    passes: false,
    likely: "the name is wrong, or it was not created yet",
    next: "createdb -h {host} -p {port} -U {user} {database}",
  },
  {
    id: "no-connect-right",
    codes: ["42501"],
    message: "The server does not let this user into the database",
    passes: false,
    likely: "{user} lacks CONNECT on {database}",
    next: "as the database's owner: GRANT CONNECT ON DATABASE {databaseName} TO {userName};",
  },
  {
    id: "database-closed",
    codes: ["55000"],
    message: "The database takes no connections",
    passes: false,
    likely: "{database} is closed to all (datallowconn is off), as templates are",
    next: "as a superuser in another database: ALTER DATABASE {databaseName} ALLOW_CONNECTIONS true;",
  },
  {
    id: "role-connection-limit",
    codes: ["53300"],
    when: { routine: /^InitializeSessionUserId/ },
    message: "The database takes no more connections",
    passes: true,
    likely: "the role {user} has used up its own CONNECTION LIMIT",
    next: "close its idle sessions, or as an administrator: ALTER ROLE {userName} CONNECTION LIMIT -1;",
  },
  {
    id: "database-connection-limit",
    codes: ["53300"],
    when: { routine: /^CheckMyDatabase/ },
    message: "The database takes no more connections",
    passes: true,
    likely: "{database} has used up its own CONNECTION LIMIT",
    next: "close its idle sessions, or as its owner: ALTER DATABASE {databaseName} CONNECTION LIMIT -1;",
  },
  {
    id: "server-full",
    codes: ["53300"],
    message: "The database takes no more connections",
    passes: true,
    likely: "all of the server's connections (max_connections) are in use",
    next: "close idle sessions (SELECT pid, usename, application_name, state FROM pg_stat_activity ORDER BY state_change;), or raise max_connections and restart",
  },
  {
    id: "starting-or-stopping",
    codes: ["57P03"],
    message: "The database is starting up or shutting down",
    passes: true,
    likely: "it recovers, restarts or is being stopped",
    next: "wait until the server is up, then run the same command again",
  },
];

/** In the order in which they are tried. */
export const CONNECTION_ENTRIES: readonly ConnectionEntry[] = [...NETWORK, ...TLS, ...REFUSALS];

/** What else may have kept a connection from being made. */
export const OTHER_CONNECTION_ENTRIES = {
  refused: {
    id: "other-refusal",
    codes: [],
    message: "The server refuses the connection",
    passes: false,
    likely: "its own words say why",
    next: "mend what it names, then run the same command again",
  },
  setUp: {
    id: "unfit-options",
    codes: [],
    message: "The connection cannot be set up",
    passes: false,
    likely: "a file or an option that the URL names is not there or not fit",
    next: "check the URL's options",
  },
  lost: {
    id: "lost-before-made",
    codes: [],
    message: "The database cannot be reached",
    passes: true,
    likely: "the connection ended before it was made",
    next: CHECK,
  },
} as const satisfies Readonly<Record<string, ConnectionEntry>>;
