// A scratch server holds a copy of the data: it may not outlive the proof, whatever becomes of that.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { withScratchServer } from "../../../../engine/backup/scratchServer.ts";
import { findPostmaster } from "../../../../engine/embedded/postmaster.ts";
import { serverUserFor } from "../../../../engine/embedded/serverUser.ts";
import { isAlive, ownIdentity } from "../../../../engine/process/identity.ts";
import { writePrivateFile } from "../../../../engine/process/privateFile.ts";
import { eventually } from "../../../support/eventually.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";

describe("a scratch server", () => {
  const home = useLockstepHome();

  it("ends and its data goes when the process that tries a backup is killed", async () => {
    const script = join(import.meta.dirname, "hangInScratch.ts");
    const child = execa(process.execPath, ["--import", "tsx", script], { reject: false });
    await once(child.stdout, "data");
    const root = join(home.path, "scratch");
    const [name = ""] = await readdir(root);
    const server = await findPostmaster(join(root, name, "data"));
    assert.ok(server);
    child.kill("SIGKILL");
    await eventually("the server's end", () => !isAlive(server));
    await eventually("the folder's end", async () => (await readdir(root)).length === 0);
  });

  it("of a process that was killed before it had one is removed by the next, one at work is not", async () => {
    const root = join(home.path, "scratch");
    const left = { left: { pid: process.pid, startTime: "long ago" }, atWork: ownIdentity() };
    for (const [name, owner] of Object.entries(left)) {
      await writePrivateFile(join(root, name, "owner.json"), JSON.stringify(owner));
    }
    const user = await serverUserFor(join(root, "new"));
    const programs = { postgres: "/none", initdb: "/none", version: "18.4", major: 18 };
    const prepare = () => Promise.reject(new Error("only the folders are of interest"));
    const spec = { programs, user, role: "admin", prepare, settings: {} };
    await assert.rejects(
      withScratchServer(spec, () => Promise.resolve()),
      /only the folders/,
    );
    assert.deepEqual(await readdir(root), ["atWork"]);
  });
});
