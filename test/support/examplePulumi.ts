// The pulumi command in a copy of an example's program, with a state and a home of its own.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { execa } from "execa";
import { makeTempDir } from "./tempDir.ts";
import { makeTestSecret } from "./testSecret.ts";

/** What a command printed, both streams. */
interface Ended {
  readonly exitCode: number | undefined;
  readonly text: string;
}

/** One stack, `dev`, of the program in `dir`. */
export class ExamplePulumi {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;

  private constructor(dir: string, env: Readonly<Record<string, string>>) {
    this.dir = dir;
    this.env = env;
  }

  /** Makes the stack. */
  static async init(dir: string): Promise<ExamplePulumi> {
    const env = {
      LOCKSTEP_HOME: await makeTempDir("home"),
      PULUMI_BACKEND_URL: pathToFileURL(await makeTempDir("state")).href,
      PULUMI_CONFIG_PASSPHRASE: makeTestSecret(),
      NO_COLOR: "1",
    };
    await execa("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd: dir, env });
    return new ExamplePulumi(dir, env);
  }

  /** Runs `pulumi` with `args`, however it ends. */
  async run(...args: readonly string[]): Promise<Ended> {
    const options = ["--stack", "dev", "--non-interactive", "--color", "never"];
    const { exitCode, all } = await execa("pulumi", [...args, ...options], {
      ...{ cwd: this.dir, env: this.env },
      ...{ all: true, reject: false, stdin: "ignore" },
    });
    return { exitCode, text: all };
  }

  /** The same, where it has to end well. @returns what it printed. */
  async succeeds(...args: readonly string[]): Promise<string> {
    const { exitCode, text } = await this.run(...args);
    assert.equal(exitCode, 0, text);
    return text;
  }
}
