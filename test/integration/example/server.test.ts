// The example app as a process: its API in every release and schema that meet, its health, start and stop.

import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { databaseName, queryAll, serverUrl, withDatabase } from "../../support/database.ts";
import { applyMigrations, runSql } from "./exampleMigrations.ts";
import { findFreePort, startVault, withVault, type Vault } from "./vaultProcess.ts";

const json = { "content-type": "application/json" };

describe("example server", () => {
  const combinations: readonly [release: string, migrations: number, when: string][] = [
    ["1.0", 2, "on its own schema"],
    ["1.0", 4, "after 1.1's expand files"],
    ["1.1", 4, "before its contract file"],
    ["1.1", 5, "after its contract file"],
    ["1.1", 6, "after 1.2's expand file"],
    ["1.2", 6, "before its contract file"],
    ["1.2", 7, "after its contract file"],
  ];
  for (const [release, last, when] of combinations) {
    it(`creates, reads, changes, lists and deletes with ${release} ${when}`, async () => {
      await withDatabase(async (url) => {
        await applyMigrations(url, [1, last]);
        await withVault({ release, env: { DATABASE_URL: url } }, checkApi);
      });
    });
  }

  it("answers what it cannot do with the status that says why", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 5]);
      await withVault({ release: "1.1", env: { DATABASE_URL: url } }, async ({ base }) => {
        const post = (body: string) =>
          fetch(`${base}/customers`, { method: "POST", body, headers: json });
        const ada = JSON.stringify({ name: "Ada", email: "ada@example.test" });
        assert.equal((await post(ada)).status, 201);
        const cases: readonly [number, Promise<Response>][] = [
          [400, post("{")],
          [400, post('{"name":"Ada"}')],
          [400, post('{"name":"Ada","email":"b@example.test","id":7}')],
          [409, post(ada)],
          [413, post(JSON.stringify({ name: "x".repeat(100_000) }))],
          [400, fetch(`${base}/customers/x`)],
          [404, fetch(`${base}/customers/999`)],
          [404, fetch(`${base}/nothing`)],
          [405, fetch(`${base}/customers`, { method: "PUT" })],
        ];
        for (const [status, answer] of cases) {
          const response = await answer;
          const { error } = (await response.json()) as { error: string };
          assert.equal(response.status, status, error);
          assert.ok(error.length > 0);
        }
        const { headers } = await fetch(`${base}/health`, { method: "DELETE" });
        assert.equal(headers.get("allow"), "GET");
      });
    });
  });

  it("tells its release in /health, /metrics and application_name", async () => {
    await withDatabase(async (url) => {
      const env = { DATABASE_URL: url, LOCKSTEP_RELEASE: "abc123" };
      await withVault({ release: "1.0", env }, async ({ base }) => {
        const health = await fetch(`${base}/health`);
        assert.equal(health.status, 200);
        assert.deepEqual(await health.json(), { status: "ok", release: "abc123", label: "1.0" });
        const metrics = await fetch(`${base}/metrics`);
        assert.equal(
          metrics.headers.get("content-type"),
          "text/plain; version=0.0.4; charset=utf-8",
        );
        const lines = (await metrics.text()).split("\n");
        assert.ok(lines.includes('app_info{release="abc123",label="1.0"} 1'));
        assert.ok(
          lines.includes('http_requests_total{method="GET",route="/health",status="200"} 1'),
        );
        const sessions = await queryAll(
          url,
          "SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
          [databaseName(url)],
        );
        // The pool's, and the one that looks at the maintenance switch.
        assert.deepEqual(sessions, [{ name: "app:abc123" }]);
      });
    });
  });

  it("fails every eighth customer request in release 1.2, and is healthy", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 6]);
      await withVault({ release: "1.2", env: { DATABASE_URL: url } }, async ({ base }) => {
        const statuses: number[] = [];
        for (let n = 0; n < 16; n++) statuses.push((await fetch(`${base}/customers`)).status);
        const seven = Array<number>(7).fill(200);
        assert.deepEqual(statuses, [...seven, 500, ...seven, 500]);
        assert.equal((await fetch(`${base}/health`)).status, 200);
      });
    });
  });

  it("is up while there is no database, and well as soon as there is one", async () => {
    await withDatabase(async (admin) => {
      const url = new URL(admin);
      url.pathname = `/${databaseName(admin)}_late`;
      await withVault({ release: "1.0", env: { DATABASE_URL: url.href } }, async ({ base }) => {
        const before = await fetch(`${base}/health`);
        assert.equal(before.status, 503);
        assert.match(((await before.json()) as { reason: string }).reason, /does not exist/);
        await runSql(admin, `CREATE DATABASE ${databaseName(url.href)}`);
        try {
          assert.equal((await fetch(`${base}/health`)).status, 200);
        } finally {
          await runSql(admin, `DROP DATABASE ${databaseName(url.href)} WITH (FORCE)`);
        }
      });
    });
  });

  it("says so when the database does not answer", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as { port: number };
    const env = { DB_HOST: "127.0.0.1", DB_PORT: String(port), DB_NAME: "x", DB_USER: "x" };
    try {
      await withVault({ release: "1.0", env }, async ({ base }) => {
        const health = await fetch(`${base}/health`);
        assert.equal(health.status, 503);
        assert.match(
          ((await health.json()) as { reason: string }).reason,
          /no answer within 2000 ms/,
        );
      });
    } finally {
      silent.close();
    }
  });

  it("outlives the end of its connections", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 2]);
      await withVault({ release: "1.0", env: { DATABASE_URL: url } }, async (vault) => {
        assert.equal((await fetch(`${vault.base}/customers`)).status, 200);
        await queryAll(
          await serverUrl(),
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
          [databaseName(url)],
        );
        await vault.logged("error");
        assert.equal((await fetch(`${vault.base}/customers`)).status, 200);
      });
    });
  });

  it("answers a request that is under way when it is told to stop, then ends with 0", async () => {
    await withDatabase(async (url) => {
      await applyMigrations(url, [1, 2]);
      await withVault({ release: "1.0", env: { DATABASE_URL: url } }, async (vault) => {
        const post = request(`${vault.base}/customers`, { method: "POST", headers: json });
        const answered = once(post, "response");
        // The server has the head of the request, and waits for the rest.
        post.write('{"name":"Ada",');
        await once(post, "socket");
        assert.equal((await fetch(`${vault.base}/health`)).status, 200);
        const exitCode = vault.stop();
        await waitUntilRefused(vault.base);
        post.end('"email":"ada@example.test"}');
        const [response] = (await answered) as [import("node:http").IncomingMessage];
        assert.equal(response.statusCode, 201);
        assert.equal(response.headers.connection, "close");
        response.resume();
        assert.equal(await exitCode, 0);
      });
    });
  });

  it("waits for its predecessor's port and takes over when that stops", async () => {
    await withDatabase(async (url) => {
      const port = await findFreePort();
      const env = { DATABASE_URL: url };
      const old = startVault({ release: "1.0", port, env });
      await old.logged("start");
      const successor = startVault({ release: "1.1", port, env });
      try {
        assert.equal(await labelOf(old), "1.0");
        assert.equal(await old.stop(), 0);
        await successor.logged("start");
        assert.equal(await labelOf(successor), "1.1");
      } finally {
        await old.stop();
        assert.equal(await successor.stop(), 0);
      }
    });
  });

  it("refuses a release that there is not, and says which there are", async () => {
    const vault = startVault({ release: "9.9", port: 1, env: {} });
    const { message } = await vault.logged("error");
    assert.match(String(message), /Expected a release \(1\.0, 1\.1, 1\.2\), got "9\.9"/);
    assert.equal(await vault.ended, 1);
  });
});

async function checkApi({ base }: Vault): Promise<void> {
  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${base}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: json }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Customer };
  };
  const ada = { name: "Ada", email: "ada@example.test", phone: "+49 (30) 1" };
  const created = await send("POST", "/customers", ada);
  assert.equal(created.status, 201);
  const { id, createdAt, ...rest } = created.body;
  assert.deepEqual(rest, ada);
  const path = `/customers/${id}`;
  assert.deepEqual((await send("GET", path)).body, { id, ...ada, createdAt });
  const changed = { ...ada, name: "Ada L.", phone: null };
  assert.deepEqual(await send("PATCH", path, { name: "Ada L.", phone: null }), {
    status: 200,
    body: { id, ...changed, createdAt },
  });
  assert.deepEqual((await send("PATCH", path, { phone: "2" })).body.phone, "2");
  assert.deepEqual((await send("GET", "/customers?limit=1")).body, {
    customers: [{ id, ...changed, phone: "2", createdAt }],
    next: id,
  });
  assert.equal((await send("DELETE", path)).status, 204);
  // The eighth request, which 1.2 fails, is this one.
  const gone = await send("GET", path);
  assert.ok(gone.status === 404 || gone.status === 500);
}

interface Customer {
  id: number;
  phone: string | null;
  createdAt: string;
}

async function labelOf({ base }: Vault): Promise<unknown> {
  return ((await (await fetch(`${base}/health`)).json()) as { label: string }).label;
}

async function waitUntilRefused(base: string): Promise<void> {
  for (;;) {
    const code = await new Promise((resolve) => {
      const probe = request(`${base}/health`, { agent: false }, (response) => {
        response.resume();
        resolve(undefined);
      });
      probe.on("error", (error: NodeJS.ErrnoException) => {
        resolve(error.code);
      });
      probe.end();
    });
    if (code === "ECONNREFUSED") return;
  }
}
