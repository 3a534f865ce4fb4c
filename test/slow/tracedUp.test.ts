// What a server logs of `pulumi up` is the plan of its expand step, byte for byte but for what only run time knows.
import assert from "node:assert/strict";
import { join } from "node:path";
import { analyzeMigrations } from "../../engine/lint/analyze.ts";
import { planSql } from "../../engine/plan/sqlPlan.ts";
import { readFolder } from "../../engine/sources/readFolder.ts";
import { isLook } from "../support/followPlan.ts";
import { followSessions } from "../support/followSessions.ts";
import { makeProject } from "../support/pulumiProject.ts";
import { withTracedServer, type LoggedMessage } from "../support/tracedServer.ts";

/** The connections of a run; the others belong to checks before it and to what is recorded after it. */
const OF_THE_RUN = /^lockstep:(?:migrate|lease|watch|\d+)$/;

/** What those others send beside reading: time limits, transactions in which they read, and lines of the ledger. */
const BESIDE_THE_RUN =
  /^(?:SELECT set_config\(|BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY|BEGIN$|BEGIN READ ONLY|SET LOCAL \w+_timeout = \d+$|COMMIT$|ROLLBACK|INSERT INTO lockstep\.event |UPDATE lockstep\.release )/;

describe("the plan of an update", function () {
  this.timeout(300_000);

  it("is what the server logs of its expand step, and nothing else changes the database", async () => {
    await withTracedServer(async ({ url, read }) => {
      const project = await makeProject();
      const succeeds = async (...args: string[]) => {
        const { exitCode, text } = await project.pulumi(...args);
        assert.equal(exitCode, 0, text);
      };
      try {
        await project.setSecret("lockstep:database.url", url);
        await succeeds("up", "--yes", "--skip-preview");
        await project.configure({ "lockstep:release": "1.1" });
        await read();
        await succeeds("up", "--yes", "--skip-preview");
        const logged = await read();
        const { files } = await readFolder({ dir: join(project.dir, "migrations") });
        const migrations = await analyzeMigrations(files);
        const pending = migrations.filter(({ number }) => ["03", "04"].includes(number));
        const state = { initial: false, eventTriggers: false, hasLedger: true };
        const matched = await followSessions(
          await planSql({ pending, migrations, ...state }),
          logged.filter(({ session }) => OF_THE_RUN.test(session)),
        );
        assert.ok(matched > 15, `${String(matched)} messages`);
        assert.deepEqual(await others(logged), []);
      } finally {
        await project.destroy();
      }
    });
  });
});

/** What connections beside the run sent that neither reads nor is known. */
async function others(logged: readonly LoggedMessage[]): Promise<readonly string[]> {
  const unknown: string[] = [];
  for (const { session, sql } of logged) {
    if (OF_THE_RUN.test(session) || BESIDE_THE_RUN.test(sql.trimStart())) continue;
    if (!(await isLook(sql))) unknown.push(`${session}: ${sql}`);
  }
  return unknown;
}
