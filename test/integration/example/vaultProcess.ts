// Runs the example's programs as a platform would: a process with arguments and an environment.

import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { execa } from "execa";

const folder = new URL("../../../example/", import.meta.url);
const appFolder = new URL("app/", folder);

/** What to start; `env` is the whole environment but PATH. */
export interface VaultOptions {
  readonly release: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

/** A running Customer Vault. */
export interface Vault {
  readonly base: string;
  /** Resolves when it has written a line with this event; rejects when it ends without one. */
  readonly logged: (event: string) => Promise<Record<string, unknown>>;
  /** Resolves with the exit code once it has ended. */
  readonly ended: Promise<number | undefined>;
  /** Sends SIGTERM and resolves with the exit code. */
  readonly stop: () => Promise<number | undefined>;
}

/** Starts a server; does not wait until it listens. */
export function startVault({ release, port, env }: VaultOptions): Vault {
  const child = execa("node", ["server.mjs", release], {
    cwd: appFolder,
    env: { ...inherited(), PORT: String(port), ...env },
    extendEnv: false,
    reject: false,
  });
  const ended = child.then(({ exitCode }) => exitCode);
  const lines: Record<string, unknown>[] = [];
  const reader = createInterface({ input: child.stdout });
  const closed = once(reader, "close").then(() => true);
  reader.on("line", (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  return {
    base: `http://127.0.0.1:${port}`,
    logged: async (event) => {
      for (;;) {
        const found = lines.find((line) => line["event"] === event);
        if (found !== undefined) return found;
        const line = once(reader, "line").then(() => false);
        if (await Promise.race([line, closed]))
          throw new Error(`No "${event}" before the end, only ${JSON.stringify(lines)}`);
      }
    },
    ended,
    stop: async () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Starts a server, waits until it listens, and stops it after the test. */
export async function withVault<T>(
  options: Omit<VaultOptions, "port">,
  test: (vault: Vault) => Promise<T>,
): Promise<T> {
  const vault = startVault({ ...options, port: await findFreePort() });
  try {
    await vault.logged("start");
    return await test(vault);
  } finally {
    await vault.stop();
  }
}

/** What the load generator prints, as far as the tests look at it. */
export interface LoadReport {
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of maintenance mode; times are ISO 8601, null where there was none. */
  readonly maintenance: {
    readonly answers: number;
    readonly from: string | null;
    readonly until: string | null;
  };
  readonly connectionErrors: Readonly<Record<string, number>>;
  readonly lost: number;
  readonly mismatches: readonly unknown[];
  readonly uncertain: readonly unknown[];
  readonly customers: readonly { id: number; email: string; phone: string | null }[];
}

/** Starts the load; `succeeded` resolves with the first success, `stop` ends it and returns its report. */
export function startLoad(base: string, rate: number) {
  const child = execa("node", ["load.mjs", "--url", base, "--rate", String(rate)], { cwd: folder });
  const reader = createInterface({ input: child.stderr });
  return {
    succeeded: once(reader, "line"),
    stop: async (): Promise<LoadReport> => {
      child.kill("SIGTERM");
      return JSON.parse((await child).stdout) as LoadReport;
    },
  };
}

/** Runs the load generator to its end. */
export function runLoad(args: readonly string[]) {
  return execa("node", ["load.mjs", ...args], { cwd: folder, reject: false });
}

// The mark of the test run, by which what a killed run leaves behind is found and ended.
function inherited(): Record<string, string> {
  const names = ["PATH", "LOCKSTEP_TEST_RUN"];
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""]));
}

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
