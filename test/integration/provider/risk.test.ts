// Admission weighs what is pending by the database, and holds it to the stack's policy.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatError } from "../../../engine/errors/formatError.ts";
import { switchOn } from "../../../engine/maintenance/switch.ts";
import { NO_FILES } from "../../../engine/plan/planRun.ts";
import { LARGE_BYTES } from "../../../engine/plan/risk.ts";
import { DEFAULT_RISK_POLICY } from "../../../engine/plan/riskPolicy.ts";
import { admission } from "../../../provider/resources/admission.ts";
import type { AdmissionInputs, ApprovalInput } from "../../../provider/schema.ts";
import { queryAll, useDatabase, withClient } from "../../support/database.ts";
import { failureOf } from "../../support/failureOf.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { lockstepJson } from "../cli/lockstepCommand.ts";
import { applyFiles } from "../engine/run/applyFiles.ts";
import { listen, RELEASE, writeFiles } from "./resourceContext.ts";

const BASE = { "01_create_things_up.sql": "create table things (id int primary key, a int);" };

describe("admission, of risk,", () => {
  const database = useDatabase();
  useLockstepHome();
  const dir = useTempDir("admission");
  let folder = "";
  beforeEach(async () => {
    folder = await writeFiles(dir.path, {
      ...BASE,
      "02_index_things_up.sql": "create index on things (a);",
    });
    await applyFiles(database.url, BASE);
  });

  async function check(
    risk?: AdmissionInputs["risk"],
    maintenance?: AdmissionInputs["maintenance"],
  ) {
    return (await look({ dir: folder, digest: "m" }, risk, maintenance)).said;
  }

  async function look(
    migrations: AdmissionInputs["migrations"],
    risk?: AdmissionInputs["risk"],
    maintenance?: AdmissionInputs["maintenance"],
  ) {
    const { context, said } = listen();
    const inputs: AdmissionInputs = {
      ...{ url: database.url, release: RELEASE, migrations },
      ...{ wait: { attempts: 1, intervalMs: 1 }, managed: false, platform: "local" as const },
      ...(risk && { risk }),
      ...(maintenance && { maintenance }),
    };
    assert.ok(admission.check);
    const { inputs: checked } = await admission.check(inputs, context);
    return { said: said.join("\n"), leftOut: checked.leftOut };
  }

  it("names what a release without files leaves out, and weighs none of it", async () => {
    const { said, leftOut } = await look({ dir: folder, digest: "m", target: NO_FILES });
    assert.match(said, /^warn: left out[^\n]*skip: 02_index_things; the app is released without/m);
    assert.doesNotMatch(said, /risk of the release/);
    assert.deepEqual(leftOut, ["02_index_things"]);
  });

  it("lets medium pass with a word, and refuses by the facts that have raised it, until it is approved and backed up", async () => {
    assert.match(
      await check(),
      /info: risk of the release: medium \(02_index_things [^\n]*builds an index[^\n]*read the files first[^\n]*\n[^\n]*a backup before expand is advised/,
    );
    await queryAll(
      database.url,
      `update pg_class set relpages = ${String(LARGE_BYTES / 8_192)} where oid = 'things'::regclass`,
    );
    const refused = formatError(await failureOf(check()));
    assert.match(refused, /^Expand files wait for approval/);
    assert.match(refused, /things holds 1\.0 GiB/);
    const [, command = ""] = /(lockstep approve[^\n]*)/.exec(refused) ?? [];
    assert.equal(command, `lockstep approve --stack ${RELEASE.stack} --stage expand --through 02`);

    await writeFile(join(dir.path, `Pulumi.${RELEASE.stack}.yaml`), "config:\n  a:b: c\n");
    const args = [...command.split(" ").slice(1), "--yes", "--migrations", folder];
    const { exitCode, stderr, document } = await lockstepJson(args, { cwd: dir.path });
    assert.equal(exitCode, 0, stderr);
    assert.match(
      await readFile(join(dir.path, `Pulumi.${RELEASE.stack}.yaml`), "utf8"),
      /^ {2}lockstep:expandApproval:\n {4}through: "02"$/m,
    );
    const expandApproval = document.approval as ApprovalInput;
    const policy = DEFAULT_RISK_POLICY;
    assert.match(
      formatError(await failureOf(check({ policy, expandApproval, backsUpExpand: false }))),
      /^The stack takes no backup before these expand files[^]*things holds 1\.0 GiB/,
    );
    const own = { heldBy: "person", who: "Ada", release: null, reason: "disks" } as const;
    await withClient(database.url, (client) => switchOn(client, own));
    const told = await check(
      { policy, expandApproval, backsUpExpand: true },
      { during: "high", keepOnFailure: false, waitMs: 1 },
    );
    assert.match(told, /risk of the release: high \(02_index_things things holds 1\.0 GiB/);
    assert.match(told, /info: maintenance mode will be on in expand for 02_index_things$/m);
    assert.match(
      told,
      /warn: maintenance mode is on since \S+ by Ada: disks; the gate will see no/,
    );
  });
});
