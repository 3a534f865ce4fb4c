// The tiny app of the process tests (fixtures/processApp), as versions that can be rolled out.
import { createHash } from "node:crypto";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "mocha";
import { stopProcess } from "../../engine/process/processes.ts";
import { keepRelease } from "../../engine/process/releaseStore.ts";
import type { ProcessSpec } from "../../engine/process/spec.ts";
import { freePort } from "./freePort.ts";
import { useLockstepHome } from "./lockstepHome.ts";
import { makeTempDir } from "./tempDir.ts";

const FIXTURE = new URL("../fixtures/processApp", import.meta.url);

/** What the fixture's server.mjs can be. */
export type Behaviour = "ok" | "crash" | "silent" | "unwell" | "stranger" | "stubborn" | "nameless";

/** What the app's health URL answers. */
export interface AppAnswer {
  readonly word: string;
  readonly pid: number;
  readonly release?: string;
  readonly secret?: string;
}

/** A stack with one app, in a LOCKSTEP_HOME of its own; whatever runs of it is ended after each test. */
export interface TestApp {
  readonly home: string;
  readonly id: { readonly project: string; readonly stack: string; readonly name: string };
  /** The app's working tree. */
  readonly dir: string;
  readonly port: number;
  /** Keeps the working tree as it is now and makes a version of it. */
  version(label: string, behaviour?: Behaviour): Promise<ProcessSpec>;
  /** Changes the working tree. */
  write(word: string): Promise<void>;
  /** What answers on the port now. */
  ask(): Promise<AppAnswer>;
}

/** Call it in a `describe`: each test gets a new app. */
export function useApp(): TestApp {
  const home = useLockstepHome();
  const id = { project: "vault", stack: "test", name: "app" };
  let dir = "";
  let port = 0;
  beforeEach(async () => {
    dir = join(await makeTempDir("app"), "tree");
    await cp(FIXTURE, dir, { recursive: true });
    port = await freePort();
  });
  afterEach(async () => {
    await stopProcess(id);
  });
  return {
    id,
    get home() {
      return home.path;
    },
    get dir() {
      return dir;
    },
    get port() {
      return port;
    },
    async version(label, behaviour = "ok") {
      const { treeDigest } = await keepRelease({ ...id, dir });
      const digest = createHash("sha256")
        .update(`${label} ${behaviour} ${treeDigest}`)
        .digest("hex");
      const command = ["node", "server.mjs", behaviour];
      // The run's mark lets the run's end find the app if the test is killed.
      const env = { SECRET: "s3cret", LOCKSTEP_TEST_RUN: process.env.LOCKSTEP_TEST_RUN ?? "" };
      const release = { label, digest };
      const rest = { port, healthPath: "/health", startLimitMs: 20_000 };
      return { ...id, release, treeDigest, command, env, ...rest };
    },
    async write(word) {
      await writeFile(join(dir, "word.mjs"), `export const word = ${JSON.stringify(word)};\n`);
    },
    async ask() {
      const headers = { connection: "close" };
      const response = await fetch(`http://127.0.0.1:${port}/health`, { headers });
      return (await response.json()) as AppAnswer;
    },
  };
}
