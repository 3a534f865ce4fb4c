// Wanted schemas from other tools' projects, told by stand-ins for the tools.
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readWanted } from "../../../../engine/sync/wantedSource.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("readWanted", () => {
  const temp = useTempDir("wanted");
  const context = () => ({
    cwd: temp.path,
    env: { PATH: process.env.PATH },
    signal: new AbortController().signal,
  });

  /** A program that answers with what `answer`, a function of its arguments, returns: [stdout, stderr, exit code]. */
  async function install(path: string, answer: string): Promise<string> {
    const file = join(temp.path, path);
    await mkdir(dirname(file), { recursive: true });
    const code = `const [out, error, code] = (${answer})(process.argv.slice(2).join(" "));
process.stdout.write(out); process.stderr.write(error); process.exitCode = code;`;
    await writeFile(file, `#!${process.execPath}\n${code}\n`);
    await chmod(file, 0o755);
    return file;
  }

  it("asks the project's own Prisma, of either form", async () => {
    const prisma = "node_modules/.bin/prisma";
    await install(prisma, `(args) => ["-- " + args, "", 0]`);
    const old = await readWanted("schema.prisma", context());
    assert.equal(
      old.sql,
      "-- migrate diff --from-empty --to-schema-datamodel schema.prisma --script",
    );
    const refuses = `(args) => args.includes("datamodel") ? ["", "unknown option --to-schema-datamodel", 1] : ["-- " + args, "", 0]`;
    await install(prisma, refuses);
    const now = await readWanted("prisma", context());
    assert.equal(now.sql, "-- migrate diff --from-empty --to-schema prisma --script");
    await install(prisma, `() => ["", "P1012: postgresql://u:secret@h/d is not valid", 1]`);
    await assert.rejects(readWanted("schema.prisma", context()), (error: Error) => {
      assert.match(error.message, /Prisma could not tell/);
      assert.match(String((error as { seen?: string }).seen), /P1012/);
      assert.doesNotMatch(JSON.stringify(error), /secret/);
      return true;
    });
  });

  it("asks Alembic for its revisions' SQL, and says so where it is not there", async () => {
    const before = process.env.LOCKSTEP_ALEMBIC;
    try {
      process.env.LOCKSTEP_ALEMBIC = await install("alembic", `(args) => ["-- " + args, "", 0]`);
      const { sql } = await readWanted("alembic.ini", context());
      assert.match(sql, /alembic\.ini upgrade base:head --sql$/);
      process.env.LOCKSTEP_ALEMBIC = join(temp.path, "none");
      await assert.rejects(readWanted("alembic.ini", context()), /Alembic cannot be started/);
    } finally {
      if (before === undefined) delete process.env.LOCKSTEP_ALEMBIC;
      else process.env.LOCKSTEP_ALEMBIC = before;
    }
  });

  it("blanks what pg_dump says to psql, and keeps each line's place", async () => {
    const text = "\\restrict abc\nCREATE TABLE t (a int);\n\\unrestrict abc\n";
    await writeFile(join(temp.path, "schema.sql"), text);
    const { sql, from } = await readWanted("schema.sql", context());
    assert.equal(sql, "\nCREATE TABLE t (a int);\n\n");
    assert.equal(from, "schema.sql");
  });
});
