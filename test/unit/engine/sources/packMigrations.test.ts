// Tests of the archive that Jobs read migrations from: same files, same bytes; nothing else in it; not too large.
import assert from "node:assert/strict";
import { chmod, mkdir, readFile, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { extract } from "tar";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { packMigrations } from "../../../../engine/sources/packMigrations.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useTempDir } from "../../../support/tempDir.ts";

describe("packMigrations", () => {
  const dir = useTempDir("pack");

  async function makeFolder(name: string, files: Readonly<Record<string, string>>) {
    const folder = join(dir.path, name);
    await mkdir(folder);
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
    return folder;
  }

  it("holds the folder's SQL files as they are, also a linked one, and nothing else", async () => {
    const files = { "01_a_up.sql": "select 1;\n", "@02_b_up.sql": "-- ü\n", "notes.md": "x" };
    const folder = await makeFolder("a", files);
    await symlink(join(folder, "01_a_up.sql"), join(folder, "03_c_up.sql"));
    await mkdir(join(folder, "old.sql"));
    const { base64 } = await packMigrations(folder);
    const archive = join(dir.path, "a.tar.gz");
    await writeFile(archive, Buffer.from(base64, "base64"));
    const out = await makeFolder("out", {});
    const seen: string[] = [];
    await extract({ file: archive, cwd: out, onReadEntry: ({ path }) => seen.push(path) });
    assert.deepEqual(seen.toSorted(), ["./01_a_up.sql", "./03_c_up.sql", "./@02_b_up.sql"]);
    assert.equal(await readFile(join(out, "@02_b_up.sql"), "utf8"), "-- ü\n");
    assert.equal(await readFile(join(out, "03_c_up.sql"), "utf8"), "select 1;\n");
  });

  it("is the same for the same files, whenever and by whom they were written", async () => {
    const files = { "01_a_up.sql": "select 1;\n", "02_b_up.sql": "select 2;\n" };
    const [one, two] = [await makeFolder("one", files), await makeFolder("two", files)];
    await chmod(join(two, "01_a_up.sql"), 0o600);
    await utimes(join(two, "02_b_up.sql"), new Date(0), new Date(1_000_000));
    assert.deepEqual(await packMigrations(two), await packMigrations(one));
    await writeFile(join(two, "02_b_up.sql"), "select 3;\n");
    assert.notEqual((await packMigrations(two)).digest, (await packMigrations(one)).digest);
  });

  it("packs an empty folder", async () => {
    const { base64 } = await packMigrations(await makeFolder("empty", {}));
    assert.ok(base64.length > 0);
  });

  it("refuses what no ConfigMap takes, with the lines of the image to build", async () => {
    // Hex digits take half of their room compressed: 2 MiB of them are 1 MiB.
    let state = 1;
    const noise = Array.from({ length: 2 ** 21 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      return (state % 16).toString(16);
    }).join("");
    const folder = await makeFolder("large", { "01_a_up.sql": `-- ${noise}\n` });
    const text = formatError(await failureOf(packMigrations(folder)));
    assert.match(text, /too large for a ConfigMap/);
    assert.match(text, /KiB compressed; at most 900 KiB/);
    assert.match(text, /COPY .* \/migrations/);
    assert.match(text, /lockstep:kubernetes\.migrationsImage/);
  });
});
