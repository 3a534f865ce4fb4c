// How long the command takes to start: `lockstep --help` and `lockstep status`, against `node` with nothing to do.
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { withDatabase } from "../test/support/database.ts";
import { compare, type Contender } from "./compare.ts";
import { reportLines } from "./report.ts";

const command = fileURLToPath(new URL("../bin/lockstep.mjs", import.meta.url));
const migrations = fileURLToPath(new URL("../migrations", import.meta.url));

/** Measures with the example's migrations, applied on a server of the run's own. */
export async function benchCommandStart(runs: number): Promise<readonly string[]> {
  return withDatabase(async (url) => {
    const node = (title: string, ...args: string[]): Contender => ({
      title,
      run: async () => {
        await execa(process.execPath, args, { env: { DATABASE_URL: url }, stdin: "ignore" });
        return undefined;
      },
    });
    const folder = ["--migrations", migrations];
    await node("", command, "migrate", "--stage", "expand", ...folder).run();
    const contenders = [
      node("lockstep --help", command, "--help"),
      node("lockstep status", command, "status", ...folder),
      node("node -e 0", "-e", "0"),
    ];
    return reportLines("Start of the command", await compare(contenders, runs));
  });
}
