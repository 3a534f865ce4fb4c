// A stand-in for pg_dump that tells how it was called and then does as it is told; it runs on any machine.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Newer than any server, so that it is always the client that is chosen. */
const VERSION = "pg_dump (PostgreSQL) 99.1";

const SCRIPT = `#!/usr/bin/env node
const fs = require("node:fs");
const path = require("node:path");
const [, self, ...args] = process.argv;
const here = path.dirname(self);
if (args.includes("--version")) {
  console.log("${VERSION}");
} else {
  fs.writeFileSync(path.join(here, "call.json"), JSON.stringify({ args, env: process.env }));
  const target = args.find((arg) => arg.startsWith("--file=")).slice("--file=".length);
  fs.writeFileSync(path.join(target, "toc.dat"), "half of a table of contents");
  const mode = fs.readFileSync(path.join(here, "mode"), "utf8");
  if (mode === "hang") setInterval(() => {}, 1000);
  if (mode === "fail") {
    console.error("pg_dump: error: could not write to file: No space left on device");
    process.exitCode = 1;
  }
}
`;

/** How the stand-in was called. */
export interface FakeCall {
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** A stand-in in the folder `dir`. */
export interface FakeDump {
  /** With it first on PATH. */
  readonly env: NodeJS.ProcessEnv;
  /** What it was last called with; undefined while it was not. */
  readonly call: () => Promise<FakeCall | undefined>;
}

/** Makes the stand-in: `ok` writes something, `fail` ends as on a full disk, `hang` never ends. */
export async function makeFakeDump(dir: string, mode: "ok" | "fail" | "hang"): Promise<FakeDump> {
  await mkdir(dir);
  await writeFile(join(dir, "pg_dump"), SCRIPT, { mode: 0o755 });
  // Below another package.json the script would be taken for a module.
  await writeFile(join(dir, "package.json"), '{"type":"commonjs"}');
  await writeFile(join(dir, "mode"), mode);
  return {
    env: { ...process.env, PATH: [dir, process.env.PATH].join(delimiter) },
    call: async () => {
      const text = await readFile(join(dir, "call.json"), "utf8").catch(() => "");
      return text.endsWith("}}") ? (JSON.parse(text) as FakeCall) : undefined;
    },
  };
}
