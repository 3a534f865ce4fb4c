// With the tools themselves: the same folder gives the same schema, and a project changes over and back.
import assert from "node:assert/strict";
import { execa } from "execa";
import { adopt } from "../../../engine/adopt/adopt.ts";
import type { AdoptPlan } from "../../../engine/adopt/planAdopt.ts";
import { parseUrl } from "../../../engine/drivers/postgres/target.ts";
import { analyzeMigrations } from "../../../engine/lint/analyze.ts";
import { readFolder } from "../../../engine/sources/readFolder.ts";
import { applyMigrations } from "../../integration/engine/run/applyFiles.ts";
import { createDatabase, dropDatabase, queryAll } from "../../support/database.ts";
import { failureOf } from "../../support/failureOf.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { addFiles, PROJECTS, type Project } from "./projects.ts";

const TOOL_TABLES = [
  ...["schema_migrations", "goose_db_version", "pgmigrations", "flyway_schema_history"],
  ...["alembic_version"],
];

/** Every column, index and function of the schema public, but those of the tools' own tables. */
async function schemaOf(url: string): Promise<unknown> {
  return queryAll(
    url,
    `select 'column' as kind, table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as what
       from information_schema.columns where table_schema = 'public' and table_name <> all ($1)
     union all select 'index', indexdef from pg_indexes where schemaname = 'public' and tablename <> all ($1)
     union all select 'function', proname from pg_proc where pronamespace = 'public'::regnamespace
     order by 1, 2`,
    [TOOL_TABLES],
  );
}

for (const project of PROJECTS) {
  describe(`${project.format} and lockstep`, function () {
    // The first run fetches or builds the tool.
    this.timeout(600_000);
    const dir = useTempDir("foreign");
    const urls: string[] = [];

    const database = async () => {
      const url = await createDatabase();
      urls.push(url);
      return url;
    };
    afterEach(async () => {
      for (const url of urls.splice(0)) await dropDatabase(url);
    });

    const useTool = async (url: string) => {
      const at = new URL(url);
      const { command, args } = await project.load();
      await project.prepare?.(dir.path, at);
      const call = project.up(at);
      return execa(command, [...args, ...call.args], { cwd: dir.path, env: call.env ?? {} });
    };
    const read = async (url: string) => {
      await prepareReading(project, dir.path, url);
      const { files } = await readFolder({ dir: dir.path, format: project.format });
      return analyzeMigrations(files);
    };
    const migrate = async (url: string) => (await applyMigrations(url, await read(url))).applied;
    const adoptInto = async (url: string, back: boolean): Promise<AdoptPlan> => {
      assert.notEqual(project.format, "lockstep");
      const { plan } = await adopt({
        target: parseUrl(url, "DATABASE_URL"),
        format: project.format as Exclude<typeof project.format, "lockstep">,
        dir: dir.path,
        migrations: await read(url),
        table: undefined,
        back,
        leaseWaitMs: 5_000,
        report: () => undefined,
        signal: new AbortController().signal,
        confirm: () => Promise.resolve(true),
      });
      return plan;
    };

    it("make the same schema of the same folder", async () => {
      await addFiles(dir.path, project.first);
      const [theirs, ours] = [await database(), await database()];
      await useTool(theirs);
      await migrate(ours);
      assert.deepEqual(await schemaOf(ours), await schemaOf(theirs));
    });

    it("change over and back, and neither runs again what the other ran", async () => {
      await addFiles(dir.path, project.first);
      const url = await database();
      await useTool(url);
      const refused = await failureOf(migrate(url));
      assert.equal(refused.code, "NEEDS_BASELINE");
      assert.match(refused.next ?? "", /lockstep adopt/);
      const count = (await adoptInto(url, false)).added.length;
      assert.equal(count, (await read(url)).length);
      assert.deepEqual(await migrate(url), []);

      await addFiles(dir.path, project.byLockstep);
      assert.equal((await migrate(url)).length, 1);
      assert.equal((await adoptInto(url, true)).added.length, 1);
      const before = await schemaOf(url);
      await useTool(url);
      assert.deepEqual(await schemaOf(url), before);

      await addFiles(dir.path, project.byTool);
      await useTool(url);
      const after = await schemaOf(url);
      assert.notDeepEqual(after, before);
      assert.equal((await adoptInto(url, false)).added.length, 1);
      assert.deepEqual(await migrate(url), []);
      assert.deepEqual(await schemaOf(url), after);
      assert.equal((await adoptInto(url, false)).added.length, 0);
    });

    it("begin with lockstep, and go on with the tool", async () => {
      await addFiles(dir.path, project.first);
      const url = await database();
      await migrate(url);
      await adoptInto(url, true);
      await addFiles(dir.path, { ...project.byLockstep, ...project.byTool });
      const before = await schemaOf(url);
      await useTool(url);
      assert.notDeepEqual(await schemaOf(url), before);
    });
  });
}

/** Alembic is asked for the SQL, too, so it must be there before lockstep reads. */
async function prepareReading(project: Project, dir: string, url: string): Promise<void> {
  if (project.format !== "alembic") return;
  process.env.LOCKSTEP_ALEMBIC = (await project.load()).command;
  await project.prepare?.(dir, new URL(url));
}
