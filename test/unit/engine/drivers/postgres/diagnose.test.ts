// Failed connections: which may pass, which never will, and that each says what to do.
import assert from "node:assert/strict";
import { DatabaseError } from "pg";
import {
  codeOf,
  connectionError,
  isConnectionLost,
  isRetryableConnectionError,
} from "../../../../../engine/drivers/postgres/diagnose.ts";
import { parseUrl } from "../../../../../engine/drivers/postgres/target.ts";

const TARGET = parseUrl("postgresql://app:hunter2@db:5432/shop", "test");

const system = (code: string, message = code) => Object.assign(new Error(message), { code });
function server(code: string, message = code) {
  return Object.assign(new DatabaseError(message, message.length, "error"), { code });
}

const MAY_PASS: readonly (readonly [error: Error, message: RegExp])[] = [
  [system("ECONNREFUSED"), /refuses connections/],
  [system("ENOTFOUND"), /host is unknown/],
  [system("EAI_AGAIN"), /host is unknown/],
  [system("EHOSTUNREACH"), /cannot be reached/],
  [system("ETIMEDOUT"), /does not answer/],
  [system("ECONNRESET"), /cut the connection/],
  [system("ENOENT", "connect ENOENT /run/postgresql/.s.PGSQL.5432"), /socket is not there/],
  [server("57P03"), /starting up/],
  [server("53300"), /takes no more connections/],
  [server("57P01"), /cannot be reached/],
  [new Error("timeout expired"), /does not answer/],
  [new Error("Connection terminated unexpectedly"), /cannot be reached/],
  [new AggregateError([system("ECONNREFUSED"), system("ECONNREFUSED")]), /refuses connections/],
];

const WILL_NOT: readonly (readonly [error: Error, message: RegExp])[] = [
  [server("28P01"), /password is wrong/],
  [server("28000"), /does not let this user in/],
  [server("3D000"), /shop does not exist/],
  [server("42501"), /into the database/],
  [server("42704", 'unrecognized parameter "x"'), /refuses the connection/],
  [new Error("The server does not support SSL connections"), /has no TLS/],
  [system("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"), /not trusted/],
  [
    new Error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"),
    /wants a password/,
  ],
  [system("ENOENT", "ENOENT: no such file or directory, open 'ca.pem'"), /cannot be set up/],
];

describe("a failed connection", () => {
  for (const [retryable, errors] of [
    [true, MAY_PASS],
    [false, WILL_NOT],
  ] as const) {
    for (const [error, message] of errors) {
      it(`${retryable ? "is waited for" : "ends it"}: ${codeOf(error) ?? ""} ${error.message}`, () => {
        assert.equal(isRetryableConnectionError(error), retryable);
        const told = connectionError(error, TARGET);
        assert.equal(told.code, "CONNECTION");
        assert.match(told.message, message);
        assert.equal(told.where, "db:5432/shop");
        assert.ok(told.likely && told.next && told.seen, "it says all");
        assert.equal(told.cause, error);
      });
    }
  }

  it("names role and database as SQL wants them", () => {
    const odd = parseUrl('postgresql://a"b:x@db/My%20Shop', "test");
    assert.match(
      connectionError(server("42501"), odd).next ?? "",
      /GRANT CONNECT ON DATABASE "My Shop" TO "a""b";/,
    );
  });
});

describe("isConnectionLost", () => {
  it("knows what the socket, the server and the driver say", () => {
    const lost = [
      ...["ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_STREAM_DESTROYED"].map((code) => system(code)),
      ...["57P01", "57P02", "57P05", "25P03", "25P04", "08006"].map((code) => server(code)),
      new Error("Connection terminated unexpectedly"),
      new Error("Client has encountered a connection error and is not queryable"),
      new Error("Client was closed and is not queryable"),
    ];
    assert.deepEqual(
      lost.filter((error) => !isConnectionLost(error)),
      [],
    );
  });

  it("does not take a statement's own failure for it", () => {
    const own = [server("57014"), server("55P03"), server("40001"), new Error("no"), "text", null];
    assert.deepEqual(own.filter(isConnectionLost), []);
  });
});
