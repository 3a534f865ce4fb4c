// The plugin's own command: JSON lines, and an end whenever the plugin's is near.
import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { create } from "tar";
import { decodeLine, type StepLine } from "../../../engine/executors/protocol.ts";
import type { StepSpec } from "../../../engine/executors/runStep.ts";
import { queryAll, useDatabase, withClient } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { COMMAND, commandEnv, writeMigrations } from "./lockstepCommand.ts";

const GATE = 4712;
const SLOW = `create table things (); select pg_advisory_xact_lock(${String(GATE)}); create table others ();`;

const spec: StepSpec = {
  step: "expand",
  release: { digest: "d".repeat(64), label: "1.0", project: "shop", stack: "dev" },
  migrations: { dir: "migrations" },
  settings: {
    wait: { attempts: 2, intervalMs: 10 },
    leaseWaitMs: 5_000,
    lockBudgetMs: 5_000,
    backupMaxAgeMs: 60_000,
    allowedApplications: [],
  },
};

type Step = ChildProcessByStdio<Writable, Readable, Readable>;

describe("lockstep step", () => {
  const database = useDatabase();
  const dir = useTempDir("cli");
  let started: Step[] = [];

  afterEach(() => {
    for (const step of started) step.kill("SIGKILL");
    started = [];
  });

  function start(step: unknown = spec, more: Readonly<Record<string, string>> = {}): Step {
    // What the user's shell names beside it is not the release's database.
    const direct = "postgres://nobody@127.0.0.1:1/another";
    const env = { LOCKSTEP_STEP: JSON.stringify(step), DIRECT_URL: direct, ...more };
    const child = spawn(process.execPath, [COMMAND, "step"], {
      cwd: dir.path,
      env: commandEnv({ cwd: dir.path, url: database.url, env }),
      stdio: ["pipe", "pipe", "pipe"],
    });
    started.push(child);
    return child;
  }

  async function end(step: Step): Promise<{ code: number | null; lines: readonly StepLine[] }> {
    let stdout = "";
    step.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    const [code] = (await once(step, "close")) as [number | null];
    const lines = stdout.split("\n").flatMap((line) => decodeLine(line) ?? []);
    return { code, lines };
  }

  const untilItWaits = () =>
    eventually("the step waits", async () => {
      const found = await queryAll(
        database.url,
        "select from pg_locks where locktype = 'advisory' and objid = $1 and not granted",
        [GATE],
      );
      return found.length === 1;
    });

  it("writes events and, last, its result; an open stdin does not hold it up", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create table things ();" });
    const { code, lines } = await end(start());
    assert.equal(code, 0);
    assert.ok(lines.some((line) => line.type === "event" && line.event.step === "expand"));
    const last = lines.at(-1);
    assert.ok(last?.type === "result");
    assert.deepEqual(last.result.applied, ["01_create_things"]);
    const [row] = await queryAll(database.url, "select label, state from lockstep.release");
    assert.deepEqual(row, { label: "1.0", state: "active" });
  });

  it("ends with an error line and the exit code of its kind", async () => {
    await writeMigrations(dir.path, { "01_create_things_up.sql": "create tabel things ();" });
    const { code, lines } = await end(start());
    assert.equal(code, 2);
    const last = lines.at(-1);
    assert.ok(last?.type === "error");
    assert.equal(last.error.code, "SQL_SYNTAX");
  });

  describe("in a Job", () => {
    const jobSpec = { ...spec, migrations: { dir: "unpacked" } };
    const FILES = { "01_create_things_up.sql": "create table things ();" };

    async function pack(entries: readonly string[] = ["."], prefix?: string): Promise<string> {
      await writeMigrations(dir.path, FILES);
      const file = join(dir.path, "migrations.tar.gz");
      const options = { gzip: true, file, cwd: join(dir.path, "migrations"), preservePaths: true };
      await create({ ...options, ...(prefix && { prefix }) }, [...entries]);
      return file;
    }

    it("unpacks the archive, and leaves its last line where it outlives the log", async () => {
      const LOCKSTEP_TERMINATION_MESSAGE = join(dir.path, "termination");
      const LOCKSTEP_MIGRATIONS_ARCHIVE = await pack();
      const env = { LOCKSTEP_MIGRATIONS_ARCHIVE, LOCKSTEP_TERMINATION_MESSAGE };
      const { code, lines } = await end(start(jobSpec, env));
      assert.equal(code, 0);
      const message = decodeLine(await readFile(LOCKSTEP_TERMINATION_MESSAGE, "utf8"));
      assert.ok(message?.type === "result");
      assert.deepEqual(message, lines.at(-1));
      assert.deepEqual(message.result.applied, ["01_create_things"]);
    });

    it("refuses an archive that leads out of its folder", async () => {
      const LOCKSTEP_MIGRATIONS_ARCHIVE = await pack(["01_create_things_up.sql"], "../out");
      const { code, lines } = await end(start(jobSpec, { LOCKSTEP_MIGRATIONS_ARCHIVE }));
      assert.equal(code, 2);
      const last = lines.at(-1);
      assert.ok(last?.type === "error" && last.error.code === "MIGRATION_FILES");
      assert.ok(!existsSync(join(dir.path, "out")));
    });

    it("refuses files that are not those that were planned", async () => {
      const LOCKSTEP_MIGRATIONS_ARCHIVE = await pack();
      const migrations = { dir: "unpacked", digest: "e".repeat(64) };
      const started = start({ ...spec, migrations }, { LOCKSTEP_MIGRATIONS_ARCHIVE });
      const { lines } = await end(started);
      const last = lines.at(-1);
      assert.ok(last?.type === "error" && /not those that were planned/.test(last.error.message));
      assert.deepEqual(await queryAll(database.url, "select to_regclass('things') as it"), [
        { it: null },
      ]);
    });

    it("tells sidecars to end, and does not mind one that is deaf", async () => {
      const asked: (string | undefined)[] = [];
      const sidecar = createServer(({ method, url }, response) => {
        asked.push(`${method ?? ""} ${url ?? ""}`);
        response.end();
      }).listen(0, "127.0.0.1");
      await once(sidecar, "listening");
      try {
        const { port } = sidecar.address() as AddressInfo;
        const quit = `http://127.0.0.1:${String(port)}/quitquitquit`;
        const env = {
          LOCKSTEP_MIGRATIONS_ARCHIVE: await pack(),
          LOCKSTEP_QUIT_URL: `${quit}, http://127.0.0.1:1/quit`,
        };
        assert.equal((await end(start(jobSpec, env))).code, 0);
        assert.deepEqual(asked, ["POST /quitquitquit"]);
      } finally {
        sidecar.close();
      }
    });
  });

  it("called by hand, says which command is for people", async () => {
    const { code, lines } = await end(start(null));
    assert.equal(code, 2);
    assert.ok(lines[0]?.type === "error" && lines[0].error.next?.includes("lockstep migrate"));
  });

  const ends: readonly (readonly [string, (step: Step) => void])[] = [
    ["SIGINT", (step) => step.kill("SIGINT")],
    ["SIGTERM", (step) => step.kill("SIGTERM")],
    ["the end of stdin", (step) => step.stdin.end()],
    [
      "the death of whoever held its pipes",
      (step) => {
        step.stdout.destroy();
        step.stderr.destroy();
        step.stdin.destroy();
      },
    ],
  ];
  for (const [what, cause] of ends) {
    it(`${what}: rolls back, gives the lease back and ends with 130`, async () => {
      await writeMigrations(dir.path, { "01_create_things_up.sql": SLOW });
      await withClient(database.url, async (client) => {
        await client.query("select pg_advisory_lock($1)", [GATE]);
        const step = start();
        await untilItWaits();
        const ending = end(step);
        cause(step);
        const { code, lines } = await ending;
        assert.equal(code, 130);
        const last = lines.at(-1);
        // Whoever took the pipes away hears nothing more.
        if (what.startsWith("the death")) return;
        assert.ok(last?.type === "error" && last.error.code === "INTERRUPTED");
      });
      const [row] = await queryAll(
        database.url,
        "select to_regclass('things') as things, held, (select state from lockstep.release) from lockstep.lease",
      );
      assert.deepEqual(row, { things: null, held: false, state: "failed" });
    });
  }
});
