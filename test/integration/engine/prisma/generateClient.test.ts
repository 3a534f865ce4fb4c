// The time limit of `prisma generate`; the rest of it is tested through the command.
import assert from "node:assert/strict";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateClient } from "../../../../engine/prisma/generateClient.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("generateClient", () => {
  const dir = useTempDir("prisma");

  it("ends a prisma that does not end, and warns", async () => {
    const bin = join(dir.path, "node_modules", ".bin");
    await mkdir(bin, { recursive: true });
    await writeFile(join(bin, "prisma"), `#!${process.execPath}\nsetInterval(() => {}, 1000);\n`);
    await chmod(join(bin, "prisma"), 0o755);
    const said: string[] = [];
    const generated = await generateClient({
      ...{ schema: undefined, cwd: dir.path, env: { PATH: process.env.PATH }, limitMs: 500 },
      report: (level, message) => said.push(`${level} ${message}`),
      signal: new AbortController().signal,
    });
    assert.equal(generated, false);
    assert.match(said.at(-1) ?? "", /^warn .*it took longer than 0\.5 s/);
  });
});
