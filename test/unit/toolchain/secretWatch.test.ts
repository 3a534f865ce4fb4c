// That a run which does not keep its secrets is found out, and one that does is not.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findInArguments, secretsOf } from "../../../toolchain/secrets.mjs";
import { findInFiles } from "../../../toolchain/secretScan.mjs";
import { withSecretWatch } from "../../../toolchain/secretWatch.mjs";
import { useTempDir } from "../../support/tempDir.ts";

const SECRET = "p4ssw0rd/of-nobody";

describe("the watch for secrets", () => {
  const temp = useTempDir("secrets");

  it("takes passwords from the variables that carry them, and no words", () => {
    const environ = [
      "HOME=/root",
      "GREETING=postgres://app:not-one-of-ours@db/app",
      `DATABASE_URL=postgres://app:${encodeURIComponent(SECRET)}@db/app`,
      "DIRECT_URL=postgres://app:short@db/app",
      "PGPASSWORD=0123456789abcdef",
      "LOCKSTEP_BACKUP_KEY=abababababab",
      "LOCKSTEP_STEP=abababababababab",
    ];
    assert.deepEqual(secretsOf(environ.join("\0")), [SECRET, "0123456789abcdef", "abababababab"]);
  });

  it("names a command and hides the argument", () => {
    const url = `--url=postgres://app:${encodeURIComponent(SECRET)}@db`;
    const commands = [`psql\0${url}\0-c\0select 1\0`, "psql\0-l\0"];
    assert.deepEqual(findInArguments(commands, [SECRET]), [
      "an argument holds a secret: psql *** -c select 1",
    ]);
  });

  it("finds a secret in any file, and lets those alone that keep it for their owner", async () => {
    const write = async (path: string, text: string, mode = 0o600) => {
      const file = join(temp.path, "home", path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode });
    };
    await write("logs/app.log", `connecting with ${SECRET}\n`);
    await write(
      "state/dev.json",
      JSON.stringify({ login: Buffer.from(SECRET).toString("base64") }),
    );
    await write("data/base/5/16384", `\0\x01${SECRET}\0`);
    await write("a/password", SECRET);
    await write("b/password", SECRET, 0o644);
    await write("shop/dev/processes/app.json", JSON.stringify({ DATABASE_URL: SECRET }));
    await write("report.html", "nothing");
    const found = findInFiles(join(temp.path, "home"), [SECRET], join(temp.path, "list"));
    assert.deepEqual(
      found,
      ["b/password", "data/base/5/16384", "logs/app.log", "state/dev.json"].map(
        (path) => `a file holds a secret: ${path}`,
      ),
    );
  });

  it("fails a run with a secret in an argument and one in a log, and no other", async () => {
    const home = join(temp.path, "home");
    await mkdir(home);
    const env = { ...process.env, LOCKSTEP_HOME: home, PULUMI_HOME: undefined };
    const quiet = await withSecretWatch(env, () => Promise.resolve("done"));
    assert.deepEqual(quiet, { result: "done", findings: [] });

    const children: ReturnType<typeof spawn>[] = [];
    try {
      const { findings } = await withSecretWatch(env, async (watched) => {
        const ours = {
          LOCKSTEP_TEST_SECRETS: watched.LOCKSTEP_TEST_SECRETS,
          LOCKSTEP_TEST_RUN: home,
          PGPASSWORD: "only-in-an-environment",
        };
        const wait = ["-e", "process.stdin.resume()"];
        const mine = [`${String(watched.LOCKSTEP_TEST_MARK)}-1`, "only-in-an-environment"];
        for (const argument of mine) {
          const child = spawn(process.execPath, [...wait, argument], { env: ours });
          await once(child, "spawn");
          children.push(child);
        }
        await writeFile(join(home, "app.log"), `${String(watched.LOCKSTEP_TEST_MARK)}-2`);
      });
      const [file, ...rest] = findings;
      assert.equal(file, "a file holds a secret: app.log");
      const command = `an argument holds a secret: ${process.execPath} -e process.stdin.resume() ***`;
      assert.deepEqual(rest, [command]);
    } finally {
      for (const child of children) child.kill();
    }
  });
});
