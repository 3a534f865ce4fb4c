// Bad input through the real engine: one screen that says what to do, already in preview, and nothing touched.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { createRole, queryAll, useDatabase } from "../support/database.ts";
import { freePort } from "../support/freePort.ts";
import { makeProject, type PulumiProject } from "../support/pulumiProject.ts";

/** Lines of a Pulumi error that a terminal shows at once. */
const ONE_SCREEN = 60;

describe("bad input to a release", function () {
  this.timeout(120_000);
  const database = useDatabase();
  let project: PulumiProject;

  before(async () => {
    project = await makeProject();
  });
  after(() => project.destroy());

  const refused = async (...says: readonly RegExp[]) => {
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { exitCode, text } = await project.pulumi(...command);
      assert.notEqual(exitCode, 0, text);
      for (const pattern of says) assert.match(text, pattern);
      assert.doesNotMatch(text, /^\s+at .*:\d+:\d+\)?$/m, text);
      const diagnostics = text.slice(text.indexOf("Diagnostics:"));
      assert.ok(diagnostics.split("\n").length < ONE_SCREEN, text);
    }
    const tables = await queryAll(
      database.url,
      "select relname from pg_class where relnamespace in (select oid from pg_namespace where nspname in ('public', 'lockstep'))",
    );
    assert.deepEqual(tables, []);
  };
  const withFile = async (name: string, sql: string, body: () => Promise<void>) => {
    const file = join(project.dir, "migrations", name);
    await writeFile(file, sql);
    await body();
    await rm(file);
  };
  const withConfig = async (
    values: Readonly<Record<string, unknown>>,
    body: () => Promise<void>,
  ) => {
    await project.configure(values);
    await body();
    await project.configure(Object.fromEntries(Object.keys(values).map((key) => [key, undefined])));
  };
  /** A database that is there already; its URL, which holds a password, is set as a secret. */
  const withExternal = async (url: string, body: () => Promise<void>) => {
    await project.setSecret("lockstep:database.url", url);
    await body();
    await project.configure({ "lockstep:database": undefined });
  };

  it("names every fault of the config at once, unknown keys with the nearest known one", () =>
    withConfig(
      {
        "lockstep:relaese": "1.0",
        "lockstep:migrations": "/etc",
        "lockstep:lock": { budget: "soon" },
      },
      () =>
        refused(
          /lockstep:relaese/,
          /lockstep:release/,
          /lockstep:migrations/,
          /lockstep:lock\.budget/,
        ),
    ));

  it("shows broken SQL with file, line and caret", () =>
    withFile("08_add_x_up.sql", "CREATE TABLE x (id int);\nCREAT TABLE y ();\n", () =>
      withFile("08_add_x_down.sql", "DROP TABLE x;\n", () =>
        refused(/08_add_x_up\.sql:2:1/, /CREAT TABLE y/, /\^/),
      ),
    ));

  it("names a number that is there twice, a gap and a missing down file together", () =>
    withFile("02_add_twice_up.sql", "SELECT 1;", () =>
      withFile("12_add_far_up.sql", "SELECT 1;", () =>
        refused(/02_add_twice_up\.sql/, /12_add_far/, /_down\.sql/),
      ),
    ));

  it("says that nobody answers at an external database", async () => {
    const port = String(await freePort());
    await withExternal(`postgresql://app:geheim@127.0.0.1:${port}/app`, () =>
      refused(/refuses connections/, new RegExp(`127\\.0\\.0\\.1:${port}/app`)),
    );
  });

  it("says that a password is wrong, and shows none", async () => {
    const url = new URL(database.url);
    url.password = "verkehrt";
    await withExternal(url.href, async () => {
      await refused(/password is wrong/);
      const { text } = await project.pulumi("preview");
      assert.doesNotMatch(text, /verkehrt/);
    });
  });

  it("names the privilege that a role lacks, with its GRANT", async () => {
    const url = await createRole(database.url);
    await withExternal(url, () => refused(/may not change the schema/, /GRANT CREATE ON/));
  });
});
