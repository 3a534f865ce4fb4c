// With Prisma itself: `lockstep migrate --generate` in a project of its newest version.
import assert from "node:assert/strict";
import { access, mkdir, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { lockstepJson } from "../../integration/cli/lockstepCommand.ts";
import { queryAll, useDatabase } from "../../support/database.ts";
import { useTempDir } from "../../support/tempDir.ts";

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "lockstep", "foreign");
const PACKAGES = ["prisma@7.10.1", "@prisma/client@7.10.0"];

const SCHEMA = `generator client {
  provider = "prisma-client"
  output   = "../generated"
}
datasource db {
  provider = "postgresql"
}
model Customer {
  id   Int    @id
  name String
}
`;
const CONFIG = `import { defineConfig, env } from "prisma/config";
export default defineConfig({ schema: "prisma/schema.prisma", datasource: { url: env("DATABASE_URL") } });
`;

describe("Prisma and lockstep migrate --generate", function () {
  // The first run fetches Prisma (300 MB unpacked).
  this.timeout(600_000);
  const database = useDatabase();
  const dir = useTempDir("prisma");
  let modules = "";

  before(async () => {
    const home = join(CACHE, "prisma");
    modules = join(home, "node_modules");
    const isThere = await access(join(modules, ".bin", "prisma")).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await mkdir(home, { recursive: true });
    await execa("npm", ["install", "--prefix", home, "--no-save", ...PACKAGES]);
  });

  beforeEach(async () => {
    await symlink(modules, join(dir.path, "node_modules"));
    const migration = join(dir.path, "prisma", "migrations", "20260101000000_init");
    await mkdir(migration, { recursive: true });
    const sql = 'CREATE TABLE "Customer" ("id" INTEGER PRIMARY KEY, "name" TEXT NOT NULL);';
    await writeFile(join(migration, "migration.sql"), sql);
    await writeFile(join(dir.path, "prisma", "schema.prisma"), SCHEMA);
    await writeFile(join(dir.path, "prisma.config.ts"), CONFIG);
  });

  const migrate = (env: Readonly<Record<string, string>>) =>
    lockstepJson(["migrate", "--migrations", "prisma/migrations", "--generate"], {
      ...{ cwd: dir.path, url: database.url, env },
    });
  /** Generating a client takes no engine, though Prisma wants one to be there. */
  const OFFLINE = { PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true" };

  it("applies the folder and generates the client", async () => {
    const { document, stderr, exitCode } = await migrate(OFFLINE);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(document.applied, ["20260101000000_init"]);
    assert.equal(document.generated, true, stderr);
    await access(join(dir.path, "generated", "client.ts"));
    assert.equal((await queryAll(database.url, 'select from "Customer"')).length, 0);
  });

  it("applies the folder all the same where the schema is wrong", async () => {
    await writeFile(join(dir.path, "wrong.prisma"), `${SCHEMA}model Broken { id Nothing }\n`);
    const { document, stderr, exitCode } = await lockstepJson(
      ["migrate", "--migrations", "prisma/migrations", "--generate=wrong.prisma"],
      { cwd: dir.path, url: database.url, env: OFFLINE },
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(document.applied, ["20260101000000_init"]);
    assert.equal(document.generated, false);
    assert.match(stderr, /not generated: exit code 1[^]*Nothing/);
  });
});
