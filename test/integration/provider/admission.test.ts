// What admission says of a release when the database answers, is away, or knows better.
import assert from "node:assert/strict";
import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { formatError } from "../../../engine/errors/formatError.ts";
import { closeRelease, openRelease } from "../../../engine/ledger/releases.ts";
import { admission } from "../../../provider/resources/admission.ts";
import { process as app } from "../../../provider/resources/process.ts";
import type { AdmissionInputs, AdmissionOutputs } from "../../../provider/schema.ts";
import { createRole, queryAll, useDatabase, withClient } from "../../support/database.ts";
import { failureOf } from "../../support/failureOf.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { applyFiles, type Files } from "../engine/run/applyFiles.ts";
import { listen, RELEASE, writeFiles } from "./resourceContext.ts";

const BASE: Files = { "01_create_things_up.sql": "create table things (old text);" };
const FILES: Files = {
  ...BASE,
  "02_add_new_up.sql": "alter table things add column new text;",
  "03_drop_old_up.sql": "alter table things drop column old;",
};
const AWAY = "postgres://nobody@127.0.0.1:1/none";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const isNoPlan = (line: string) => !line.startsWith("info: plan ");

describe("a release's resources at the ledger", () => {
  const database = useDatabase();
  useLockstepHome();
  const dir = useTempDir("admission");
  let folder = "";
  beforeEach(async () => {
    folder = await writeFiles(dir.path, FILES);
  });

  const inputs = (rest: Partial<AdmissionInputs> = {}): AdmissionInputs => ({
    url: database.url,
    release: RELEASE,
    migrations: { dir: folder, digest: "m" },
    wait: { attempts: 1, intervalMs: 1 },
    managed: false,
    platform: "local",
    ...rest,
  });
  async function check(rest: Partial<AdmissionInputs> = {}) {
    const { context, said } = listen();
    assert.ok(admission.check);
    const answer = await admission.check(inputs(rest), context);
    assert.deepEqual(answer.failures, []);
    return { checked: answer.inputs, said };
  }
  const saved = (rest: Partial<AdmissionOutputs> = {}): AdmissionOutputs => ({
    ...inputs(),
    verdict: "pass",
    digest: RELEASE.digest,
    ...rest,
  });

  it("says that all is pending where the database is not there yet", async () => {
    const { checked, said } = await check({ url: UNKNOWN });
    assert.deepEqual(checked, inputs({ url: UNKNOWN }));
    assert.match(said.join(), /info: the database is not there yet/);
  });

  it("tells the plan's digest, and refuses another plan than the one that the config names", async () => {
    const planIn = (said: readonly string[]) => said.find((line) => line.startsWith("info: plan "));
    const empty = planIn((await check()).said) ?? "";
    const unknown = await check({ url: UNKNOWN, planDigest: "0".repeat(64) });
    assert.equal(planIn(unknown.said), `${empty}, if it is empty`);
    await applyFiles(database.url, BASE);
    const digestIn = (said: readonly string[]) =>
      said.map((line) => /^info: plan ([0-9a-f]{64})/.exec(line)?.[1]).find(Boolean) ?? "";
    const planDigest = digestIn((await check()).said);
    assert.notEqual(planDigest, digestIn([empty]));
    const { said } = await check({ planDigest });
    assert.match(said.join("\n"), /, which lockstep:planDigest names/);
    const error = await failureOf(check({ planDigest: digestIn([empty]) }));
    assert.equal(error.code, "PLAN_CHANGED");
    assert.match(
      formatError(error),
      /applied since: 01_create_things\n\s+the database was empty then/,
    );
    const away = await check({ url: AWAY, managed: true, planDigest });
    assert.match(
      away.said.join("\n"),
      /the plan is not compared here; the steps refuse another one/,
    );
  });

  it("tells what lint warns of in the files that will run, a few of them, and refuses errors", async () => {
    await applyFiles(database.url, BASE);
    await mkdir(join(dir.path, "indexes"));
    const index = "create index things_old_idx on things (old);";
    folder = await writeFiles(join(dir.path, "indexes"), {
      ...BASE,
      "02_add_indexes_up.sql": Array.from({ length: 12 }, (_, at) =>
        index.replace("_idx", `_${String(at)}_idx`),
      ).join("\n"),
    });
    const tiny = (await check()).said.filter((line) => line.startsWith("warn"));
    assert.deepEqual(tiny, [], "an index on a tiny table is built in a moment");
    const { said } = await check({ lint: { "index-not-concurrent": "warning" } });
    const told = said.filter((line) => line.includes("index-not-concurrent"));
    assert.equal(told.length, 10);
    assert.match(told[0] ?? "", /^warn: \S*02_add_indexes_up\.sql:1:1: CREATE INDEX on things/);
    assert.match(said.join("\n"), /warn: and 2 more warnings of lint/);
    const error = await failureOf(check({ lint: { "index-not-concurrent": "error" } }));
    assert.equal(error.code, "UNSAFE_MIGRATION");
    assert.match(formatError(error), /02_add_indexes_up\.sql:1:1[^]*and 11 more[^]*CONCURRENTLY/);
    assert.deepEqual(
      (await check({ lint: { "index-not-concurrent": "off" } })).said.filter((line) =>
        line.startsWith("warn"),
      ),
      [],
    );
  });

  it("names what will run and what waits, with the command that approves it", async () => {
    await applyFiles(database.url, BASE);
    const { said } = await check();
    assert.deepEqual(said.filter(isNoPlan), [
      "info: to expand: 02_add_new",
      "info: contract waits for approval: 03_drop_old (npx lockstep approve --stack test --through 03)",
      "info: risk of the release: low",
      "info: not rehearsed (npx lockstep rehearse --stack test)",
    ]);
  });

  it("says that an empty database takes all in file order", async () => {
    const { said } = await check();
    assert.deepEqual(said.filter(isNoPlan), [
      "info: the database is empty; to apply in file order: 01_create_things, 02_add_new, 03_drop_old",
      "info: risk of the release: low",
      "info: not rehearsed (npx lockstep rehearse --stack test)",
    ]);
  });

  it("stays on the platform that the stack began on", async () => {
    const { context } = listen();
    const moved = inputs({ platform: "kubernetes" });
    const refuse = (before: Partial<AdmissionInputs>) =>
      failureOf(admission.check!(moved, context, before));
    const text = formatError(await refuse(inputs()));
    assert.match(text, /A stack's platform can't be changed/);
    assert.match(text, /lockstep:platform local.*pulumi stack init/);
    // The state of a version that knew one platform only.
    const { platform: _, ...older } = inputs();
    assert.match(formatError(await refuse(older)), /the stack runs on local/);
    const first = await admission.check!(moved, context, {});
    assert.deepEqual(first.failures, []);
    assert.deepEqual((await admission.check!(moved, context, moved)).failures, []);
  });

  it("is looked at again by the update where lockstep's own database is away", async () => {
    const { checked } = await check({ url: AWAY, managed: true });
    assert.equal(checked.unseen, true);
    assert.equal(await admission.isChanged(saved(), checked), true);
  });

  it("says what files and the last update tell, where it does not reach the ledger", async () => {
    const away = { url: AWAY, managed: true };
    const first = (await check(away)).said.join("\n");
    assert.match(first, /not seen: edits of applied files, drift/);
    await applyFiles(database.url, BASE);
    const { outputs } = await admission.apply(inputs(), listen().context);
    const more = await mkdtemp(join(dir.path, "more-"));
    const later = await writeFiles(more, {
      ...FILES,
      "04_add_index_up.sql": "create index things_new_idx on things (new);",
      "05_mixed_up.sql": "alter table things add a int; drop table things;",
    });
    const { context, said } = listen();
    assert.ok(admission.foretell);
    const unseen = { ...inputs(away), unseen: true, migrations: { dir: later, digest: "m" } };
    await admission.foretell(outputs, unseen, context);
    const text = said.join("\n");
    assert.match(text, /info: last seen for release 1\.1, 20/);
    assert.match(text, /info: risk of the release, [^\n]*by their text alone: very high /);
    assert.match(text, /new since, so to be applied: 04_add_index \(expand\), 05_mixed/);
    assert.match(
      text,
      /pending then, and not known if applied since: 02_add_new \(expand\), 03_drop_old \(contract\)/,
    );
    assert.match(text, /warn: would be refused: \S*05_mixed_up\.sql:1:31: .*\(mixed-stages\)/);
    assert.match(text, /warn: \S*04_add_index_up\.sql:1:1: CREATE INDEX on things/);
    assert.ok(!text.includes("01_create_things"), "what was applied then is nobody's business");
    const seen = listen();
    await admission.foretell(outputs, inputs(), seen.context);
    assert.deepEqual(seen.said, []);
  });

  it("is refused where a database that is not lockstep's is away", async () => {
    assert.equal((await failureOf(check({ url: AWAY }))).code, "CONNECTION");
  });

  it("refuses a release that was rolled back, but for the retry that is allowed", async () => {
    await applyFiles(database.url, BASE);
    await withClient(database.url, async (client) => {
      await openRelease(client, RELEASE);
      await closeRelease(client, RELEASE.digest, { state: "rolledBack", why: "" });
    });
    const failure = await failureOf(check());
    assert.equal(failure.code, "ROLLED_BACK_BEFORE");
    assert.match(failure.next ?? "", /allowRetry '1\.1#1'/);
    await check({ allowRetry: "1.1#1" });
    assert.equal((await failureOf(check({ allowRetry: "1.1#2" }))).code, "ROLLED_BACK_BEFORE");
  });

  it("refuses a wrong password without showing it", async () => {
    const role = await createRole(database.url);
    const wrong = new URL(role);
    wrong.password = "not-the-0ne";
    const failure = await failureOf(check({ url: wrong.href }));
    assert.equal(failure.code, "CONNECTION");
    assert.ok(!formatError(failure).includes("not-the-0ne"));
  });

  it("refuses a role that may not change the schema, while there is something to change", async () => {
    await applyFiles(database.url, BASE);
    const role = await createRole(database.url);
    await queryAll(database.url, "grant usage on schema lockstep to public");
    await queryAll(database.url, "grant select on all tables in schema lockstep to public");
    assert.equal((await failureOf(check({ url: role }))).code, "PRIVILEGE");
  });

  it("is applied for exactly this release", async () => {
    const { outputs } = await admission.apply(inputs(), listen().context);
    const { ledger, ...rest } = outputs;
    assert.deepEqual(rest, saved());
    assert.deepEqual(ledger?.open, ["01_create_things", "02_add_new", "03_drop_old"]);
    assert.equal(await admission.isChanged(outputs, inputs()), false);
    assert.equal(await admission.isChanged(saved({ digest: "other" }), inputs()), true);
    assert.equal(await admission.isChanged(saved({ verdict: "fail" }), inputs()), true);
  });

  it("does not start the app before its expand files are applied, and opens no release", async () => {
    await applyFiles(database.url, BASE);
    const spec = {
      ...{ name: "app", release: RELEASE, url: database.url, dir: dir.path, treeDigest: "t" },
      ...{ migrations: { dir: folder, digest: "m" }, command: ["node"], env: {}, port: 1 },
      ...{ healthPath: "/health", startTimeoutMs: 1 },
    };
    const failure = await failureOf(app.apply(spec, listen().context));
    assert.equal(failure.code, "STEP_FAILED");
    assert.equal(failure.seen, "02_add_new");
    assert.deepEqual(await queryAll(database.url, "select from lockstep.release"), []);
  });
});
