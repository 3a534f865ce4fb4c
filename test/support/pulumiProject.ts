// A whole lockstep project in a temporary folder, run through the real Pulumi CLI with a state of its own.
import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { freePort } from "./freePort.ts";
import { keepOutput } from "./keepOutput.ts";
import { makeTempDir } from "./tempDir.ts";
import { makeTestSecret } from "./testSecret.ts";

/** One for all stacks and places of state that a test gives a project. */
const PASSPHRASE = makeTestSecret();

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | undefined;
  /** stdout and stderr as they came. */
  readonly text: string;
}

/** A running command. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves with the text so far once it matches. */
  readonly shows: (pattern: RegExp) => Promise<string>;
}

/** A project of the example, as one of its stacks: at first `dev`. */
export interface PulumiProject {
  readonly dir: string;
  readonly name: string;
  readonly stack: string;
  readonly appUrl: string;
  /** Runs the Pulumi CLI to its end; `--non-interactive`, on this stack. */
  readonly pulumi: (...args: string[]) => Promise<Ended>;
  /** `pulumi up --yes`; extra arguments are passed on. */
  readonly up: (...args: string[]) => Promise<Ended>;
  /** Starts the Pulumi CLI and returns at once. */
  readonly start: (...args: string[]) => Running;
  /** The `lockstep` command on this project's database. */
  readonly lockstep: (...args: string[]) => Promise<Ended>;
  /** Changes values below `config` of the stack's file: `{ "lockstep:release": "1.1" }`. */
  readonly configure: (values: Readonly<Record<string, unknown>>) => Promise<void>;
  /** Puts a secret into the stack's config, encrypted: `setSecret("lockstep:database.url", url)`. */
  readonly setSecret: (path: string, value: string) => Promise<void>;
  readonly stackFile: () => Promise<string>;
  /** The URL of the stack's own database; there after the first `up`. */
  readonly databaseUrl: () => Promise<string>;
  /** Another stack of the project, with a config, a database and an app of its own. */
  readonly withStack: (stack: string) => Promise<PulumiProject>;
  /** A second place for state that works on the same database and app. */
  readonly withOtherState: () => Promise<PulumiProject>;
  /** Ends the app and the database. */
  readonly destroy: () => Promise<void>;
}

/** Gate, drain and wait as short as a test can use them. */
const QUICK = {
  "lockstep:gate": {
    interval: "400ms",
    watch: "1600ms",
    failures: 3,
    minRequests: 3,
    probesPerSecond: 20,
    probePaths: ["/customers?limit=1"],
  },
  "lockstep:drain": { quiet: "300ms", timeout: "20s" },
  "lockstep:wait": { attempts: 5, interval: "200ms" },
};

/** How a project differs from the usual one, on the local platform. */
export interface ProjectOptions {
  /** Laid over each stack's config; a key that is undefined is left out. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What this machine has to call the database that the stack's state names. */
  readonly reach?: (databaseUrl: string) => Promise<string>;
}

/** Makes a project; nothing runs yet. Needs the Pulumi CLI on PATH, as `npm test` gives it. */
export async function makeProject(options: ProjectOptions = {}): Promise<PulumiProject> {
  const dir = await makeTempDir("project");
  const name = `story-${Math.random().toString(36).slice(2, 8)}`;
  await writeProject(dir, name);
  const state = await makeTempDir("state");
  const home = join(await madeHome(), "home");
  return makeStack({ dir, name, state, home, stack: "dev", options });
}

async function makeStack(place: Omit<Place, "appUrl">): Promise<PulumiProject> {
  const port = await freePort();
  const app = { dir: "example/app", command: ["node", "server.mjs", "${release}"], port };
  const target = { "1.0": "02", "1.1": "05", "1.2": "07" };
  const config = { "lockstep:release": "1.0", "lockstep:target": target, "lockstep:app": app };
  await writeFile(stackFile(place), stringify({ config: {} }));
  await configure(stackFile(place), { ...config, ...QUICK, ...place.options.config });
  return projectAt({ ...place, appUrl: `http://127.0.0.1:${String(port)}` });
}

async function writeProject(dir: string, name: string): Promise<void> {
  const loader = pathToFileURL(join(repository, "toolchain", "program.mjs")).href;
  await writeFile(join(dir, "program.mjs"), `export { default } from ${JSON.stringify(loader)};\n`);
  await writeFile(join(dir, "package.json"), JSON.stringify({ name, type: "module" }));
  const runtime = { name: "nodejs", options: { typescript: false } };
  const providers = [{ name: "lockstep", path: join(repository, "provider") }];
  const project = { name, runtime, main: "program.mjs", plugins: { providers } };
  await writeFile(join(dir, "Pulumi.yaml"), stringify(project));
  await symlink(join(repository, "node_modules"), join(dir, "node_modules"));
  for (const folder of ["example/app", "migrations"]) {
    await cp(join(repository, folder), join(dir, folder), { recursive: true });
  }
}

/** The resources that put a database's URL out. */
const DATABASES = ["lockstep:index:EmbeddedDatabase", "lockstep:index:DatabaseSecret"];

interface Place {
  readonly dir: string;
  readonly name: string;
  readonly stack: string;
  readonly appUrl: string;
  /** Folder of Pulumi's state. */
  readonly state: string;
  /** LOCKSTEP_HOME */
  readonly home: string;
  readonly options: ProjectOptions;
}

function stackFile({ dir, stack }: Pick<Place, "dir" | "stack">): string {
  return join(dir, `Pulumi.${stack}.yaml`);
}

async function projectAt(place: Place): Promise<PulumiProject> {
  const { dir, stack, state, home, options } = place;
  const env = {
    PULUMI_BACKEND_URL: pathToFileURL(state).href,
    PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
    LOCKSTEP_HOME: home,
    NO_COLOR: "1",
    ...options.env,
  };
  const start = (...args: string[]) =>
    follow("pulumi", [...args, "--stack", stack, "--non-interactive", "--color", "never"], {
      dir,
      env,
    });
  const pulumi = (...args: string[]) => start(...args).ended;
  const databaseUrl = async () => {
    const shown = await execa("pulumi", ["stack", "export", "--stack", stack, "--show-secrets"], {
      cwd: dir,
      env,
    });
    const exported = JSON.parse(shown.stdout) as Exported;
    const found = exported.deployment.resources?.find((one) => DATABASES.includes(one.type));
    const url = JSON.parse(found?.outputs?.url?.plaintext ?? '""') as string;
    return url === "" || !options.reach ? url : options.reach(url);
  };
  await execa("pulumi", ["stack", "init", stack, "--non-interactive"], { cwd: dir, env });
  return {
    ...place,
    pulumi,
    start,
    up: (...args) => pulumi("up", "--yes", ...args),
    lockstep: async (...args) => {
      const url = await databaseUrl();
      const withUrl = url === "" ? env : { ...env, DATABASE_URL: url };
      const command = [join(repository, "bin", "lockstep.mjs"), ...args];
      return follow(process.execPath, command, { dir, env: withUrl }).ended;
    },
    configure: (values) => configure(stackFile(place), values),
    // By stdin: as an argument any other user could read it meanwhile.
    setSecret: async (path, input) => {
      const args = ["config", "set", "--secret", "--path", path, "--stack", stack];
      await execa("pulumi", [...args, "--non-interactive"], { cwd: dir, env, input });
    },
    stackFile: () => readFile(stackFile(place), "utf8"),
    databaseUrl,
    withStack: (other) => makeStack({ ...place, stack: other }),
    withOtherState: async () => projectAt({ ...place, state: await makeTempDir("state") }),
    destroy: async () => {
      await pulumi("cancel", "--yes");
      await pulumi("destroy", "--yes", "--skip-preview");
    },
  };
}

interface Exported {
  readonly deployment: {
    /** Missing as long as the stack has no state. */
    readonly resources?: readonly {
      readonly type: string;
      readonly outputs?: { readonly url?: { readonly plaintext?: string } };
    }[];
  };
}

/** PostgreSQL's programs are copied into each LOCKSTEP_HOME: all projects of a process share one. */
let home: Promise<string> | undefined;
function madeHome(): Promise<string> {
  home ??= makeTempDir("home");
  return home;
}

async function configure(file: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const settings = parse(await readFile(file, "utf8")) as { config: Record<string, unknown> };
  const config: Record<string, unknown> = { ...settings.config, ...values };
  const kept = Object.entries(config).filter(([, value]) => value !== undefined);
  await writeFile(file, stringify({ ...settings, config: Object.fromEntries(kept) }));
}

function follow(
  file: string,
  args: readonly string[],
  { dir, env }: { readonly dir: string; readonly env: Readonly<Record<string, string>> },
): Running {
  const child = execa(file, args, {
    cwd: dir,
    env,
    stdin: "ignore",
    all: true,
    reject: false,
    buffer: false,
  });
  let text = "";
  const waiting = new Set<() => void>();
  child.all.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of waiting) look();
  });
  const ended = child.then(async ({ exitCode }) => {
    await keepOutput(text);
    return { exitCode, text };
  });
  const shows = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (pattern.test(text)) resolve(text);
      };
      waiting.add(look);
      look();
      void ended.then(() => {
        look();
        reject(new Error(`ended without ${String(pattern)}:\n${text}`));
      });
    });
  return { pid: child.pid ?? 0, ended, shows };
}
