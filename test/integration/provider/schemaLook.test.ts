// What preview says of the schema: drift, and the rehearsal that a stack may require.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { migrationsDigest } from "../../../engine/plan/release.ts";
import { readFolder } from "../../../engine/sources/readFolder.ts";
import { admission } from "../../../provider/resources/admission.ts";
import { step } from "../../../provider/resources/step.ts";
import type { AdmissionInputs, StepInputs } from "../../../provider/schema.ts";
import { queryAll, serverUrl, useDatabase } from "../../support/database.ts";
import { failureOf } from "../../support/failureOf.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { applyFiles, type Files } from "../engine/run/applyFiles.ts";
import { listen, RELEASE, writeFiles } from "./resourceContext.ts";

const BASE: Files = { "01_t_up.sql": "create table t (a int);" };
const FILES: Files = { ...BASE, "02_b_up.sql": "alter table t add b int;" };

// The server's own programs lie in the home that holds while it is started.
before(serverUrl);

describe("admission's look at the schema", () => {
  const database = useDatabase();
  useLockstepHome();
  const dir = useTempDir("schemaLook");
  let folder = "";
  beforeEach(async () => {
    folder = await writeFiles(dir.path, FILES);
    await writeFile(join(folder, "02_b_down.sql"), "alter table t drop b;");
    process.env.LOCKSTEP_REHEARSAL_URL = await serverUrl();
  });
  afterEach(() => {
    delete process.env.LOCKSTEP_REHEARSAL_URL;
  });

  async function check(rest: Partial<AdmissionInputs>): Promise<readonly string[]> {
    const { context, said } = listen();
    const inputs: AdmissionInputs = {
      ...{ url: database.url, release: RELEASE, managed: false, platform: "local" },
      migrations: { dir: folder, digest: "m" },
      wait: { attempts: 1, intervalMs: 1 },
      ...rest,
    };
    assert.ok(admission.check);
    await admission.check(inputs, context);
    return said.filter((line) => !line.startsWith("progress"));
  }

  it("makes the rehearsal that the stack requires, once for the same files and schema", async () => {
    await applyFiles(database.url, BASE);
    const said = await check({ rehearsalRequired: true });
    assert.match(said.at(-1)!, /^info: rehearsal passed \(1 file on PostgreSQL /);
    assert.equal((await check({})).at(-1), said.at(-1));
  });

  it("names the command for this release's own files, and finds what that made", async () => {
    await applyFiles(database.url, BASE);
    await writeFile(join(folder, "03_c_up.sql"), "alter table t add c int;");
    await writeFile(join(folder, "03_c_down.sql"), "alter table t drop c;");
    const migrations = { dir: folder, digest: "m", target: "02" };
    assert.equal(
      (await check({ migrations })).at(-1),
      "info: not rehearsed (npx lockstep rehearse --stack test --target 02)",
    );
    const env = { ...process.env, DATABASE_URL: database.url };
    const options = ["rehearse", "--migrations", folder, "--target", "02"];
    await execa("node", ["bin/lockstep.mjs", ...options], { env });
    assert.match((await check({ migrations })).at(-1)!, /^info: rehearsal passed \(1 file /);
  });

  it("rehearses on the stack's own server, and hands the step a proof that it takes", async () => {
    await applyFiles(database.url, BASE);
    process.env.LOCKSTEP_REHEARSAL_URL = "postgresql://127.0.0.1:1/nowhere";
    const rehearsal = { rehearsalRequired: true, rehearsalUrl: await serverUrl() };
    assert.match((await check(rehearsal)).at(-1)!, /^info: rehearsal passed \(1 file on /);
    const { files } = await readFolder({ dir: folder });
    const inputs: StepInputs = {
      ...{ step: "expand", executor: { kind: "local" }, release: RELEASE, url: database.url },
      ...{ migrations: { dir: folder, digest: migrationsDigest(files) }, digest: "d" },
      settings: {
        ...{ wait: { attempts: 1, intervalMs: 1 }, leaseWaitMs: 20_000, lockBudgetMs: 20_000 },
        ...{ backupMaxAgeMs: 3_600_000, allowedApplications: [] },
      },
    };
    const refused = await failureOf(
      step.apply({ ...inputs, ...rehearsal, rehearsalUrl: "" }, listen().context),
    );
    assert.equal(refused.code, "CONFIG");
    const { outputs } = await step.apply({ ...inputs, ...rehearsal }, listen().context);
    assert.deepEqual(outputs.result.applied, ["02_b"]);
  });

  it("refuses a release whose files fail it, with what failed", async () => {
    await applyFiles(database.url, BASE);
    await writeFile(join(folder, "02_b_down.sql"), "alter table t drop c;");
    const error = await failureOf(check({ rehearsalRequired: true }));
    assert.equal(error.code, "NOT_REHEARSED");
    assert.match(error.where ?? "", /02_b_down\.sql:1:1$/);
    assert.match(error.seen ?? "", /down-fails: 02_b cannot be taken back/);
    await check({});
  });

  it("tells drift, and refuses it where the stack says so", async () => {
    await applyFiles(database.url, BASE);
    await queryAll(database.url, "alter table t add by_hand int");
    assert.ok(
      (await check({})).some((line) => /^warn: the schema is not as[^]*by_hand/.test(line)),
    );
    const ignore = ["public.t"];
    assert.ok(!(await check({ drift: { refuse: true, ignore } })).join("\n").includes("by_hand"));
    const error = await failureOf(check({ drift: { refuse: true, ignore: [] } }));
    assert.equal(error.code, "DRIFT");
  });
});
