// A PostgreSQL of one's own, with a real server: made, adopted, recovered, stopped.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { embeddedStatus, startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { runAs, serverUserFor } from "../../../../engine/embedded/serverUser.ts";
import { identityOf, isAlive } from "../../../../engine/process/identity.ts";
import { queryAll, serverMajor } from "../../../support/database.ts";
import { eventually } from "../../../support/eventually.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { makeTempDir } from "../../../support/tempDir.ts";

describe("startEmbedded", () => {
  let dir = "";
  const options = () => ({ dir, database: "app", scratch: true });

  beforeEach(async () => {
    dir = join(await makeTempDir("pg"), "db");
  });
  afterEach(async () => {
    await stopEmbedded(dir);
    await rm(dir, { recursive: true, force: true });
  });

  it("makes a server as a production server would be: checksums, scram, UTF-8, one address", async () => {
    const { url, version } = await startEmbedded({ dir, database: "app" });
    const major = await serverMajor(url);
    const [row] = await queryAll(
      url,
      `select current_setting('server_version') as version, current_setting('data_checksums') as checksums,
        current_setting('wal_level') as wal, current_setting('fsync') as fsync, current_setting('listen_addresses') as addresses,
        current_setting('unix_socket_directories') as sockets, current_setting('log_lock_waits') as waits,
        current_setting('max_connections') as connections, datname, to_jsonb(pg_database) ->> 'datlocprovider' as provider,
        coalesce(to_jsonb(pg_database) ->> 'datlocale', datcollate) as locale, pg_encoding_to_char(encoding) as encoding, (select count(*)::int from pg_hba_file_rules where auth_method <> 'scram-sha-256') as other
        from pg_database where datname = current_database()`,
    );
    assert.deepEqual(row, {
      version,
      checksums: "on",
      wal: "replica",
      fsync: "on",
      addresses: "127.0.0.1",
      sockets: "",
      waits: "on",
      connections: "100",
      datname: "app",
      // PostgreSQL has providers from 15 on, and one of its own from 17 on.
      provider: major < 15 ? null : major < 17 ? "c" : "b",
      locale: "C.UTF-8",
      encoding: "UTF8",
      other: 0,
    });
  });

  it("keeps the password to itself", async () => {
    const { url, pid } = await startEmbedded(options());
    const { password } = new URL(url);
    assert.equal((await stat(join(dir, "password"))).mode & 0o777, 0o600);
    const { stdout: args } = await execa("ps", ["-o", "args=", "-p", String(pid)]);
    for (const text of [args, await readFile(join(dir, "server.log"), "utf8")]) {
      assert.ok(!text.includes(password));
    }
    const wrong = new URL(url);
    wrong.password = "wrong";
    await assert.rejects(queryAll(wrong.href, "select 1"), { code: "28P01" });
  });

  it("adopts the server that runs", async () => {
    const first = await startEmbedded(options());
    const second = await startEmbedded({ ...options(), database: "another" });
    assert.equal(second.pid, first.pid);
    assert.equal(second.adopted, true);
    assert.equal(new URL(second.url).pathname, "/another");
    await queryAll(second.url, "select 1");
  });

  it("recovers a killed server on the same port, with its data", async () => {
    const first = await startEmbedded({ dir, database: "app" });
    await queryAll(first.url, "create table kept as select 42 as answer");
    const killed = identityOf(first.pid);
    process.kill(first.pid, "SIGKILL");
    await eventually("its end", () => killed === undefined || !isAlive(killed));
    const said: string[] = [];
    const report = (_level: string, message: string) => said.push(message);
    const second = await startEmbedded({ dir, database: "app", report });
    assert.equal(second.url, first.url);
    assert.deepEqual(await queryAll(second.url, "select answer from kept"), [{ answer: 42 }]);
    assert.ok(said.some((message) => message.includes("did not end cleanly")));
  });

  it("lets one of two win that start at once, and the other adopt", async () => {
    const script = fileURLToPath(new URL("../../../fixtures/startEmbedded.ts", import.meta.url));
    const start = async () => {
      const env = { START_DIR: dir };
      const { stdout } = await execa(process.execPath, ["--import", "tsx", script], { env });
      return JSON.parse(stdout) as { pid: number; port: number; adopted: boolean };
    };
    const [one, two] = await Promise.all([start(), start()]);
    assert.equal(one.pid, two.pid);
    assert.equal(one.port, two.port);
    assert.notEqual(one.adopted, two.adopted);
  });

  it("keeps its port over a stop, and refuses to move when somebody has taken it", async () => {
    const { url, port } = await startEmbedded(options());
    assert.equal(await stopEmbedded(dir), true);
    const stranger = createServer().listen(port, "127.0.0.1");
    await once(stranger, "listening");
    try {
      const error = await failureOf(startEmbedded(options()));
      assert.equal(error.code, "CONFIG");
      assert.match(error.message, new RegExp(`port ${port} is taken`));
      if (process.platform === "linux") assert.match(error.seen ?? "", /\(pid \d+\) listens/);
    } finally {
      stranger.close();
      await once(stranger, "close");
    }
    assert.equal((await startEmbedded(options())).url, url);
  });

  it("starts although its old pid belongs to a stranger of the same user", async () => {
    await startEmbedded(options());
    const pidFile = await readFile(join(dir, "data", "postmaster.pid"), "utf8");
    await stopEmbedded(dir);
    const { extendEnv: _none, ...as } = runAs(await serverUserFor(join(dir, "data")));
    const stranger = spawn("sleep", ["600"], as);
    await once(stranger, "spawn");
    try {
      const stale = pidFile.replace(/^\d+/, String(stranger.pid));
      await writeFile(join(dir, "data", "postmaster.pid"), stale);
      assert.equal((await embeddedStatus(dir)).state, "stopped");
      assert.notEqual((await startEmbedded(options())).pid, stranger.pid);
      assert.equal(stranger.signalCode, null);
    } finally {
      stranger.kill("SIGKILL");
    }
  });

  it("shows what the server's log said when it does not start", async () => {
    await startEmbedded(options());
    await stopEmbedded(dir);
    await appendFile(join(dir, "data", "postgresql.conf"), "no_such_setting = 1\n");
    const error = await failureOf(startEmbedded(options()));
    assert.equal(error.code, "PROCESS_FAILED");
    assert.match(error.seen ?? "", /unrecognized configuration parameter "no_such_setting"/);
    assert.equal((await embeddedStatus(dir)).state, "stopped");
  });

  it("makes a data folder anew where making it was cut short", async () => {
    await mkdir(join(dir, "data.new", "data"), { recursive: true });
    await queryAll((await startEmbedded(options())).url, "select 1");
  });

  it("says so when the password file is lost", async () => {
    await startEmbedded(options());
    await stopEmbedded(dir);
    await rm(join(dir, "password"));
    const error = await failureOf(startEmbedded(options()));
    assert.equal(error.code, "CONFIG");
    assert.match(error.message, /password file is gone/);
  });
});

describe("stopEmbedded", () => {
  it("ends the server under its sessions and keeps the data", async () => {
    const dir = join(await makeTempDir("pg"), "db");
    const options = { dir, database: "app", scratch: true };
    assert.deepEqual(await embeddedStatus(dir), { state: "absent", dataDir: join(dir, "data") });
    const { url, pid, port } = await startEmbedded(options);
    assert.deepEqual(await embeddedStatus(dir), {
      state: "running",
      dataDir: join(dir, "data"),
      pid,
      port,
      isReady: true,
    });
    const cut = assert.rejects(queryAll(url, "select pg_sleep(600)"));
    await eventually("the session", async () => {
      const sql = "select 1 from pg_stat_activity where query = 'select pg_sleep(600)'";
      return (await queryAll(url, sql)).length > 0;
    });
    assert.equal(await stopEmbedded(dir), true);
    await cut;
    assert.equal((await embeddedStatus(dir)).state, "stopped");
    assert.equal(await stopEmbedded(dir), false);
  });
});
