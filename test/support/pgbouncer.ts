// A PgBouncer before a test's server; the slow suite's, which gets it from Debian where it is missing.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { runAs, serverUserFor } from "../../engine/embedded/serverUser.ts";
import { queryAll } from "./database.ts";
import { eventually } from "./eventually.ts";
import { freePort } from "./freePort.ts";
import { makeTempDir } from "./tempDir.ts";

const PROGRAM = "/usr/sbin/pgbouncer";

/** Installs PgBouncer where this is root on Debian; a machine without it fails the tests that need it. */
export async function ensurePgbouncer(): Promise<void> {
  const there = await execa(PROGRAM, ["--version"], { reject: false });
  if (there.exitCode === 0) return;
  await execa("apt-get", ["update", "-qq"]);
  await execa("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "pgbouncer"], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

/** Runs `body` with the database of `url` through a PgBouncer of its own. */
export async function withPgbouncer<T>(
  url: string,
  mode: "session" | "transaction",
  body: (pooled: string) => Promise<T>,
): Promise<T> {
  const own = new URL(url);
  const dir = await makeTempDir("pgbouncer");
  const port = await freePort();
  const file = join(dir, "pgbouncer.ini");
  const server = `host=${own.hostname} port=${own.port} user=${own.username} password=${own.password}`;
  const lines = [
    ...["[databases]", `* = ${server}`, "[pgbouncer]", "listen_addr = 127.0.0.1"],
    ...[`listen_port = ${String(port)}`, "unix_socket_dir =", "auth_type = any"],
    ...[
      `pool_mode = ${mode}`,
      "default_pool_size = 5",
      "ignore_startup_parameters = extra_float_digits",
    ],
  ];
  // The password is a throw-away server's.
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o644 });
  const pooler = execa(PROGRAM, [file], {
    ...runAs(await serverUserFor(join(dir, "none"))),
    stdio: "ignore",
    reject: false,
  });
  const pooled = new URL(url);
  pooled.hostname = "127.0.0.1";
  pooled.port = String(port);
  try {
    await eventually("the pooler answers", () =>
      queryAll(pooled.href, "select 1").then(
        () => true,
        () => false,
      ),
    );
    return await body(pooled.href);
  } finally {
    pooler.kill("SIGINT");
    await pooler;
  }
}
