// Writers at a fixed rate, by pgbench, and how long each of their transactions took.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

/** One transaction of a writer. */
export interface Write {
  /** Wall clock, ms since 1970. */
  readonly endedAtMs: number;
  /** From when it was due to its end, ms. */
  readonly tookMs: number;
}

/** What the writers do, and where. */
export interface WritersSpec {
  readonly url: string;
  /** A folder of their own, for script and logs. */
  readonly dir: string;
  /** One transaction, as pgbench reads it. */
  readonly script: string;
  readonly perSecond: number;
  readonly clients: number;
  /** Ends them. */
  readonly signal: AbortSignal;
}

/** They are ended before; this is for a bench that hangs, s. */
const LONGEST_S = 600;

/** Writes until the signal; then `readWrites` has what they did. */
export async function runWriters(pgbench: string, spec: WritersSpec): Promise<void> {
  const { url, dir, signal, perSecond, clients } = spec;
  const script = join(dir, "write.sql");
  await writeFile(script, spec.script);
  const rate = ["-R", String(perSecond), "-c", String(clients), "-T", String(LONGEST_S)];
  await execa(pgbench, ["-n", "-f", script, ...rate, "-l", "--log-prefix", join(dir, "log"), url], {
    cancelSignal: signal,
    // Its log is written when it is told to end; a kill would lose it.
    killSignal: "SIGINT",
    reject: false,
  });
}

/** All transactions in the writers' logs. @throws Error where they have logged none. */
export async function readWrites(dir: string): Promise<readonly Write[]> {
  const writes: Write[] = [];
  for (const name of await readdir(dir)) {
    if (!name.startsWith("log")) continue;
    for (const row of (await readFile(join(dir, name), "utf8")).split("\n")) {
      // client, transaction, time (µs), script, end (s), end (µs), lag
      const [, , us, , seconds, micros] = row.split(" ").map(Number);
      if (us === undefined || seconds === undefined || micros === undefined) continue;
      writes.push({ endedAtMs: seconds * 1_000 + micros / 1_000, tookMs: us / 1_000 });
    }
  }
  if (writes.length === 0) throw new Error("pgbench has logged nothing");
  return writes;
}

/** pgbench on PATH, or where Debian keeps it; undefined where it is not. */
export async function findPgbench(): Promise<string | undefined> {
  const versions = await readdir("/usr/lib/postgresql").catch(() => []);
  const places = versions.map((version) => `/usr/lib/postgresql/${version}/bin/pgbench`);
  for (const place of ["pgbench", ...places]) {
    const there = await execa(place, ["--version"], { reject: false });
    if (there.exitCode === 0) return place;
  }
  return undefined;
}
