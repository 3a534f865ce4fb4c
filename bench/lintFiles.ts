// `lockstep lint` over 500 files of real size, against squawk (native code) and pgfence (the same parser in Node.js).
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { makeTempDir } from "../test/support/tempDir.ts";
import { cacheFolder } from "../toolchain/paths.mjs";
import { compare, type Contender } from "./compare.ts";
import { peakOf } from "./measure.ts";
import { realSizeMigrations } from "./realSizeMigrations.ts";
import { reportLines } from "./report.ts";
import { writePairs } from "./tools/plainFiles.ts";

const command = fileURLToPath(new URL("../bin/lockstep.mjs", import.meta.url));

/** The linters beside ours, at the versions that were measured. */
const LINTERS = { "squawk-cli": "2.66.0", "@flvmnt/pgfence": "0.1.5" } as const;

/** Measures `count` files; the contenders come from npm on the first run. */
export async function benchLint(runs: number, count: number): Promise<readonly string[]> {
  const bin = join(await ensureLinters(), "node_modules", ".bin");
  const dir = await makeTempDir("lint");
  const migrations = realSizeMigrations(count);
  const files = await writePairs(dir, migrations);
  const home = { LOCKSTEP_HOME: "" };
  const lint = [command, "lint", "--migrations", dir, "--output", "json"];
  const contenders: Contender[] = [
    {
      title: "lockstep lint, nothing learnt",
      prepare: async () => {
        home.LOCKSTEP_HOME = await makeTempDir("home");
      },
      run: () => follow(process.execPath, lint, home),
    },
    { title: "lockstep lint again", run: () => follow(process.execPath, lint, home) },
    {
      title: `pgfence ${LINTERS["@flvmnt/pgfence"]}`,
      run: () => follow(join(bin, "pgfence"), ["analyze", "--output", "json", ...files], {}),
    },
    {
      title: `squawk ${LINTERS["squawk-cli"]}`,
      run: () => follow(join(bin, "squawk"), ["--reporter", "json", ...files], {}),
    },
  ];
  const measured = await compare(contenders, runs);
  const bytes = migrations.reduce((sum, { sql }) => sum + Buffer.byteLength(sql), 0);
  const perSecond = measured.map(
    ({ title, wall }) => `  ${title}: ${((count / wall.median) * 1000).toFixed(0)} files/s`,
  );
  const title = `Lint of ${String(count)} files, ${(bytes / 1024).toFixed(0)} KiB of SQL`;
  return [...reportLines(title, measured), ...perSecond];
}

/** A folder of lockstep's cache with the linters; fetched by npm, whose lock of integrity is its own. */
async function ensureLinters(): Promise<string> {
  const versions = Object.entries(LINTERS).map(([name, version]) => `${name}@${version}`);
  const dir = join(cacheFolder(), `linters-${Object.values(LINTERS).join("-")}`);
  const isThere = await access(join(dir, "node_modules", ".bin", "squawk")).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await execa("npm", ["install", "--prefix", dir, "--ignore-scripts", "--no-save", ...versions]);
  }
  return dir;
}

/** Findings end with 1, which is no failure here; a crash is one. */
async function follow(file: string, args: readonly string[], env: Record<string, string>) {
  const child = execa(file, args, { env, stdin: "ignore", all: true, reject: false });
  const peakBytes = await peakOf(child.pid ?? 0, child);
  const { exitCode, all } = await child;
  if (exitCode === undefined || exitCode > 1) throw new Error(`${file}: ${all.slice(0, 500)}`);
  return { peakBytes };
}
