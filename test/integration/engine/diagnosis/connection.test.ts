// Why no connection comes about: each way provoked on a server of one's own, each remedy tried where it is SQL.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { close, connect } from "../../../../engine/drivers/postgres/connect.ts";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { formatError } from "../../../../engine/errors/formatError.ts";
import type { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import {
  createRole,
  databaseName,
  queryAll,
  useDatabase,
  withClient,
} from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { freePort } from "../../../support/freePort.ts";
import { putHbaLine, urlAs, useServer } from "./ownServer.ts";

const open = (url: string) =>
  connect(parseUrl(url, "DATABASE_URL"), { applicationName: "lockstep:test" });
const succeeds = async (url: string) => {
  await close(await open(url));
};

/** The error of a connection, whose password must not be in it. */
async function refused(url: string): Promise<LockstepError> {
  const error = await failureOf(open(url));
  assert.equal(error.code, "CONNECTION");
  assert.ok(error.likely && error.next && error.seen, "it says all");
  const { password } = new URL(url);
  if (password) assert.ok(!formatError(error).includes(password), "the password is in it");
  return error;
}

/** The first SQL command in the remedy. */
const command = ({ next = "" }: LockstepError) => /[A-Z]{2,} [^;]*;/.exec(next)?.[0] ?? "";

describe("a host that is not there", () => {
  it("has no name that DNS knows", async () => {
    const error = await refused("postgresql://app:hunter2@db.invalid/shop");
    assert.match(error.message, /host is unknown/);
    assert.match(error.likely ?? "", /db\.invalid/);
    assert.match(error.next ?? "", /getent hosts db\.invalid/);
  });

  it("has no server at the port", async () => {
    const port = await freePort();
    const error = await refused(`postgresql://app:hunter2@127.0.0.1:${port}/shop`);
    assert.equal(error.message, "The database refuses connections");
    assert.equal(error.likely, `no server listens at 127.0.0.1, port ${port}, or not yet`);
  });

  it("has no socket in the folder", async () => {
    const error = await refused("postgresql://app:hunter2@%2Fno%2Fsuch%2Ffolder/shop");
    assert.equal(error.message, "The database's socket is not there");
  });

  for (const [what, answer] of [
    ["cuts the connection", undefined],
    ["speaks another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ] as const) {
    it(what, async () => {
      const server = createServer((socket) => {
        socket.on("error", () => undefined);
        if (answer === undefined) socket.resetAndDestroy();
        else socket.end(answer);
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      try {
        const { port } = server.address() as AddressInfo;
        const error = await refused(`postgresql://app:hunter2@127.0.0.1:${port}/shop`);
        assert.match(error.message, /cut the connection|cannot be reached|cannot be set up/);
      } finally {
        server.close();
      }
    });
  }
});

describe("something that is no PostgreSQL", () => {
  it("says yes to TLS and then speaks none", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        socket.write("S");
        socket.once("data", () => socket.end("220 mail.example ESMTP\r\n"));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const error = await refused(
        `postgresql://app:hunter2@127.0.0.1:${port}/shop?sslmode=require`,
      );
      assert.equal(error.message, "TLS with the server fails");
    } finally {
      server.close();
    }
  });

  it("takes the connection and says nothing", async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const error = await refused(`postgresql://app:hunter2@127.0.0.1:${port}/shop`);
      assert.equal(error.message, "The database does not answer");
      assert.match(error.likely ?? "", /overloaded, or a firewall/);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
});

describe("a role or database that is closed", () => {
  const database = useDatabase();
  const name = () => databaseName(database.url);

  it("28000: a role that may not log in, under a method that asks for no password", async () => {
    const url = await createRole(database.url);
    const { username } = new URL(url);
    await queryAll(database.url, `ALTER ROLE ${username} NOLOGIN`);
    const error = await refused(url);
    assert.equal(error.sqlstate, "28000");
    assert.match(
      error.likely ?? "",
      new RegExp(`role ${username} does not exist, or may not log in`),
    );
    assert.equal(command(error), `ALTER ROLE "${username}" LOGIN;`);
    await queryAll(database.url, command(error));
    await succeeds(url);
  });

  it("53300: a role at its own limit", async () => {
    const url = await createRole(database.url);
    const { username } = new URL(url);
    await queryAll(database.url, `ALTER ROLE ${username} CONNECTION LIMIT 1`);
    await withClient(url, async () => {
      const error = await refused(url);
      assert.equal(error.sqlstate, "53300");
      assert.match(error.likely ?? "", new RegExp(`role ${username} has used up its own`));
      await queryAll(database.url, command(error));
      await succeeds(url);
    });
  });

  it("53300: a database at its own limit", async () => {
    const url = await createRole(database.url);
    await queryAll(database.url, `ALTER DATABASE ${name()} CONNECTION LIMIT 1`);
    await withClient(url, async () => {
      const error = await refused(url);
      assert.equal(error.sqlstate, "53300");
      assert.match(error.likely ?? "", new RegExp(`${name()} has used up its own`));
      await queryAll(database.url, command(error));
      await succeeds(url);
    });
  });

  it("55000: a database that takes nobody", async () => {
    const admin = urlAs(database.url, { pathname: "/postgres" });
    await queryAll(admin, `ALTER DATABASE ${name()} ALLOW_CONNECTIONS false`);
    const error = await refused(database.url);
    assert.equal(error.sqlstate, "55000");
    assert.match(error.likely ?? "", /datallowconn/);
    await queryAll(admin, command(error));
    await succeeds(database.url);
  });

  it("a URL without the password that the server wants", async () => {
    const error = await refused(urlAs(await createRole(database.url), { password: "" }));
    assert.equal(error.message, "The server wants a password");
  });
});

describe("a server that takes no more, or not from here", () => {
  const server = useServer();

  it("28000: pg_hba.conf rejects the role", async () => {
    await putHbaLine(server, "host all all 127.0.0.1/32 reject");
    const error = await eventually("the reload", async () => {
      const client = await open(server.url).catch((one: unknown) => one as LockstepError);
      return client instanceof Error ? client : close(client).then(() => undefined);
    });
    assert.equal(error.sqlstate, "28000");
    assert.match(error.likely ?? "", /pg_hba\.conf .* rejects it/);
    assert.match(error.next ?? "", /hostssl shop app <your address> scram-sha-256/);
  });

  it("53300: all connections are in use", async () => {
    const role = await createRole(server.url);
    const clients = [];
    try {
      for (;;) {
        const next = await open(role).catch((error: unknown) => error as LockstepError);
        if (next instanceof Error) {
          assert.equal(next.sqlstate, "53300");
          assert.match(next.likely ?? "", /all of the server's connections \(max_connections\)/);
          assert.match(next.next ?? "", /FROM pg_stat_activity/);
          return;
        }
        clients.push(next);
      }
    } finally {
      await Promise.all(clients.map(close));
    }
  });

  it("57P03: the server is being stopped", async () => {
    const client = await open(server.url);
    try {
      // A smart shutdown waits for those that are there, and takes nobody else.
      process.kill(server.pid, "SIGTERM");
      const error = await eventually("the shutdown", async () => {
        const other = await open(server.url).catch((one: unknown) => one as LockstepError);
        return other instanceof Error ? other : close(other).then(() => undefined);
      });
      assert.equal(error.sqlstate, "57P03");
      assert.match(error.message, /starting up or shutting down/);
    } finally {
      await close(client);
    }
  });
});
