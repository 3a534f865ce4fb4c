// A release that is done: what `pulumi up` and `preview` cost when there is nothing to do, against an empty program.
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { execa } from "execa";
import { stringify } from "yaml";
import { makeProject } from "../test/support/pulumiProject.ts";
import { makeTempDir } from "../test/support/tempDir.ts";
import { compare } from "./compare.ts";
import { reportLines } from "./report.ts";

type Pulumi = (...args: string[]) => Promise<unknown>;

const COMMANDS: readonly (readonly string[])[] = [["up", "--skip-preview", "--yes"], ["preview"]];

/** Sets the example up as release 1.0, measures, and takes it down again. */
export async function benchNoopUp(runs: number): Promise<readonly string[]> {
  const project = await makeProject();
  const lockstep: Pulumi = async (...args) => {
    const { exitCode, text } = await project.pulumi(...args);
    if (exitCode !== 0) throw new Error(`pulumi ${args.join(" ")} failed:\n${text}`);
    return text;
  };
  try {
    await lockstep("up", "--skip-preview", "--yes");
    const bare = await makeEmptyProgram("bare", "");
    // What Pulumi's own template for JavaScript starts with.
    const empty = await makeEmptyProgram("empty", 'import "@pulumi/pulumi";\n');
    const lines: string[] = [];
    for (const command of COMMANDS) {
      const title = `pulumi ${command.join(" ")}, nothing to do`;
      const contenders = [
        { title: "a finished lockstep stack", run: quietly(lockstep, command) },
        { title: "an empty file without the SDK", run: quietly(bare, command) },
        { title: "an empty JavaScript program", run: quietly(empty, command) },
      ];
      lines.push(...reportLines(title, await compare(contenders, runs)));
    }
    return lines;
  } finally {
    await project.destroy();
  }
}

function quietly(pulumi: Pulumi, command: readonly string[]) {
  return async () => {
    await pulumi(...command);
    return undefined;
  };
}

/** A program without a resource, in plain JavaScript, with the same SDK, CLI and kind of state. */
async function makeEmptyProgram(name: string, source: string): Promise<Pulumi> {
  const dir = await makeTempDir(name);
  const state = join(dir, "state");
  await mkdir(state);
  const runtime = { name: "nodejs", options: { typescript: false } };
  await writeFile(join(dir, "Pulumi.yaml"), stringify({ name, runtime, main: "main.mjs" }));
  await writeFile(join(dir, "main.mjs"), source);
  await writeFile(join(dir, "package.json"), JSON.stringify({ name, type: "module" }));
  const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
  await symlink(modules, join(dir, "node_modules"));
  const env = {
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE: "only for measuring",
    NO_COLOR: "1",
  };
  const pulumi: Pulumi = (...args) =>
    execa("pulumi", [...args, "--stack", "dev", "--non-interactive", "--color", "never"], {
      cwd: dir,
      env,
      stdin: "ignore",
      all: true,
    });
  await execa("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd: dir, env });
  await pulumi("up", "--skip-preview", "--yes");
  return pulumi;
}
