import assert from "node:assert/strict";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  chooseClient,
  findPrograms,
  noWayError,
  parseVersion,
} from "../../../../engine/backup/clients.ts";
import { useTempDir } from "../../../support/tempDir.ts";

const client = (version: string) => ({ path: `/p/${version}`, version, major: parseInt(version) });

describe("parseVersion", () => {
  it("reads what PostgreSQL's programs print", () => {
    const debian = "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
    assert.deepEqual(parseVersion(debian), { version: "15.18", major: 15 });
    assert.deepEqual(parseVersion("pg_dump (PostgreSQL) 19beta2"), {
      version: "19beta2",
      major: 19,
    });
    assert.equal(parseVersion("something else 15.1"), undefined);
  });
});

describe("chooseClient", () => {
  const clients = [client("18.4"), client("16.2"), client("15.1")];

  it("takes the newest that is not older than the server", () => {
    assert.equal(chooseClient(clients, 15)?.version, "18.4");
    assert.equal(chooseClient(clients, 18)?.version, "18.4");
  });

  it("takes none that is older", () => {
    assert.equal(chooseClient(clients, 19), undefined);
  });
});

describe("findPrograms", () => {
  const temp = useTempDir();

  async function program(folder: string, script: string): Promise<void> {
    const path = join(temp.path, folder, "pg_probe");
    await mkdir(join(temp.path, folder), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  }

  it("finds all on PATH that can say their version, newest first, without Debian's wrapper", async () => {
    await program("a", "echo 'pg_probe (PostgreSQL) 14.1'");
    await program("b", "echo 'pg_probe (PostgreSQL) 17.2'");
    await program("broken", "exit 1");
    await mkdir(join(temp.path, "debian"));
    const wrapper = "#!/bin/sh\necho 'pg_probe (PostgreSQL) 99.0'\n";
    await writeFile(join(temp.path, "debian", "pg_wrapper"), wrapper, { mode: 0o755 });
    await symlink("pg_wrapper", join(temp.path, "debian", "pg_probe"));
    const PATH = ["a", "broken", "debian", "b", "none"].map((f) => join(temp.path, f)).join(":");
    const found = await findPrograms("pg_probe", { PATH });
    assert.deepEqual(
      found.map(({ version }) => version),
      ["17.2", "14.1"],
    );
  });
});

describe("noWayError", () => {
  const context = { serverMajor: 18, where: "db:5432/shop", whyNoCopy: "no superuser" };

  it("tells which client is needed, which is there, and how to get it on Debian", () => {
    const error = noWayError({ ...context, clients: [client("15.1")], platform: "linux" });
    assert.equal(error.code, "BACKUP_FAILED");
    assert.match(error.seen ?? "", /pg_dump 15\.1; the server is 18/);
    assert.match(error.seen ?? "", /no superuser/);
    assert.match(error.next ?? "", /apt-get install postgresql-client-18/);
  });

  it("tells Homebrew's command on a Mac", () => {
    const error = noWayError({ ...context, clients: [], platform: "darwin" });
    assert.match(error.seen ?? "", /no pg_dump on PATH/);
    assert.match(error.next ?? "", /brew install libpq/);
  });
});
