// A server without room or memory: a table's file on a full device, an address space with a limit.
import assert from "node:assert/strict";
import { open, rename, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { startEmbedded, stopEmbedded } from "../../../../engine/embedded/server.ts";
import { queryAll } from "../../../support/database.ts";
import { useServer } from "./ownServer.ts";
import { applyAgain, begin, commandsIn, provoke } from "./provoke.ts";

/** Address space for the server's processes, bytes: they start in it, and 256 MB of text do not fit. */
const ADDRESS_SPACE = 400_000_000;

describe("a server that runs out of", () => {
  const server = useServer();

  it("disk: names its folder, and the slots that keep old WAL", async () => {
    const failing = {
      setup: "CREATE TABLE notes (body text);",
      sql: "INSERT INTO notes VALUES ('x');",
    };
    await begin(server.url, failing);
    await queryAll(server.url, "SELECT pg_create_physical_replication_slot('forgotten', true)");
    // What the first file wrote is synced before its file is taken away.
    await queryAll(server.url, "CHECKPOINT");
    const [row] = await queryAll<{ path: string }>(
      server.url,
      "SELECT pg_relation_filepath('notes') AS path",
    );
    const file = join(server.dataDir, row?.path ?? "");
    await rename(file, `${file}.kept`);
    // Every write to it ends with ENOSPC, for which no file system has to be filled.
    await symlink("/dev/full", file);
    const error = await provoke(server.url, failing);
    assert.equal(error.sqlstate, "53100", error.message);
    assert.equal(
      error.likely,
      "the server's disk is full, and forgotten keep old WAL on it that nobody fetches",
    );
    assert.ok(error.next?.includes(`free space on the server's disk (${server.dataDir})`));
    const commands = commandsIn(error.next);
    assert.deepEqual(commands, ["SELECT pg_drop_replication_slot('forgotten')"]);
    await queryAll(server.url, commands[0] ?? "");
    await rename(`${file}.kept`, file);
    await applyAgain(server.url, failing);
  });

  // On the shared server it would be other tests that find no room.
  it("locks: names the setting that makes room for more", async () => {
    const locks = (count: number) => ({
      sql: `SELECT count(pg_advisory_xact_lock(n)) FROM generate_series(1, ${String(count)}) n;`,
    });
    await begin(server.url, locks(200_000));
    const error = await provoke(server.url, locks(200_000));
    assert.equal(error.sqlstate, "53200", error.message);
    assert.match(error.likely ?? "", /\(max_locks_per_transaction is 64\)/);
    assert.match(error.next ?? "", /ALTER SYSTEM SET max_locks_per_transaction = 256;/);
    await applyAgain(server.url, locks(200));
  });

  it("replication slots: names those that nobody uses", async () => {
    const failing = { sql: "SELECT pg_create_physical_replication_slot('one_more');" };
    await begin(server.url, failing);
    const names = Array.from({ length: 10 }, (_, n) => `slot_${n}`);
    for (const name of names)
      await queryAll(server.url, "SELECT pg_create_physical_replication_slot($1)", [name]);
    const error = await provoke(server.url, failing);
    assert.equal(error.sqlstate, "53400");
    assert.equal(error.likely, "all replication slots are in use");
    const commands = commandsIn(error.next);
    assert.deepEqual(
      commands,
      names.map((name) => `SELECT pg_drop_replication_slot('${name}')`),
    );
    await queryAll(server.url, commands[0] ?? "");
    await applyAgain(server.url, failing);
  });

  it("sound pages: a damaged one is told as such", async () => {
    const failing = {
      setup: "CREATE TABLE notes (body text); INSERT INTO notes VALUES ('x');",
      sql: "UPDATE notes SET body = 'y';",
    };
    await begin(server.url, failing);
    const [row] = await queryAll<{ path: string }>(
      server.url,
      "SELECT pg_relation_filepath('notes') AS path",
    );
    await stopEmbedded(server.dir);
    const file = await open(join(server.dataDir, row?.path ?? ""), "r+");
    await file.write(Buffer.from("damaged"), 0, 7, 4000);
    await file.close();
    await startEmbedded({ dir: server.dir, database: "shop" });
    const error = await provoke(server.url, failing);
    assert.equal(error.sqlstate, "XX001");
    assert.match(error.next ?? "", /^stop here and look to the disk and the backups/);
  });

  it("memory: names what the session may use", async () => {
    const failing = {
      sql: "SELECT length(string_agg(repeat('x', 1000000), '')) FROM generate_series(1, 256);",
    };
    await begin(server.url, failing);
    const { uid, gid } = await stat(server.dataDir);
    // Sessions that begin from now on inherit the limit from the server's first process.
    const limit = (bytes: number | "unlimited") =>
      execa("prlimit", ["--pid", String(server.pid), `--as=${bytes}:`], { uid, gid, cwd: "/" });
    await limit(ADDRESS_SPACE);
    const error = await provoke(server.url, failing);
    assert.equal(error.sqlstate, "53200", error.message);
    assert.match(
      error.likely ?? "",
      /out of memory; this session may use 4MB for each sort and 64MB/,
    );
    assert.match(error.next ?? "", /SET LOCAL maintenance_work_mem/);
    await limit("unlimited");
    await applyAgain(server.url, failing);
  });
});
