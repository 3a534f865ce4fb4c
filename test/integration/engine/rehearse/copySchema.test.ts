// The target's schema goes from one program into another: all of it, and with what the one that fails says.
import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { copySchema } from "../../../../engine/rehearse/copySchema.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("copySchema", () => {
  const dir = useTempDir("copySchema");

  /** Copies with these scripts in the programs' place. */
  async function copy(dump: string, restore: string): Promise<void> {
    const program = async (name: string, script: string) => {
      const path = join(dir.path, name);
      await writeFile(path, `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o700);
      return { path, version: "18.4", major: 18 };
    };
    await copySchema({
      from: parseUrl("postgres://a@127.0.0.1/from", "test"),
      to: parseUrl("postgres://a@127.0.0.1/to", "test"),
      programs: {
        dump: await program("pg_dump", dump),
        restore: await program("pg_restore", restore),
      },
      signal: new AbortController().signal,
    });
  }

  it("hands on more than a pipe holds, and ends", async () => {
    await copy("head -c 1000000 /dev/zero", 'wc -c >"$0.read"');
    assert.equal(Number(await readFile(join(dir.path, "pg_restore.read"), "utf8")), 1_000_000);
  });

  it("tells what the program that failed says", async () => {
    const reader = await failureOf(copy("echo no right >&2; exit 1", "cat >/dev/null; exit 1"));
    assert.equal(reader.code, "PROCESS_FAILED");
    assert.match(reader.seen ?? "", /no right/);
    const writer = await failureOf(
      copy("head -c 1000000 /dev/zero", "echo no extension >&2; exit 1"),
    );
    assert.match(writer.seen ?? "", /no extension/);
  });
});
