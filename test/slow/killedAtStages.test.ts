// kill -9 of pulumi, of the plugin with its step, and of the app in the stages of a release: the next `up` goes on where it stood, and nothing is done twice.
//
// expand, and Ctrl-C, are in story/faults.test.ts; the gate is in gateFaults.test.ts; a runner that is killed at every message it
// sends to the server in crash.test.ts; the roll-out by itself in integration/engine/process/rollOutRecovery.test.ts.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { after, before, describe, it } from "mocha";
import pg from "pg";
import { queryAll } from "../support/database.ts";
import { findDescendant } from "../support/processTree.ts";
import {
  makeProject,
  type Ended,
  type PulumiProject,
  type Running,
} from "../support/pulumiProject.ts";
import { appliedFiles, approveAll } from "../support/releaseStory.ts";

/** Ends what was started as `running`, or a part of it. */
type Kill = (running: Running) => Promise<void>;

const KILLS: Readonly<Record<"pulumi" | "the plugin", Kill>> = {
  pulumi: ({ pid }) => {
    process.kill(pid, "SIGKILL");
    return Promise.resolve();
  },
  "the plugin": async ({ pid }) => {
    process.kill(await findDescendant(pid, "pulumi-resource-lockstep"), "SIGKILL");
  },
};

/** The name of the test's own sessions, which are none of an old app's. */
const LOOKS = "looks";

type Stage = "rollout" | "drain" | "backup" | "contract" | "verification";

describe("a release that is killed", function () {
  // After its step was killed, a lease is waited for until its life is over, 15 s.
  this.timeout(900_000);
  let project: PulumiProject;
  let url = "";
  let number = 5;

  const ensureOk = ({ exitCode, text }: Ended) => {
    assert.equal(exitCode, 0, text);
  };
  const start = () => project.start("up", "--yes", "--skip-preview");
  const label = async () => {
    const answer = await fetch(`${project.appUrl}/health`);
    return ((await answer.json()) as { label: string }).label;
  };

  before(async () => {
    const drain = { quiet: "300ms", timeout: "60s", allowed: [LOOKS] };
    project = await makeProject({ config: { "lockstep:target": "05", "lockstep:drain": drain } });
    for (const name of ["06_add_revision", "07_drop_updated_at"]) {
      for (const part of ["up", "down", "verify"])
        await rm(join(project.dir, "migrations", `${name}_${part}.sql`));
    }
    const command = ["node", "server.mjs", "1.1"];
    const port = Number(new URL(project.appUrl).port);
    await project.configure({ "lockstep:app": { dir: "example/app", command, port } });
    ensureOk(await project.up("--skip-preview"));
    const own = new URL(await project.databaseUrl());
    own.searchParams.set("application_name", LOOKS);
    url = own.href;
    // How long each stage takes is read at its start: for ever, until the kill.
    await queryAll(
      url,
      "create table pace (contract float not null, verification float not null); insert into pace values (0, 0)",
    );
  });
  after(() => project.destroy());

  const pace = (stage: "contract" | "verification", seconds: number) =>
    queryAll(url, `update pace set ${stage} = ${String(seconds)}`);

  /** A release of its own with an expand and an approved contract file. @returns the number of the latter. */
  async function newRelease(): Promise<string> {
    const [expand = "", contract = ""] = [1, 2].map((n) => String(number + n).padStart(2, "0"));
    number += 2;
    const write = (name: string, text: string) =>
      writeFile(join(project.dir, "migrations", `${name}.sql`), `${text}\n`);
    await write(`${expand}_add_mark_up`, `CREATE TABLE mark_${expand} (n integer);`);
    await write(`${expand}_add_mark_down`, `DROP TABLE mark_${expand};`);
    await write(
      `${contract}_drop_mark_up`,
      `DROP TABLE mark_${expand};\nSELECT pg_sleep(contract) FROM pace;`,
    );
    await write(`${contract}_drop_mark_down`, `CREATE TABLE mark_${expand} (n integer);`);
    await write(
      `${contract}_drop_mark_verify`,
      // Not where the file's own transaction runs it, which has written.
      "DO $$ BEGIN PERFORM pg_sleep(verification) FROM pace WHERE pg_current_xact_id_if_assigned() IS NULL; END $$;",
    );
    await project.configure({ "lockstep:release": `3.${contract}`, "lockstep:target": contract });
    await approveAll(project);
    return contract;
  }

  /** A session of an app before, which Drain waits for. */
  async function oldSession(): Promise<pg.Client> {
    const old = new URL(url);
    old.searchParams.set("application_name", "app:0.9-000000000000");
    const client = new pg.Client({ connectionString: old.href });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }

  /** Whether a session is in the middle of `stage`. */
  const isIn = async (stage: Stage) => {
    const rows = await queryAll(
      url,
      "select from pg_stat_activity where state = 'active' and strpos(query, $1) > 0 and pid <> pg_backend_pid()",
      [`pg_sleep(${stage})`],
    );
    return rows.length > 0;
  };

  /** However long that takes: on the way there, a killed runner's lease may have to be waited for. */
  async function untilIn(stage: Stage, running: Running): Promise<void> {
    const ended = running.ended.then(({ text }) => text);
    while (!(await isIn(stage))) {
      const text = await Promise.race([ended, delay(50)]);
      if (text !== undefined) assert.fail(`ended before ${stage}:\n${text}`);
    }
  }

  /** Starts an update, runs `act` in the middle of `stage`, and lets the stage end if it still runs. */
  async function disturb(stage: Stage, act: Kill): Promise<Ended> {
    const old = stage === "drain" ? await oldSession() : undefined;
    const isLong = stage === "contract" || stage === "verification";
    if (isLong) await pace(stage, 600);
    const running = start();
    if (stage === "rollout") await running.shows(/starting 3\./);
    if (stage === "drain") await running.shows(/draining: 1 left/);
    if (stage === "backup") await running.shows(/backing up/);
    if (isLong) await untilIn(stage, running);
    await act(running);
    if (isLong) await pace(stage, 0);
    await old?.end();
    return running.ended;
  }

  const cases: readonly (readonly [keyof typeof KILLS, readonly Stage[]])[] = [
    ["pulumi", ["rollout", "drain", "backup", "contract", "verification"]],
    ["the plugin", ["rollout", "drain", "backup", "contract", "verification"]],
  ];
  for (const [who, stages] of cases) {
    it(`by a kill of ${who} is carried on in each of ${stages.join(", ")}`, async () => {
      const contract = await newRelease();
      for (const stage of stages) {
        const { exitCode, text } = await disturb(stage, KILLS[who]);
        assert.notEqual(exitCode, 0, `${stage}:\n${text}`);
        const isContracted = (await appliedFiles(url)).includes(contract);
        assert.equal(isContracted, stage === "verification", `${stage}:\n${text}`);
        if (who === "pulumi") await project.pulumi("cancel", "--yes");
        // A dead plugin's step is killed with it; what a killed one left in the server, the next one ends.
        if (who === "pulumi") while (await isIn(stage)) await delay(50);
      }
      ensureOk(await project.up("--skip-preview"));
      const runs = `select count(*)::int as n from lockstep.migration where label = '${contract}' and state = 'applied'`;
      assert.deepEqual(await queryAll(url, runs), [{ n: 1 }]);
      assert.equal(await label(), "1.1");
    });
  }

  it("by the death of its app after the gate has the app again after the next up", async () => {
    const contract = await newRelease();
    const ended = await disturb("contract", async (running) => {
      const [, pid] = /runs at \S+ \(pid (\d+)\)/.exec(await running.shows(/\(pid \d+\)/)) ?? [];
      process.kill(Number(pid), "SIGKILL");
      await pace("contract", 0);
      await queryAll(
        url,
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()",
      );
    });
    assert.notEqual(ended.exitCode, undefined);
    ensureOk(await project.up("--skip-preview"));
    assert.ok((await appliedFiles(url)).includes(contract));
    assert.equal(await label(), "1.1");
  });
});
