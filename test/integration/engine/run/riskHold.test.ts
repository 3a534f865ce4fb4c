// Risky expand files prove their approval and their backup under the lease, whatever started the run.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { approvalDigest } from "../../../../engine/plan/approval.ts";
import { DEFAULT_RISK_POLICY, type RiskPolicy } from "../../../../engine/plan/riskPolicy.ts";
import type { RiskHold } from "../../../../engine/run/riskHold.ts";
import { queryAll, useDatabase } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { analyzeFiles, applyFiles, RELEASE, STACK, type ApplyOptions } from "./applyFiles.ts";

const BASE = { "01_create_things_up.sql": "create table things (id int primary key, a int);" };
const FILES = {
  ...BASE,
  "02_change_things_up.sql": "update things set a = 1;",
  "03_add_note_up.sql": "alter table things add column note text;",
};
const HOUR_MS = 3_600_000;

describe("a run that is held to its risk", () => {
  const database = useDatabase();
  beforeEach(() => applyFiles(database.url, BASE));

  async function hold(given: Partial<RiskHold> = {}, policy: Partial<RiskPolicy> = {}) {
    const digest = approvalDigest(STACK, (await analyzeFiles(FILES)).slice(0, 2));
    const at = new Date().toISOString();
    const expires = new Date(Date.now() + HOUR_MS).toISOString();
    const expandApproval = { through: "02", digest, by: "ada", at, expires, reason: "in May" };
    const all = { ...DEFAULT_RISK_POLICY, ...policy };
    return { risk: { policy: all, expandApproval, backsUpExpand: true, ...given } };
  }
  const apply = (options: ApplyOptions) =>
    applyFiles(database.url, FILES, { limits: { backupMaxAgeMs: HOUR_MS }, ...options });
  const refusal = async (options: ApplyOptions) => formatError(await failureOf(apply(options)));
  const backedUp = (data: object, release: string | null = RELEASE.digest) =>
    queryAll(
      database.url,
      "insert into lockstep.event (release, kind, data) values ($1, 'backup', $2)",
      [release, { id: "b", kind: "dump", proof: "restored", ...data }],
    );

  it("goes by the release's own backup and by the approval, which the ledger then has", async () => {
    const own = { stage: "expand", release: RELEASE } as const;
    assert.match(
      await refusal({ ...own, ...(await hold({ expandApproval: undefined })) }),
      /^Expand files wait for approval[^]*02_change_things, risk very high[^]*--through 02$/m,
    );
    assert.match(
      await refusal({ ...own, ...(await hold({ backsUpExpand: false })) }),
      /^The stack takes no backup before these expand files/,
    );
    const missing = await refusal({ ...own, ...(await hold()) });
    assert.match(missing, /^These expand files have no backup to go back to/);
    assert.match(missing, /--target[^]*without --target: it takes the backup first$/m);
    await backedUp({ before: "contract" });
    assert.match(await refusal({ ...own, ...(await hold()) }), /no backup was taken before/);
    // Whatever was refused has opened no release.
    assert.deepEqual(await queryAll(database.url, "select label from lockstep.release"), []);

    await backedUp({ before: "expand" });
    const old = { limits: { backupMaxAgeMs: 0 } };
    assert.match(
      await refusal({ ...own, ...(await hold()), ...old }),
      /the backup b is 0\.0 h old/,
    );
    const { applied } = await apply({ ...own, ...(await hold()) });
    assert.deepEqual(applied, ["02_change_things", "03_add_note"]);
    const [event] = await queryAll(
      database.url,
      "select data->>'by' as by, data->>'stage' as stage, data->>'reason' as reason from lockstep.event where kind = 'approval'",
    );
    assert.deepEqual(event, { by: "ada", stage: "expand", reason: "in May" });
  });

  it("goes by hand with any backup of the whole database, or with somebody's word", async () => {
    const required = { backup: { required: true, waived: undefined } };
    const held = await hold({ backsUpExpand: false });
    assert.match(
      await refusal({ ...held, ...required }),
      /knows of no backup of the whole database[^]*npx lockstep backup --stack test$/m,
    );
    await backedUp({ before: "hand", tables: ["public.things"] }, null);
    assert.match(await refusal({ ...held, ...required }), /^These expand files have no backup/);
    const waived = { backup: { required: true, waived: "a snapshot" } };
    assert.deepEqual((await apply({ ...held, ...waived, through: "02" })).applied, [
      "02_change_things",
    ]);
    const [event] = await queryAll(
      database.url,
      "select data from lockstep.event where kind = 'backupWaived'",
    );
    assert.deepEqual(event, { data: { files: "02_change_things", reason: "a snapshot" } });
  });

  it("asks in mode manual for each file", async () => {
    const files = { ...BASE, "03_add_note_up.sql": FILES["03_add_note_up.sql"] };
    const nothing = await hold({ expandApproval: undefined }, { mode: "manual" });
    const run = applyFiles(database.url, files, { stage: "expand", release: RELEASE, ...nothing });
    assert.match(
      formatError(await failureOf(run)),
      /^Expand files wait for approval[^]*03_add_note, risk low/,
    );
  });
});
