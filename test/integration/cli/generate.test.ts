// `lockstep migrate --generate`: Prisma's client afterwards, by a stand-in for prisma; its failures only warn.
import assert from "node:assert/strict";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { queryAll, useDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstep, lockstepJson, startLockstep, writeMigrations } from "./lockstepCommand.ts";

describe("lockstep migrate --generate", () => {
  const database = useDatabase();
  const dir = useTempDir("generate");
  const options = () => ({ cwd: dir.path, url: database.url });
  beforeEach(() =>
    writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" }),
  );
  const isApplied = async () => {
    const rows = await queryAll(
      database.url,
      "select from lockstep.migration where state = 'applied'",
    );
    return rows.length === 1;
  };
  const calls = () => readFile(join(dir.path, "calls"), "utf8");

  /** Puts `script` where npm puts a project's prisma; it notes its arguments first. */
  async function install(script: string): Promise<void> {
    const bin = join(dir.path, "node_modules", ".bin");
    await mkdir(bin, { recursive: true });
    const path = join(bin, "prisma");
    const note = `import { appendFileSync } from "node:fs"; appendFileSync("calls", JSON.stringify(process.argv.slice(2)) + "\\n");`;
    await writeFile(join(bin, "package.json"), '{"type":"module"}');
    await writeFile(path, `#!${process.execPath}\n${note}\n${script}\n`);
    await chmod(path, 0o755);
  }

  it("starts the project's own prisma once the migrations are applied", async () => {
    await install("");
    const { stdout, exitCode } = await lockstep(["migrate", "--generate"], options());
    assert.equal(exitCode, 0);
    assert.match(stdout, /done after [^]*Prisma's client generated after/);
    assert.equal(await calls(), '["generate"]\n');
    const { document } = await lockstepJson(["migrate", "--generate"], options());
    assert.equal(document.generated, true);
  });

  it("hands a schema's path on as one argument", async () => {
    await install("");
    await lockstep(["migrate", "--generate=db/my schema;x.prisma"], options());
    assert.equal(await calls(), '["generate","--schema=db/my schema;x.prisma"]\n');
  });

  it("warns where it fails, with its last lines and no password; the command ends well", async () => {
    await install(
      `console.log("first line"); for (let i = 0; i < 20; i++) console.log("line", i);
       console.error("cannot use " + process.env.DATABASE_URL); process.exitCode = 3;`,
    );
    const ended = await lockstepJson(["migrate", "--generate"], options());
    assert.equal(ended.exitCode, 0);
    assert.equal(ended.document.ok, true);
    assert.equal(ended.document.generated, false);
    assert.match(ended.stderr, /not generated: exit code 3; the migrations are applied/);
    assert.match(ended.stderr, /line 19[^]*cannot use postgres/);
    assert.doesNotMatch(ended.stderr, /first line/);
    const { password } = new URL(database.url);
    assert.ok(password === "" || !ended.stderr.includes(password));
    assert.ok(await isApplied());
  });

  it("warns where there is no prisma, and fetches none", async () => {
    const ended = await lockstepJson(["migrate", "--generate"], options());
    assert.equal(ended.exitCode, 0);
    assert.equal(ended.document.generated, false);
    assert.match(ended.stderr, /no prisma in this project \(npm install --save-dev prisma\)/);
  });

  it("generates nothing where the migrations fail", async () => {
    await install("");
    await writeMigrations(dir.path, { "02_add_size_up.sql": "alter table nothing add size int;" });
    const { exitCode } = await lockstep(["migrate", "--generate"], options());
    assert.equal(exitCode, 1);
    await assert.rejects(calls(), /ENOENT/);
  });

  it("is ended by Ctrl-C, and says that the migrations are applied", async () => {
    await install("setInterval(() => {}, 1000);");
    const running = startLockstep(["migrate", "--generate"], options());
    await eventually("it generates", () => calls().catch(() => undefined));
    running.kill("SIGINT");
    const { exitCode, stderr } = await running;
    assert.equal(exitCode, 130);
    assert.match(stderr, /the migrations are applied/);
    assert.ok(await isApplied());
  });
});
