// A stack's config file: what is read from it, what is refused, how it is written.
import assert from "node:assert/strict";
import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ensureStackFile,
  readApproval,
  readStackFile,
  targetIn,
  writeStackFile,
} from "../../../cli/stackFile.ts";
import { isLockstepError } from "../../../engine/errors/lockstepError.ts";
import { useTempDir } from "../../support/tempDir.ts";

const refusedAsConfig = (pattern: RegExp) => (error: unknown) => {
  assert.ok(isLockstepError(error));
  assert.equal(error.code, "CONFIG");
  assert.match([error.message, error.where, error.seen, error.next].join("\n"), pattern);
  return true;
};

describe("a stack's file", () => {
  const dir = useTempDir();
  const write = (text: string) => writeFile(join(dir.path, "Pulumi.dev.yaml"), text);
  const read = async () => await ensureStackFile(dir.path, "dev");

  it("may be missing where only an approval is looked for", async () => {
    assert.equal(await readStackFile(dir.path, "dev"), undefined);
    assert.equal(await readApproval(dir.path, "dev"), undefined);
  });

  it("must be there to be written to; the stacks that are there are named", async () => {
    await write("config: {}\n");
    await assert.rejects(
      ensureStackFile(dir.path, "prod"),
      refusedAsConfig(/no Pulumi\.prod\.yaml here[^]*stacks here: dev/),
    );
  });

  it("is refused with line and column where it is no YAML", async () => {
    await write("config:\n  a: [1\n  b: 2\n");
    await assert.rejects(read(), refusedAsConfig(/Pulumi\.dev\.yaml[^]*line \d/));
  });

  for (const text of ["- a\n", "just text\n", "config: 5\n", "config: [a]\n"]) {
    it(`is refused where it holds ${JSON.stringify(text)}`, async () => {
      await write(text);
      await assert.rejects(read(), refusedAsConfig(/holds no keys/));
    });
  }

  const approval = {
    through: "05",
    digest: "a".repeat(64),
    by: "Ada",
    at: "2026-11-02T09:00:00Z",
    expires: "2026-11-09T09:00:00Z",
  };
  const yaml = (fields: object) => `config:\n  lockstep:approval: ${JSON.stringify(fields)}\n`;

  it("gives its approval", async () => {
    await write(yaml({ ...approval, reason: "why" }));
    assert.deepEqual(await readApproval(dir.path, "dev"), { ...approval, reason: "why" });
  });

  for (const [key, value] of [
    ["through", "five"],
    ["digest", "abc"],
    ["by", ""],
    ["at", "yesterday"],
    ["expires", 7],
  ] as const) {
    it(`is refused where the approval's ${key} is ${JSON.stringify(value)}`, async () => {
      await write(yaml({ ...approval, [key]: value }));
      await assert.rejects(
        readApproval(dir.path, "dev"),
        refusedAsConfig(new RegExp(`malformed: ${key}$`, "m")),
      );
    });
  }

  it("gives its target: one number, or the one of its release", async () => {
    const target = async (text: string) => {
      await write(text);
      return targetIn(await read());
    };
    assert.equal(await target('config:\n  lockstep:target: "05"\n'), "05");
    const map = '  lockstep:target:\n    "1.0": "02"\n    "1.1": "05"\n';
    assert.equal(await target(`config:\n  lockstep:release: "1.1"\n${map}`), "05");
    assert.equal(await target(`config:\n  lockstep:release: "1.2"\n${map}`), undefined);
    assert.equal(await target("config: {}\n"), undefined);
  });

  it("is replaced in one step, with its mode, and leaves no draft", async () => {
    await write("config: {}\n");
    await chmod(join(dir.path, "Pulumi.dev.yaml"), 0o640);
    await writeStackFile(await read(), "config:\n  a:b: c\n");
    const path = join(dir.path, "Pulumi.dev.yaml");
    assert.equal(await readFile(path, "utf8"), "config:\n  a:b: c\n");
    assert.equal((await stat(path)).mode & 0o777, 0o640);
    assert.deepEqual(await readdir(dir.path), ["Pulumi.dev.yaml"]);
  });
});
