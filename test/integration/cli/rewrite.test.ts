// `lockstep rewrite` as a person meets it.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { runRewrite } from "../../../cli/commands/rewrite.ts";
import type { CommandContext } from "../../../cli/context.ts";
import { queryAll, useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, writeMigrations } from "./lockstepCommand.ts";

const BASE = {
  "01_create_people_up.sql":
    "create table people (id int primary key, phone text not null, fax text);",
};
const MIXED = {
  "02_change_people_up.sql":
    "-- the new one\nalter table people add column mail text, drop column fax;\ncreate table groups (id int primary key);",
  "02_change_people_down.sql":
    "drop table groups;\nalter table people add column fax text, drop column mail;",
};

describe("lockstep rewrite", () => {
  const database = useDatabase();
  const dir = useTempDir("rewrite");
  const options = (url?: string) => ({ cwd: dir.path, ...(url !== undefined && { url }) });
  const run = (...args: string[]) => lockstep(["rewrite", ...args], options(database.url));
  const folder = async () => {
    const names = (await readdir(join(dir.path, "migrations"))).toSorted();
    const texts = names.map((name) => readFile(join(dir.path, "migrations", name), "utf8"));
    return Object.fromEntries(
      (await Promise.all(texts)).map((text, at) => [names[at] ?? "", text]),
    );
  };

  it("shows a refused file's two halves in the refusal, and writes them", async () => {
    await writeMigrations(dir.path, { ...BASE, ...MIXED });
    await lockstep(["migrate", "--target", "01"], options(database.url));
    const refused = await lockstep(["migrate"], options(database.url));
    assert.equal(refused.exitCode, 3);
    assert.match(refused.stderr, /lockstep rewrite 02 writes it as two files/);
    assert.match(refused.stderr, /-- 02_add_change_people \(expand\)/);
    const { exitCode, stdout } = await run("02", "--yes");
    assert.equal(exitCode, 0, stdout);
    const {
      "01_create_people_up.sql": _,
      "01_create_people_down.sql": __,
      ...rest
    } = await folder();
    assert.deepEqual(rest, {
      "02_add_change_people_up.sql":
        "-- the new one\nalter table people add column mail text;\n\ncreate table groups (id int primary key);\n",
      "02_add_change_people_down.sql":
        "drop table groups;\n\nalter table people drop column mail;\n",
      "03_remove_change_people_up.sql": "alter table people drop column fax;\n",
      "03_remove_change_people_down.sql": "alter table people add column fax text;\n",
    });
    const { stdout: plan } = await lockstep(["plan"], options(database.url));
    assert.match(plan, /02_add_change_people/);
  });

  it("shows, asks, and without a yes leaves all as it was", async () => {
    await writeMigrations(dir.path, {
      ...BASE,
      "02_rename_phone_up.sql": "alter table people rename phone to contact_phone;",
    });
    await lockstep(["migrate", "--target", "01"], options(database.url));
    const before = await folder();
    const { exitCode, stdout, stderr } = await run("2");
    assert.equal(exitCode, 2);
    assert.match(stdout, /02_add_people_contact_phone \(expand\)/);
    assert.match(stdout, /lint has nothing to say against them/);
    assert.match(stderr, /Write these \d migrations .*\n.*lockstep rewrite 02 --yes/);
    assert.deepEqual(await folder(), before);
  });

  it("leaves a file alone that the database has applied", async () => {
    await writeMigrations(dir.path, { ...BASE, ...MIXED });
    await lockstep(["migrate"], options(database.url));
    const { stderr, exitCode } = await run("02", "--yes");
    assert.equal(exitCode, 3);
    assert.match(stderr, /02_change_people is applied already, so it cannot be rewritten/);
    assert.deepEqual(await queryAll(database.url, "select mail from people"), []);
  });

  it("says that no database was seen, and what that leaves open", async () => {
    await writeMigrations(dir.path, {
      ...BASE,
      "02_change_phone_up.sql": "alter table people alter phone type varchar(20);",
    });
    const untold = await lockstep(["rewrite", "02"], options());
    assert.equal(untold.exitCode, 2);
    assert.match(untold.stderr, /The way back .* has to be told/);
    assert.match(untold.stderr, /lockstep rewrite 02 --back 'phone_varchar_20::text'/);
    const { document } = await lockstepJson(
      ["rewrite", "02", "--back", "phone_varchar_20::text", "--yes"],
      options(),
    );
    assert.equal(document.database, false);
    assert.match(JSON.stringify(document.notes), /no database was seen/);
    assert.equal((document.written as readonly string[]).length, 12);
  });

  it("says where there is nothing to rewrite, and where it has no recipe", async () => {
    await writeMigrations(dir.path, {
      ...BASE,
      "02_rename_kind_up.sql": "alter type kind rename value 'a' to 'b';",
    });
    const fine = await run("01");
    assert.match(fine.stderr, /There is nothing to rewrite: the file fits one stage/);
    const other = await run("02");
    assert.equal(other.exitCode, 3);
    assert.match(other.stderr, /There is no recipe for what this does: renames value 'a'/);
    assert.match((await run("07")).stderr, /There is no file 07/);
  });

  it("asks what is open without a database, and leaves all as it was on a no", async () => {
    await writeMigrations(dir.path, { ...BASE, ...MIXED });
    const before = await folder();
    const asked: string[] = [];
    const context = (answer: boolean): CommandContext => ({
      ...{ env: {}, cwd: dir.path, signal: new AbortController().signal, host: process },
      sink: () => undefined,
      say: () => undefined,
      ask: (question) => {
        asked.push(question);
        return Promise.resolve(answer);
      },
      askLine: () => Promise.resolve(""),
    });
    const migrations = join(dir.path, "migrations");
    const call = { number: "02", stack: "dev", migrations };
    const no = await runRewrite(call, context(false));
    assert.deepEqual([no.exitCode, no.lines.length], [1, 1]);
    assert.match(no.lines[0] ?? "", /nothing written; .*02_change_people_up\.sql is as it was/);
    assert.match(asked[0] ?? "", /Whether a database has applied it already could not be seen/);
    assert.deepEqual(await folder(), before);
    const yes = await runRewrite(call, context(true));
    assert.equal(yes.exitCode, undefined);
    assert.ok("03_remove_change_people_up.sql" in (await folder()));
  });
});
