// A release is held to the plan that was previewed: before its first file, on a resume, and up to its last.
import assert from "node:assert/strict";
import { formatError } from "../../../../engine/errors/formatError.ts";
import { readLedger } from "../../../../engine/ledger/ledger.ts";
import { digestRelease } from "../../../../engine/plan/planDigest.ts";
import { planReleaseFiles } from "../../../../engine/plan/releaseFiles.ts";
import type { Approval } from "../../../../engine/run/approval.ts";
import { queryAll, useDatabase, withClient } from "../../../support/database.ts";
import { failureOf } from "../../../support/failureOf.ts";
import {
  analyzeFiles,
  applyFiles,
  approve,
  ledgerOf,
  RELEASE,
  STACK,
  type Files,
} from "./applyFiles.ts";

const BASE: Files = { "01_create_things_up.sql": "create table things (old int);" };
const FILES: Files = {
  ...BASE,
  "02_add_new_up.sql": "alter table things add column new int;",
  "03_add_more_up.sql": "alter table things add column more int;",
  "04_drop_old_up.sql": "alter table things drop column old;",
};
const ADDED: Files = { ...FILES, "05_add_last_up.sql": "alter table things add column last int;" };

describe("a release with a plan's digest", () => {
  const database = useDatabase();

  async function digestOf(files: Files, approval?: Approval): Promise<string> {
    const migrations = await analyzeFiles(files);
    const scope = { migrations, target: undefined, approval, stack: STACK };
    return withClient(database.url, async (client) =>
      digestRelease(planReleaseFiles(await readLedger(client), scope), migrations),
    );
  }
  const expand = (files: Files, planDigest: string, approval?: Approval) =>
    applyFiles(database.url, files, { stage: "expand", release: RELEASE, planDigest, approval });
  const events = () =>
    queryAll<{ data: { digest: string; files: string[] } }>(
      database.url,
      "select data from lockstep.event where kind = 'plan'",
    );

  beforeEach(async () => {
    await applyFiles(database.url, BASE);
  });

  it("applies that plan and records it; with nothing left to apply the key stands in nobody's way", async () => {
    const approval = await approve(FILES, "04");
    const digest = await digestOf(FILES, approval);
    assert.notEqual(digest, await digestOf(FILES));
    await expand(FILES, digest, approval);
    const [event, ...more] = await events();
    assert.deepEqual(more, []);
    assert.equal(event?.data.digest, digest);
    assert.match(
      event.data.files.join(),
      /^02_add_new \w{16},03_add_more \w{16},04_drop_old \w{16}$/,
    );
    await expand(FILES, "0".repeat(64), approval);
    assert.equal((await events()).length, 1);
  });

  it("refuses another plan with what changed, before it opens a release", async () => {
    const digest = await digestOf(FILES);
    const cases: readonly (readonly [Files, RegExp, Approval?])[] = [
      [ADDED, /added since: 05_add_last/],
      [FILES, /approved since: 04_drop_old/, await approve(FILES, "04")],
      [
        { ...FILES, "03_add_more_up.sql": "alter table things add column other int;" },
        /a file was edited.*the files now:\s+02_add_new \w{16}\s+03_add_more \w{16}/s,
      ],
    ];
    for (const [files, what, approval] of cases) {
      const error = await failureOf(expand(files, digest, approval));
      assert.equal(error.code, "PLAN_CHANGED");
      const text = formatError(error);
      assert.match(text, what);
      assert.match(text, /pulumi config set --stack test lockstep:planDigest [0-9a-f]{64}/);
    }
    await applyFiles(database.url, FILES, { stage: "expand", through: "02" });
    const since = await failureOf(expand(FILES, digest));
    assert.match(formatError(since), /applied since: 02_add_new/);
    assert.deepEqual(await queryAll(database.url, "select from lockstep.release"), []);
    assert.deepEqual(await events(), []);
  });

  it("goes on after a failure with what is left, and with nothing that was edited or added meanwhile", async () => {
    const broken: Files = {
      ...FILES,
      "03_add_more_up.sql": "create table more (like helper);",
    };
    const digest = await digestOf(broken);
    assert.equal((await failureOf(expand(broken, digest))).code, "STATEMENT_FAILED");
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied"]);

    const edited = { ...broken, "03_add_more_up.sql": "alter table things add column more int;" };
    const error = await failureOf(expand(edited, digest));
    assert.equal(error.code, "PLAN_CHANGED");
    assert.match(formatError(error), /edited since the release began: 03_add_more/);
    const added = { ...broken, "05_add_last_up.sql": "alter table things add column last int;" };
    assert.match(
      formatError(await failureOf(expand(added, digest))),
      /added since the release began: 05_add_last/,
    );

    await queryAll(database.url, "create table helper (id int)");
    await expand(broken, digest);
    assert.deepEqual(await ledgerOf(database.url), ["01 applied", "02 applied", "03 applied"]);
    assert.equal((await events()).length, 1);
  });
});
