// Connecting: what is waited for, what ends it at once, and what every session is told.
import assert from "node:assert/strict";
import {
  close,
  connect,
  connectWhenReady,
  withConnection,
} from "../../../../../engine/drivers/postgres/connect.ts";
import { parseUrl, type DatabaseTarget } from "../../../../../engine/drivers/postgres/target.ts";
import { formatError } from "../../../../../engine/errors/formatError.ts";
import { exitCodeOf } from "../../../../../engine/errors/lockstepError.ts";
import {
  createRole,
  queryAll,
  serverMajor,
  useDatabase,
  withClient,
} from "../../../../support/database.ts";
import { failureOf } from "../../../../support/failureOf.ts";
import { freePort } from "../../../../support/freePort.ts";
import { startRelay } from "./relay.ts";

const NAMED = { applicationName: "lockstep:test" };

/** `url` with other parts. */
function target(
  url: string,
  parts: Partial<Record<"port" | "password" | "pathname" | "search", string>> = {},
): DatabaseTarget {
  return parseUrl(Object.assign(new URL(url), parts).href, "test");
}

describe("connect", () => {
  const database = useDatabase();

  it("names the session and sets its limits, whatever the role's own are", async () => {
    const url = await createRole(database.url);
    const role = new URL(url).username;
    const major = await serverMajor(database.url);
    const newer = [
      ...(major >= 14 ? ["idle_session_timeout"] : []),
      ...(major >= 17 ? ["transaction_timeout"] : []),
    ];
    for (const limit of ["lock_timeout", "statement_timeout", ...newer])
      await queryAll(database.url, `alter role ${role} set ${limit} = '7s'`);
    const limits = await withConnection(target(url), NAMED, async (client) => {
      const found = await client.query(
        `select current_setting('application_name') as name, current_setting('lock_timeout') as lock,
           current_setting('statement_timeout') as statement,
           array(select current_setting(name) from unnest($1::text[]) as name) as newer,
           current_setting('idle_in_transaction_session_timeout') as open`,
        [newer],
      );
      return found.rows[0] as unknown;
    });
    assert.deepEqual(limits, {
      ...{
        name: "lockstep:test",
        lock: "0",
        statement: "0",
        newer: newer.map(() => "0"),
        open: "1min",
      },
    });
  });

  it("keeps its own name where the URL gives another", async () => {
    const named = target(database.url, { search: "?application_name=mine" });
    await withConnection(named, NAMED, async (client) => {
      const found = await client.query("show application_name");
      assert.deepEqual(found.rows, [{ application_name: "lockstep:test" }]);
    });
  });

  it("closes a connection that the server has ended already without a word", async () => {
    const client = await connect(target(database.url), NAMED);
    await assert.rejects(client.query("select pg_terminate_backend(pg_backend_pid())"));
    await close(client);
  });

  it("tells a wrong password, a missing database and a missing privilege apart", async () => {
    const url = await createRole(database.url);
    const wrong = await failureOf(connect(target(url, { password: "hunter2" }), NAMED));
    const missing = await failureOf(connect(target(url, { pathname: "/no_such" }), NAMED));
    await withClient(database.url, async (admin) => {
      await admin.query(
        `do $$ begin execute format('revoke connect on database %I from public', current_database()); end $$`,
      );
    });
    const shutOut = await failureOf(connect(target(url), NAMED));
    assert.deepEqual(
      [wrong, missing, shutOut].map(({ code, sqlstate }) => [code, sqlstate]),
      [
        ["CONNECTION", "28P01"],
        ["CONNECTION", "3D000"],
        ["CONNECTION", "42501"],
      ],
    );
    assert.match(wrong.next ?? "", /DB_PASSWORD/);
    assert.match(missing.message, /Database no_such does not exist/);
    assert.equal(exitCodeOf(wrong), 1);
    assert.doesNotMatch(formatError(wrong), /hunter2/);
    await queryAll(database.url, /GRANT .*;/.exec(shutOut.next ?? "")?.[0] ?? "");
    await close(await connect(target(url), NAMED));
  });

  it("goes on without TLS for sslmode=prefer only", async () => {
    const relay = await startRelay(database.url);
    try {
      const prefer = target(relay.url, { search: "?sslmode=prefer" });
      await close(await connect(prefer, NAMED));
      const require = target(relay.url, { search: "?sslmode=require" });
      const error = await failureOf(connect(require, NAMED));
      assert.equal(error.message, "The server has no TLS");
    } finally {
      relay.close();
    }
  });

  it("says when a certificate's file is not there", async () => {
    const search = "?sslmode=verify-full&sslrootcert=/no/such/ca.pem";
    const error = await failureOf(connect(target(database.url, { search }), NAMED));
    assert.equal(error.message, "The connection cannot be set up");
    assert.match(error.seen ?? "", /\/no\/such\/ca\.pem/);
  });
});

describe("connectWhenReady", () => {
  const database = useDatabase();
  const soon = { ...NAMED, attempts: 3, intervalMs: 1 };

  it("connects as soon as the database comes up", async () => {
    const port = await freePort();
    const late = target(database.url, { port: String(port) });
    const heard: string[] = [];
    let relay: ReturnType<typeof startRelay> | undefined;
    const client = await connectWhenReady(late, {
      ...NAMED,
      ...{ attempts: 10_000, intervalMs: 5 },
      report: (level, message) => {
        heard.push(`${level} ${message}`);
        if (heard.length === 2) relay = startRelay(database.url, port);
      },
    });
    await close(client);
    (await relay)?.close();
    assert.match(
      heard[0] ?? "",
      /^progress waiting for database .*: attempt 1\/10000 \(ECONNREFUSED\)/,
    );
    assert.match(heard.at(-1) ?? "", /^info database .* answers \(attempt \d+\/10000\)/);
  });

  it("gives up after the last attempt", async () => {
    const away = target(database.url, { port: String(await freePort()) });
    let waits = 0;
    const report = () => {
      waits += 1;
    };
    const error = await failureOf(connectWhenReady(away, { ...soon, report }));
    assert.equal(error.code, "CONNECTION");
    assert.equal(error.message, "The database refuses connections");
    assert.equal(error.where, away.display);
    assert.equal(waits, 2);
  });

  it("does not wait for what waiting cannot mend", async () => {
    const url = await createRole(database.url);
    const patient = {
      ...{ ...NAMED, attempts: 30, intervalMs: 3_600_000 },
      report: () => assert.fail("it waits"),
    };
    for (const wrong of [{ password: "wrong" }, { pathname: "/no_such" }]) {
      const error = await failureOf(connectWhenReady(target(url, wrong), patient));
      assert.equal(error.code, "CONNECTION");
    }
  });

  it("stops waiting when interrupted", async () => {
    const away = target(database.url, { port: String(await freePort()) });
    const stop = new AbortController();
    const waiting = connectWhenReady(away, {
      ...{ ...NAMED, attempts: 30, intervalMs: 3_600_000 },
      report: () => {
        stop.abort();
      },
      signal: stop.signal,
    });
    assert.equal((await failureOf(waiting)).code, "INTERRUPTED");
  });

  it("is quiet about a database that is up", async () => {
    let said = 0;
    const report = () => {
      said += 1;
    };
    await close(await connectWhenReady(target(database.url), { ...soon, report }));
    assert.equal(said, 0);
  });
});
