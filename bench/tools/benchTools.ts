// The same small migrations with each tool: on an empty database, once more with nothing to do, and asked for their status.
import { join } from "node:path";
import { execa } from "execa";
import { startEmbedded } from "../../engine/embedded/server.ts";
import type { Program } from "../../test/support/foreignTools.ts";
import { makeTempDir } from "../../test/support/tempDir.ts";
import { ensureTestRun } from "../../test/support/testRun.ts";
import { compare, type Contender } from "../compare.ts";
import { FreshDatabase } from "../freshDatabase.ts";
import { reportLines } from "../report.ts";
import { smallMigrations, type SmallMigration } from "../smallMigrations.ts";
import { TOOLS, type Call, type Tool } from "./tools.ts";

/** Fewer and more than a project has in its first years. */
const COUNTS = [50, 1_000] as const;

/**
 * Measures whole processes, their start included, on a server that waits for the disk at each commit. `say` gets each part's lines
 * as soon as they are there: all of it takes minutes.
 */
export async function benchTools(runs: number, say: (line: string) => void): Promise<void> {
  const server = await durableServer();
  for (const count of COUNTS) {
    const migrations = smallMigrations(count);
    const projects: Project[] = [];
    for (const tool of TOOLS) projects.push(await Project.make(tool, migrations, server));
    const title = `${count.toLocaleString("en")} small migrations`;
    const measure = async (what: string, contenders: readonly Contender[]) => {
      for (const line of reportLines(`${title}, ${what}`, await compare(contenders, runs)))
        say(line);
      say("");
    };
    try {
      await measure(
        "an empty database",
        projects.map((one) => one.first()),
      );
      const keeping = projects.filter(({ tool }) => tool.hasHistory);
      await measure(
        "all applied before",
        keeping.map((one) => one.again()),
      );
      await measure(
        "status",
        keeping.flatMap((one) => one.status() ?? []),
      );
    } finally {
      for (const project of projects) await project.drop();
    }
  }
}

/** Not the tests' own, which leaves out fsync: at each commit all contenders wait for the disk, as they would where it counts. */
async function durableServer(): Promise<string> {
  const dir = join(await ensureTestRun(), "durable-server");
  return (await startEmbedded({ dir, database: "postgres" })).url;
}

/** One tool with its folder and its database. */
class Project {
  readonly tool: Tool;
  readonly #program: Program;
  readonly #migrations: readonly SmallMigration[];
  readonly #dir: string;
  readonly #database: FreshDatabase;
  #home = "";

  private constructor(
    tool: Tool,
    place: {
      readonly program: Program;
      readonly migrations: readonly SmallMigration[];
      readonly dir: string;
      readonly server: string;
    },
  ) {
    this.tool = tool;
    this.#program = place.program;
    this.#migrations = place.migrations;
    this.#dir = place.dir;
    this.#database = new FreshDatabase(place.server);
  }

  static async make(
    tool: Tool,
    migrations: readonly SmallMigration[],
    server: string,
  ): Promise<Project> {
    const dir = await makeTempDir("tool");
    await tool.write(dir, migrations);
    return new Project(tool, { program: await tool.load(), migrations, dir, server });
  }

  first(): Contender {
    const prepare = async () => {
      await this.#database.renew();
      // Nothing that lockstep has learnt about the files in an earlier run.
      this.#home = await makeTempDir("home");
      await this.tool.point?.(this.#dir, this.#database.url);
    };
    return { title: this.tool.title, prepare, run: () => this.#call((url) => this.#up(url)) };
  }

  again(): Contender {
    return { title: this.tool.title, run: () => this.#call((url) => this.#up(url)) };
  }

  status(): Contender | undefined {
    const { title, status } = this.tool;
    return status && { title, run: () => this.#call(status) };
  }

  async drop(): Promise<void> {
    await this.#database.drop();
  }

  #up(url: URL): Call {
    return this.tool.up(url, this.#migrations);
  }

  async #call(what: (url: URL) => Call): Promise<undefined> {
    const { command, args } = this.#program;
    const call = what(this.#database.url);
    await execa(command, [...args, ...call.args], {
      cwd: this.#dir,
      env: { LOCKSTEP_HOME: this.#home, ...call.env },
      stdin: "ignore",
      all: true,
    });
    return undefined;
  }
}
