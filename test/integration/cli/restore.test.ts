// The restore command on a real server: whole databases from backups and from anybody's dumps.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { execa } from "execa";
import { clientEnvironment } from "../../../engine/backup/clientEnvironment.ts";
import { findPrograms } from "../../../engine/backup/clients.ts";
import { takeBackup } from "../../../engine/backup/takeBackup.ts";
import { parseUrl } from "../../../engine/drivers/postgres/target.ts";
import { silent } from "../../../engine/events.ts";
import { queryAll, withClient } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { canDump, useDumpServer } from "../engine/backup/dumpServer.ts";
import { RELEASE } from "../engine/backup/support.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

describe("lockstep restore", () => {
  if (!canDump) {
    it("is tested where CI runs: apt-get install postgresql", () => {
      assert.ok(!process.env.CI, "no pg_dump with a server of its version");
    });
    return;
  }
  const server = useDumpServer();
  const dir = useTempDir("restore");
  const shop = () => server.url("shop");
  const options = () => ({ cwd: dir.path, url: shop() });
  const run = (...args: string[]) => lockstep(args, options());
  const json = (...args: string[]) => lockstepJson(args, options());
  const store = () => join(dir.path, "store");

  beforeEach(async () => {
    await queryAll(server.url("postgres"), "CREATE DATABASE shop");
    await writeMigrations(dir.path, {
      "01_create_customers_up.sql":
        "create table customers (id int generated always as identity primary key, name text not null);",
      "02_add_email_up.sql": "alter table customers add column email text;",
    });
    await run("migrate", "--target", "01");
    await queryAll(
      shop(),
      "insert into customers (name) select 'c' || i from generate_series(1, 100) i",
    );
  });
  afterEach(async () => {
    const names = await databases();
    for (const name of names) {
      await queryAll(server.url("postgres"), `DROP DATABASE "${name}" WITH (FORCE)`);
    }
  });

  const databases = async () =>
    (
      await queryAll<{ name: string }>(
        server.url("postgres"),
        "SELECT datname AS name FROM pg_database WHERE datname <> 'postgres' AND NOT datistemplate ORDER BY 1",
      )
    ).map(({ name }) => name);
  const names = async () =>
    (await queryAll<{ n: string }>(shop(), "select count(*) as n from customers"))[0]?.n;
  const backUp = () =>
    takeBackup({
      ...{ url: shop(), destination: store(), release: RELEASE },
      ...{ before: "contract", report: silent, way: "dump" },
    });
  /** What happens to the database after the backup. */
  const goOn = async () => {
    await run("migrate");
    await queryAll(shop(), "delete from customers where id > 10");
  };

  it("brings a whole database back, keeps the other, and drops it once that is confirmed", async () => {
    await queryAll(shop(), "alter database shop set work_mem = '7MB'");
    const { id } = await backUp();
    await goOn();
    const { exitCode, stderr, document } = await json("restore", "--from", store(), "--yes");
    assert.equal(exitCode, 0, stderr);
    const restored = document.restored as { kept: string; pendingAgain: string[]; from: string };
    assert.equal(restored.from, id);
    assert.deepEqual(restored.pendingAgain, ["02_add_email"]);
    assert.equal(await names(), "100");
    assert.deepEqual(await databases(), ["shop", restored.kept]);
    const [setting] = await queryAll<{ work_mem: string }>(shop(), "show work_mem");
    assert.equal(setting?.work_mem, "7MB");
    // Nobody can be misled into writing there.
    await assert.rejects(
      queryAll(server.url(restored.kept), "select 1"),
      /not currently accepting/,
    );

    const { stdout } = await run("history");
    assert.match(stdout, new RegExp(`restored .*from ${id} .*kept as ${restored.kept}`));
    const again = await run("migrate");
    assert.equal(again.exitCode, 0, again.stderr);
    assert.match(again.stdout, /02_add_email/);

    const back = await json("restore", "--back", restored.kept, "--yes");
    assert.equal(back.exitCode, 0, back.stderr);
    assert.equal(await names(), "10");
    const [kept = ""] = (await databases()).filter((name) => name !== "shop");
    const dropped = await json("restore", "--confirm", kept, "--yes");
    assert.deepEqual([dropped.exitCode, await databases()], [0, ["shop"]]);
    const wrong = await run("restore", "--confirm", "postgres", "--yes");
    assert.equal(wrong.exitCode, 2, wrong.stderr);
  });

  it("refuses while somebody is connected, and ends sessions only when told to", async () => {
    await backUp();
    await goOn();
    await withClient(`${shop()}&application_name=shop-1.0`, async (client) => {
      await client.query("select 1");
      const refused = await run("restore", "latest", "--from", store(), "--yes");
      assert.equal(refused.exitCode, 3, refused.stderr);
      assert.match(refused.stderr, /admin, shop-1\.0[^]*--end-sessions/);
      const ended = await run("restore", "latest", "--from", store(), "--yes", "--end-sessions");
      assert.equal(ended.exitCode, 0, ended.stderr);
      await assert.rejects(client.query("select 1"));
    });
    assert.equal(await names(), "100");
  });

  it("leaves the database as it was where it fails, is damaged, or a run is under way", async () => {
    const { id, files } = await backUp();
    await goOn();
    const before = await databases();
    await queryAll(
      shop(),
      `update lockstep.lease set token = nextval('lockstep.lease_token'), held = true,
         holder = 'ghost@gone, process 1', doing = 'migrate', ttl_ms = 60000`,
    );
    const held = await run("restore", id, "--from", store(), "--yes");
    assert.equal(held.exitCode, 4, held.stderr);
    await queryAll(shop(), "update lockstep.lease set held = false");

    const [biggest] = [...files].sort((a, b) => b.bytes - a.bytes);
    await truncate(join(store(), id, "data", biggest?.path ?? ""), 10);
    const damaged = await run("restore", id, "--from", store(), "--yes");
    assert.equal(damaged.exitCode, 1);
    assert.match(damaged.stderr, /10 bytes instead of/);

    // Fails in the middle: the second statement.
    await writeFile(join(dir.path, "bad.sql"), "create table a ();\ncreate table a ();\n");
    const failed = await run("restore", "bad.sql", "--yes");
    assert.equal(failed.exitCode, 1, failed.stdout);
    assert.match(failed.stderr, /relation "a" already exists/);
    assert.deepEqual([await databases(), await names()], [before, "10"]);
  });

  it("takes anybody's dumps: SQL in gzip and pg_dump's archives, into another database too", async () => {
    const [program] = await findPrograms("pg_dump");
    assert.ok(program);
    const env = clientEnvironment(parseUrl(shop(), "test"));
    await queryAll(shop(), "insert into customers (name) values (E'\\\\connect postgres')");
    const plain = join(dir.path, "shop.sql.gz");
    const dumping = execa(program.path, ["--format=plain"], {
      env,
      encoding: "buffer",
      buffer: false,
    });
    await Promise.all([pipeline(dumping.stdout, createGzip(), createWriteStream(plain)), dumping]);
    const archive = join(dir.path, "shop.dump");
    await execa(program.path, ["--format=custom", `--file=${archive}`], { env });

    for (const file of ["shop.sql.gz", "shop.dump"]) {
      const { exitCode, stderr } = await run("restore", file, "--into", "copy", "--yes");
      assert.equal(exitCode, 0, stderr);
      const [found] = await queryAll<{ n: string }>(
        server.url("copy"),
        "select count(*) n from customers",
      );
      assert.equal(found?.n, "101");
    }
    assert.equal((await databases()).filter((name) => name.startsWith("copy_kept")).length, 1);

    const cut = join(dir.path, "cut.sql.gz");
    const whole = await readFile(plain);
    await writeFile(cut, whole.subarray(0, whole.length - 20));
    const refused = await run("restore", "cut.sql.gz", "--into", "other", "--yes");
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /cannot be read to its end/);
    await writeFile(
      join(dir.path, "out.sql.gz"),
      gzipSync("\\connect postgres\ncreate table x ();\n"),
    );
    const out = await run("restore", "out.sql.gz", "--into", "other", "--yes");
    assert.match(out.stderr, /leads out of the database[^]*line 1/);
    assert.ok(!(await databases()).some((name) => name.startsWith("other")));
  });

  it("restores single tables beside those that are there, and overwrites none", async () => {
    await queryAll(
      shop(),
      `create type colour as enum ('red', 'green');
       create table "Odd one" (id int, "a b" colour, a text, twice int generated always as (id * 2) stored);
       insert into "Odd one" values (1, 'red', E'tab\\there\\\\'), (2, 'green', E'\\\\.'), (3, null, null)`,
    );
    const { id } = await backUp();
    await goOn();
    const { exitCode, stderr, document } = await json(
      ...["restore", id, "--from", store(), "--table", "customers", "--table", "public.Odd one"],
    );
    assert.equal(exitCode, 0, stderr);
    const [customers, odd] = document.restored as { into: string; rows: number }[];
    assert.deepEqual([customers?.rows, odd?.rows, await names()], [100, 3, "10"]);
    assert.match(customers?.into ?? "", /^restored_\d{8}_\d{6}\.customers$/);
    const schema = customers?.into.split(".")[0] ?? "";
    const differences = await queryAll(
      shop(),
      `select id, "a b", a from ${schema}."Odd one" except select id, "a b", a from "Odd one"`,
    );
    assert.deepEqual(differences, []);

    const overwrite = ["--from", store(), "--table", "customers", "--as", "customers"];
    const refused = await run("restore", id, ...overwrite);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.stderr, /There is a public\.customers already/);

    const [program] = await findPrograms("pg_dump");
    const env = clientEnvironment(parseUrl(shop(), "test"));
    const { stdout } = await execa(program?.path ?? "", ["--format=plain"], { env });
    await writeFile(join(dir.path, "shop.sql.gz"), gzipSync(stdout));
    const plain = await json("restore", "shop.sql.gz", "--table", "customers", "--as", "copy");
    assert.equal(plain.exitCode, 0, plain.stderr);
    const types = await queryAll<{ t: string }>(
      shop(),
      "select format_type(atttypid, atttypmod) t from pg_attribute where attrelid = 'copy'::regclass and attnum > 0",
    );
    assert.deepEqual(
      types.map(({ t }) => t),
      ["integer", "text", "text"],
    );
    const none = await run("restore", "shop.sql.gz", "--table", "nothing");
    assert.equal(none.exitCode, 2, none.stderr);
  });

  it("takes backups by hand, named and of single tables, and removes old ones", async () => {
    await queryAll(
      shop(),
      `create table orders (customer int not null references customers (id), note text);
       insert into orders select i, 'x' from generate_series(1, 40) i`,
    );
    await writeFile(
      join(dir.path, "Pulumi.dev.yaml"),
      "config:\n  lockstep:backup:\n    keep:\n      count: 1\n",
    );
    const to = ["--to", store()];
    const part = await json("backup", "before_the_fair", ...to, "--table", "orders");
    assert.equal(part.exitCode, 0, part.stderr);
    const whole = await json("backup", ...to);
    const last = await json("backup", ...to);
    assert.deepEqual([whole.exitCode, last.exitCode], [0, 0], last.stderr);
    const idOf = ({ document }: typeof whole) => (document.backup as { id: string }).id;
    const listed = (await json("backups", "--from", store())).document.backups as { id: string }[];
    assert.deepEqual(
      listed.map(({ id }) => id),
      [idOf(last), "before_the_fair"],
    );
    assert.match(last.stderr, new RegExp(`deleted old backups: ${idOf(whole)}`));
    const { stdout } = await run("history");
    assert.match(stdout, /before_the_fair \(dump\) by hand, proof: restore/);

    const refused = await run("restore", "before_the_fair", "--from", store(), "--yes");
    assert.equal(refused.exitCode, 2, refused.stderr);
    const table = ["--table", "orders", "--as", "orders_then"];
    const restored = await json("restore", "before_the_fair", "--from", store(), ...table);
    assert.equal(restored.exitCode, 0, restored.stderr);
    assert.deepEqual(restored.document.restored, [
      { from: "public.orders", into: "public.orders_then", rows: 40 },
    ]);
    const bad = await run("backup", "../x", ...to);
    assert.equal(bad.exitCode, 2);
    const unknown = await run("backup", ...to, "--table", "nothing");
    assert.match(unknown.stderr, /There is no table public.nothing/);
  });

  it("encrypts, proves what is encrypted, and restores it with the right key only", async () => {
    const key = randomBytes(32).toString("base64");
    const withKey = (value: string) => ({ ...options(), env: { LOCKSTEP_BACKUP_KEY: value } });
    const made = await lockstepJson(["backup", "--to", store()], withKey(key));
    assert.equal(made.exitCode, 0, made.stderr);
    const { id } = made.document.backup as { id: string };
    const manifest = await readFile(join(store(), id, "manifest.json"), "utf8");
    assert.ok(!manifest.includes(key));
    for (const name of await readdir(join(store(), id, "data"))) {
      assert.match(name, /\.enc$/);
      assert.match(await readFile(join(store(), id, "data", name), "latin1"), /^lockstep-enc-1\n/);
    }
    await goOn();
    const args = ["restore", id, "--from", store(), "--yes"];
    const none = await lockstep(args, options());
    assert.match(none.stderr, /encrypted, and no key is set/);
    const other = await lockstep(args, withKey(randomBytes(32).toString("hex")));
    assert.match(other.stderr, /encrypted with another key/);
    const right = await lockstep(args, withKey(key));
    assert.equal(right.exitCode, 0, right.stderr);
    assert.equal(await names(), "100");
    // What was decrypted is gone.
    assert.deepEqual(await readdir(join(dir.path, ".home", "scratch")), []);
  });
});
