// The local environment fills gaps and never overrides what the user has chosen.
import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasBackend, localEnvironment } from "../../../toolchain/environment.mjs";
import { testEnvironment } from "../../../toolchain/testEnvironment.mjs";
import { makeTempDir } from "../../support/tempDir.ts";

const built = {
  pulumi: "/cache/bin/pulumi",
  origin: "built",
  languageHostFolder: undefined,
} as const;
const official = {
  pulumi: "/opt/pulumi/pulumi",
  origin: "path",
  languageHostFolder: "/clone/host",
} as const;

describe("toolchain/environment", () => {
  it("gives a new user a backend, a passphrase and the tools", async () => {
    const home = await makeTempDir();
    const env = localEnvironment(built, {
      HOME: home,
      LOCKSTEP_HOME: join(home, "data"),
      PATH: "/bin",
    });
    assert.equal(env.PATH, "/cache/bin:/bin");
    assert.equal(env.PULUMI_BACKEND_URL, `file://${join(home, "data", "state")}`);
    assert.equal(env.PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION, "true");
    assert.equal(env.PULUMI_SKIP_UPDATE_CHECK, "true");
    const passphrase = env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "";
    assert.equal((await stat(passphrase)).mode & 0o777, 0o600);
    assert.equal((await stat(join(home, "data", "state"))).mode & 0o777, 0o700);
    assert.match(await readFile(passphrase, "utf8"), /^[\w-]{43}$/);
  });

  it("keeps the passphrase of the first time", async () => {
    const env = { HOME: await makeTempDir(), LOCKSTEP_HOME: await makeTempDir() };
    const path = localEnvironment(built, env).PULUMI_CONFIG_PASSPHRASE_FILE ?? "";
    const first = await readFile(path, "utf8");
    localEnvironment(built, env);
    assert.equal(await readFile(path, "utf8"), first);
  });

  it("leaves alone what the user has set, and downloads to an official CLI", async () => {
    const given = {
      HOME: await makeTempDir(),
      LOCKSTEP_HOME: await makeTempDir(),
      PATH: "/clone/host:/bin",
      PULUMI_BACKEND_URL: "s3://state",
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "false",
    };
    const env = localEnvironment(official, given);
    assert.deepEqual(Object.keys(env).sort(), [
      "LOCKSTEP_HOME",
      "PATH",
      "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS",
    ]);
    assert.equal(env.PATH, "/opt/pulumi:/clone/host:/bin");
  });

  it("leaves out what npm puts in front of PATH", async () => {
    const npm =
      "/clone/node_modules/.bin:/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin";
    const given = {
      HOME: await makeTempDir(),
      LOCKSTEP_HOME: await makeTempDir(),
      PATH: `${npm}:/bin`,
    };
    assert.equal(localEnvironment(built, given).PATH, "/cache/bin:/bin");
  });

  it("respects a login", async () => {
    const home = await makeTempDir();
    assert.equal(hasBackend({ HOME: home }), false);
    await mkdir(join(home, ".pulumi"));
    await writeFile(
      join(home, ".pulumi", "credentials.json"),
      '{"current":"https://api.pulumi.com"}',
    );
    assert.equal(hasBackend({ HOME: home }), true);
    assert.equal(hasBackend({ HOME: home, PULUMI_HOME: join(home, "other") }), false);
    assert.equal(
      hasBackend({ HOME: home, PULUMI_HOME: join(home, "other"), PULUMI_ACCESS_TOKEN: "t" }),
      true,
    );
  });

  it("keeps tests away from the user's stacks and databases", async () => {
    const folder = await makeTempDir();
    const user = {
      HOME: "/home/ada",
      PATH: "/bin",
      PULUMI_BACKEND_URL: "s3://production",
      PULUMI_ACCESS_TOKEN: "secret",
      PULUMI_STACK: "prod",
      DATABASE_URL: "postgres://production",
      PGHOST: "production",
    };
    const env = testEnvironment(built, folder, user);
    assert.equal(env.PULUMI_BACKEND_URL, `file://${join(folder, "home", "state")}`);
    assert.equal(env.PULUMI_HOME, join(folder, "pulumi"));
    for (const name of ["PULUMI_ACCESS_TOKEN", "PULUMI_STACK", "DATABASE_URL", "PGHOST"]) {
      assert.equal(env[name], undefined, name);
    }
  });
});
