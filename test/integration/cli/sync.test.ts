// `lockstep sync`: as a process without a terminal, and in this process with answers given.
import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runSync, type SyncOptions } from "../../../cli/commands/sync.ts";
import type { CommandContext } from "../../../cli/context.ts";
import { databaseName, queryAll, serverUrl, useDatabase } from "../../support/database.ts";
import { makeTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

const FILES = {
  "01_create_customers_up.sql": "CREATE TABLE customers (id bigint PRIMARY KEY, phone text);",
  "01_create_customers_down.sql": "DROP TABLE customers;",
};
const WANTED = "CREATE TABLE customers (id bigint PRIMARY KEY, phone text, city text);";

describe("lockstep sync", () => {
  const database = useDatabase();
  let cwd = "";
  beforeEach(async () => {
    cwd = await makeTempDir("sync");
    await writeMigrations(cwd, FILES);
    await writeFile(join(cwd, "schema.sql"), WANTED);
    await writeFile(
      join(cwd, "Pulumi.dev.yaml"),
      "config:\n  lockstep:sync: { schema: schema.sql }\n",
    );
  });
  const named = async () => ({
    cwd,
    url: database.url,
    env: { LOCKSTEP_REHEARSAL_URL: await serverUrl() },
  });

  it("says what differs, writes it behind what is pending, and is done once that is applied", async () => {
    const context = await named();
    const checked = await lockstep(["sync", "--check"], context);
    assert.equal(checked.exitCode, 1, checked.stderr);
    assert.match(checked.stdout, /pending {3}01_create_customers \(the draft comes after them\)/);
    assert.match(checked.stdout, /\+ column public\.customers\.city/);
    assert.deepEqual((await readdir(join(cwd, "migrations"))).length, 2);
    const made = await lockstepJson(["sync", "--auto", "--name", "customer city"], context);
    assert.equal(made.exitCode, 0, made.stdout);
    assert.deepEqual(made.document.written, [
      "migrations/02_add_customer_city_up.sql",
      "migrations/02_add_customer_city_down.sql",
    ]);
    assert.equal((await lockstep(["migrate"], context)).exitCode, 0);
    const again = await lockstep(["sync", "--check"], context);
    assert.equal(again.exitCode, 0);
    assert.match(again.stdout, /nothing to do/);
  });

  it("ends with 1 and names in output and file what is to be written by hand", async () => {
    await writeFile(join(cwd, "schema.sql"), `${WANTED} CREATE TYPE r AS RANGE (subtype = int8);`);
    const { exitCode, stdout } = await lockstep(["sync", "--auto", "--from-files"], await named());
    assert.equal(exitCode, 1);
    assert.match(stdout, /by hand, the draft does not hold these:\n {2}\+ range type public\.r/);
    const text = await readFile(join(cwd, "migrations/02_add_customers_city_up.sql"), "utf8");
    assert.match(
      text,
      /^-- Not in this draft, to be written by hand:\n-- {3}\+ range type public\.r/,
    );
  });

  it("refuses what it was not made for", async () => {
    await writeFile(join(cwd, "Pulumi.prod.yaml"), "config: {}\n");
    await writeFile(
      join(cwd, "bad.sql"),
      "CREATE TABLE t (a int);\nCREATE VIEW v AS SELECT b FROM t;",
    );
    await writeFile(join(cwd, "schema.prisma"), "model T { id Int @id }");
    for (const [args, said] of [
      [["--stack", "prod", "--auto"], /sync is for development/],
      [[], /there is no terminal to ask at/],
      [["--recreate"], /there is no terminal to ask at/],
      [["--check", "--schema", "bad.sql"], /bad\.sql:2:1/],
      [["--check", "--schema", "none.sql"], /The wanted schema cannot be read/],
      [["--check", "--schema", "schema.prisma"], /there is no prisma in this project/],
    ] as const) {
      const { exitCode, stderr } = await lockstep(["sync", ...args], await named());
      assert.notEqual(exitCode, 0);
      assert.match(stderr, said);
    }
  });

  /** A person at a terminal who says yes to what fits, and types `line`. */
  async function answered(options: Partial<SyncOptions>, yes: RegExp, line = "") {
    const said: string[] = [];
    const { env, ...rest } = await named();
    const terminal = Object.create(process.stdin, {
      isTTY: { value: true },
    }) as typeof process.stdin;
    const context: CommandContext = {
      env: { ...env, DATABASE_URL: rest.url, LOCKSTEP_BACKUPS: join(cwd, ".home") },
      ...{ cwd, signal: new AbortController().signal },
      sink: () => undefined,
      say: (text) => said.push(text),
      host: { stdin: terminal, stdout: process.stdout },
      ask: (question) => {
        said.push(question);
        return Promise.resolve(yes.test(question));
      },
      askLine: () => Promise.resolve(line),
    };
    const dir = join(cwd, "migrations");
    const outcome = await runSync({ stack: "dev", migrations: dir, ...options }, context);
    return { said: [...said, ...outcome.lines].join("\n"), outcome };
  }

  it("asks for renames and before it writes and applies", async () => {
    await writeFile(join(cwd, "schema.sql"), WANTED.replace("phone", "mobile"));
    const no = await answered({}, /never/);
    assert.match(no.said, /Write these \d migrations\?\nnothing was written/);
    const renamed = await answered({ name: "contact" }, /Is column \S+mobile|Write/);
    assert.match(
      renamed.said,
      /Is column public\.customers\.mobile the former public\.customers\.phone/,
    );
    assert.match(renamed.said, /breaks-running-code/);
    assert.match(renamed.said, /lockstep rewrite 02/);
    const files = await readdir(join(cwd, "migrations"));
    assert.ok(files.includes("02_rename_customers_phone_up.sql"), files.join());
    assert.equal(renamed.outcome.exitCode, 1);
  });

  it("applies the expand files after a yes", async () => {
    const { outcome, said } = await answered({}, /Write|Apply/);
    assert.match(said, /Take a backup of .* first\?/);
    assert.equal(outcome.json?.applied, true);
    const columns = await queryAll(
      database.url,
      "SELECT FROM pg_attribute WHERE attrelid = 'customers'::regclass AND attname = 'city'",
    );
    assert.equal(columns.length, 1);
  });

  it("makes a database anew only once its name was typed", async () => {
    await lockstep(["migrate"], await named());
    await queryAll(database.url, "INSERT INTO customers VALUES (1)");
    const count = () => queryAll(database.url, "SELECT FROM customers").then((rows) => rows.length);
    const kept = await answered({ recreate: true }, /Drop/, "another");
    assert.match(kept.said, /1 tables, .*\nDrop .*\nnothing was changed/s);
    assert.equal(await count(), 1);
    const made = await answered({ recreate: true }, /Drop/, databaseName(database.url));
    assert.equal(made.outcome.json?.recreated, true);
    assert.equal(await count(), 0);
    await rm(join(cwd, "Pulumi.dev.yaml"));
    await assert.rejects(answered({ recreate: true }, /Drop/), /No stack is marked/);
  });
});
