// A Pulumi project of nothing but Kubernetes objects, run through the real engine: for what the Kubernetes plugin itself does.
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { execa } from "execa";
import { stringify } from "yaml";
import { pluginPath } from "./kubernetesPlugin.ts";
import { makeTempDir } from "./tempDir.ts";
import { makeTestSecret } from "./testSecret.ts";

const repository = fileURLToPath(new URL("../../", import.meta.url));

/** An object of a program. */
export interface ObjectResource {
  /** `core/v1:ConfigMap`: token of the resource without its package. */
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** How a command ended. */
export interface Ended {
  readonly exitCode: number | undefined;
  /** stdout and stderr as they came. */
  readonly text: string;
}

/** A resource in state. */
export interface SavedResource {
  readonly urn: string;
  readonly id?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
}

/** A project with one stack. */
export interface ObjectsProject {
  /** Sets the program: objects by resource name, each created after the one before, and settings of the provider. */
  readonly program: (
    objects: Readonly<Record<string, ObjectResource>>,
    provider?: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
  /** Runs the Pulumi CLI to its end. */
  readonly pulumi: (...args: string[]) => Promise<Ended>;
  /** `pulumi up --yes --skip-preview`. */
  readonly up: (...args: string[]) => Promise<Ended>;
  /** The stack's resource of this name, secrets as they are stored. */
  readonly saved: (name: string) => Promise<SavedResource | undefined>;
}

const PROGRAM = `
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
const { objects, provider: settings } = JSON.parse(readFileSync("program.json", "utf8"));
const provider = new k8s.Provider("cluster", settings);
let last = [];
for (const [name, { type, inputs }] of Object.entries(objects)) {
  const [group, version, kind] = type.split(/[/:]/);
  last = [new k8s[group][version][kind](name, inputs, { provider, dependsOn: last })];
}
`;

/** Makes a project whose objects go to `namespace`; nothing runs yet. Needs the Pulumi CLI on PATH. */
export async function makeObjectsProject(place: {
  readonly kubeconfig: string;
  readonly namespace: string;
}): Promise<ObjectsProject> {
  const dir = await makeTempDir("objects");
  const runtime = { name: "nodejs", options: { typescript: false } };
  await writeFile(
    join(dir, "Pulumi.yaml"),
    stringify({ name: "objects", runtime, main: "main.mjs" }),
  );
  await writeFile(join(dir, "main.mjs"), PROGRAM);
  await writeFile(join(dir, "package.json"), JSON.stringify({ name: "objects", type: "module" }));
  await symlink(join(repository, "node_modules"), join(dir, "node_modules"));
  const state = pathToFileURL(await makeTempDir("state")).href;
  const env = {
    PATH: await pluginPath(),
    PULUMI_BACKEND_URL: state,
    PULUMI_CONFIG_PASSPHRASE: makeTestSecret(),
  };
  const run = async (...args: string[]): Promise<Ended> => {
    const all = [...args, "--stack", "dev", "--non-interactive", "--color", "never"];
    const options = { cwd: dir, env, all: true, reject: false, stdin: "ignore" } as const;
    const ended = await execa("pulumi", all, options);
    return { exitCode: ended.exitCode, text: ended.all };
  };
  await execa("pulumi", ["stack", "init", "dev", "--non-interactive"], { cwd: dir, env });
  return {
    program: (objects, provider = {}) => {
      const settings = { ...place, ...provider };
      return writeFile(join(dir, "program.json"), JSON.stringify({ objects, provider: settings }));
    },
    pulumi: run,
    up: (...args) => run("up", "--yes", "--skip-preview", ...args),
    saved: async (name) => {
      const { stdout } = await execa("pulumi", ["stack", "export", "--stack", "dev"], {
        cwd: dir,
        env,
      });
      const { deployment } = JSON.parse(stdout) as {
        deployment: { resources?: readonly SavedResource[] };
      };
      return deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`));
    },
  };
}
