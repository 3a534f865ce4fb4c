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

/** How long a client keeps a session of the server. */
type PoolMode = "session" | "transaction";

/** How a pooler hands sessions on, and how it knows its users. */
export interface PoolerOptions {
  readonly mode: PoolMode;
  /**
   * As it should be: each user is asked for in the server (auth_query) by this role, which may read pg_shadow, and its sessions
   * are its own. @default whoever comes is taken, and all sessions are the URL's user's
   */
  readonly asks?: { readonly user: string; readonly password: string };
}

/** Runs `body` with the database of `url` through a PgBouncer of its own. */
export async function withPgbouncer<T>(
  url: string,
  pooling: PoolMode | PoolerOptions,
  body: (pooled: string) => Promise<T>,
): Promise<T> {
  const { mode, asks } = typeof pooling === "string" ? { mode: pooling } : pooling;
  const own = new URL(url);
  const dir = await makeTempDir("pgbouncer");
  const port = await freePort();
  const file = join(dir, "pgbouncer.ini");
  const place = `host=${own.hostname} port=${own.port}`;
  const known = join(dir, "users.txt");
  const lines = [
    "[databases]",
    `* = ${place}${asks ? "" : ` user=${own.username} password=${own.password}`}`,
    ...["[pgbouncer]", "listen_addr = 127.0.0.1", `listen_port = ${String(port)}`],
    ...["unix_socket_dir =", `pool_mode = ${mode}`, "default_pool_size = 5"],
    "ignore_startup_parameters = extra_float_digits",
    // A client whose user may not log in to the server any more is held so long before it is told, s.
    "query_wait_timeout = 3",
    ...(asks
      ? ["auth_type = scram-sha-256", `auth_user = ${asks.user}`, `auth_file = ${known}`]
      : ["auth_type = any"]),
  ];
  if (asks) await writeFile(known, `"${asks.user}" "${asks.password}"\n`, { mode: 0o644 });
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
  // What asks leaves a session in the pool: better one of the pooler's own role.
  const probe = new URL(pooled);
  if (asks) [probe.username, probe.password] = [asks.user, asks.password];
  try {
    await eventually("the pooler answers", () =>
      queryAll(probe.href, "select 1").then(
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
