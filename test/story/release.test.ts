// The whole story of a release, told through the real Pulumi engine, a real PostgreSQL and an app under load.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { startLoad, type LoadReport } from "../integration/example/vaultProcess.ts";
import { queryAll } from "../support/database.ts";
import { makeProject, type PulumiProject } from "../support/pulumiProject.ts";
import {
  appliedFiles,
  approveAll,
  backupProofs,
  customerColumns,
  ensureShownInOrder,
  ensureValuesKept,
} from "../support/releaseStory.ts";
import { startWebhook, type Webhook } from "../support/webhooks.ts";

/** Customers that are there before the column moves. */
const CUSTOMERS = 100_000;
const BACKUP_KEY = randomBytes(32).toString("hex");
/** Requests a second, all through the release. */
const RATE = 60;

interface Health {
  readonly release: string;
  readonly label: string;
}

describe("a release, from 1.0 to a broken 1.2", function () {
  this.timeout(180_000);
  let project: PulumiProject;
  let url = "";
  let webhook: Webhook;

  before(async () => {
    project = await makeProject();
    webhook = await startWebhook();
  });
  after(async () => {
    await project.destroy();
    await webhook.stop();
  });

  const health = async () => (await (await fetch(`${project.appUrl}/health`)).json()) as Health;
  const applied = () => appliedFiles(url);
  const release = (label: string) => project.configure({ "lockstep:release": label });

  it("sets up 1.0 on an empty database", async () => {
    const { exitCode, text } = await project.up();
    assert.equal(exitCode, 0, text);
    url = await project.databaseUrl();
    assert.deepEqual(await applied(), ["01", "02"]);
    assert.equal((await health()).label, "1.0");
    await queryAll(
      url,
      `insert into customers (name, email, phone)
       select 'Customer ' || n, 'seed' || n || '@example.com', '+49 30 ' || n from generate_series(1, ${String(CUSTOMERS)}) n`,
    );
    await queryAll(url, "analyze customers");
  });

  it("changes nothing in a second up", async () => {
    const { pid } = await onlyProcess(url, project);
    const { exitCode, text } = await project.up();
    assert.equal(exitCode, 0, text);
    assert.match(text, /Resources:\n\s+14 unchanged/);
    assert.equal((await onlyProcess(url, project)).pid, pid);
  });

  describe("1.1, which moves a column under load", () => {
    let load: ReturnType<typeof startLoad>;
    let report: LoadReport;
    let planDigest = "";

    before(async () => {
      await project.setSecret("lockstep:notices[0].url", webhook.url);
      const kind = ["config", "set", "--path", "lockstep:notices[0].kind", "slack"];
      assert.equal((await project.pulumi(...kind)).exitCode, 0);
      load = startLoad(project.appUrl, RATE);
      await load.succeeded;
      await release("1.1");
    });

    it("previews what it would do and does nothing", async () => {
      const { exitCode, text } = await project.pulumi("preview");
      assert.equal(exitCode, 0, text);
      assert.match(text, /to expand: 03_add_contact_phone, 04_backfill_contact_phone/);
      assert.match(text, /contract waits for approval: 05_remove_phone/);
      planDigest = /plan ([0-9a-f]{64})/.exec(text)?.[1] ?? "";
      assert.deepEqual(await applied(), ["01", "02"]);
      assert.equal((await health()).label, "1.0");
    });

    it("expands as previewed before the rollout, passes the gate, and says what waits and how to approve it", async () => {
      await project.configure({ "lockstep:planDigest": planDigest });
      const { exitCode, text } = await project.up();
      await project.configure({ "lockstep:planDigest": undefined });
      assert.equal(exitCode, 0, text);
      assert.deepEqual(await applied(), ["01", "02", "03", "04"]);
      assert.equal((await health()).label, "1.1");
      ensureShownInOrder(text, [
        "04_backfill_contact_phone applied",
        "starting 1.1-",
        "gate passed for release 1.1",
        "release 1.1 verified",
      ]);
      const held = "select data->>'digest' as digest from lockstep.event where kind = 'plan'";
      assert.deepEqual(await queryAll(url, held), [{ digest: planDigest }]);
      assert.match(text, /npx lockstep approve --stack dev --through 05/);
      assert.match(text, /gate check 2 of \d+: 0\.0 % errors/);
      assert.match(text, /migration 1 of 2: 03_add_contact_phone/);
      assert.match(text, /04_backfill_contact_phone: [\d,]+ rows changed in \d+ batches/);
      assert.ok((await customerColumns(url)).includes("phone"));
    });

    it("drains, catches up, backs up, contracts and verifies once it is approved", async () => {
      await project.setSecret("lockstep:backup.key", BACKUP_KEY);
      await approveAll(project);
      assert.match(await project.stackFile(), /lockstep:approval:/);
      assert.match(await project.stackFile(), /table column public\.customers\.phone /);
      const { exitCode, text } = await project.up();
      assert.equal(exitCode, 0, text);
      assert.deepEqual(await applied(), ["01", "02", "03", "04", "05"]);
      assert.ok(!(await customerColumns(url)).includes("phone"));
      const kinds = await queryAll<{ kind: string }>(
        url,
        "select kind from lockstep.event where kind in ('gate', 'drain', 'backup', 'approval', 'verification') order by seq",
      );
      assert.deepEqual(kinds.map((row) => row.kind).slice(-5), [
        "verification",
        "drain",
        "backup",
        "approval",
        "verification",
      ]);
      assert.deepEqual(await backupProofs(url), ["restore"]);
    });

    it("has encrypted the backup with the stack's key, which a proof by hand has from Pulumi", async () => {
      const listed = await project.lockstep("backups", "--stack", "dev", "--json");
      const { backups } = JSON.parse(listed.text) as { backups: { id: string; dir: string }[] };
      const [{ id, dir }] = backups as [{ id: string; dir: string }];
      assert.match(await readFile(join(dir, "manifest.json"), "utf8"), /"aes-256-gcm-stream"/);
      const tried = await project.lockstep("backups", "--stack", "dev", "--prove", id);
      assert.equal(tried.exitCode, 0, tried.text);
      const state = await project.pulumi("stack", "export");
      for (const text of [listed.text, tried.text, state.text, await project.stackFile()])
        assert.ok(!text.includes(BACKUP_KEY));
    });

    it("has lost no value, those written during the release included", async () => {
      report = await load.stop();
      const answered = Object.values(report.statuses).reduce((sum, count) => sum + count, 0);
      assert.ok(answered > RATE * 5, JSON.stringify(report.statuses));
      assert.deepEqual(report.mismatches, []);
      const rows = await ensureValuesKept(url, report);
      const touched = new Set(report.customers.map((one) => one.id));
      const uncertain = new Set(report.uncertain.flatMap(idsOf));
      const seeded = rows.filter((row) => row.email.startsWith("seed"));
      const untouched = seeded.filter(
        (row) => !touched.has(Number(row.id)) && !uncertain.has(Number(row.id)),
      );
      for (const { email, contact_phone } of untouched) {
        assert.equal(contact_phone, `+49 30 ${email.slice(4, -12)}`, email);
      }
      assert.ok(untouched.length > CUSTOMERS * 0.9);
    });

    it("changes nothing in a second up", async () => {
      const { exitCode, text } = await project.up();
      assert.equal(exitCode, 0, text);
      assert.match(text, /Resources:\n\s+20 unchanged/);
    });
  });

  describe("1.2, which answers with errors", () => {
    before(() => release("1.2"));

    it("fails the gate, goes back to 1.1, runs nothing of its contract, and says so by its exit code", async () => {
      const { exitCode, text } = await project.up();
      assert.notEqual(exitCode, 0);
      assert.match(text, /Release 1\.2 failed its health gate/);
      assert.match(text, /rolled back to 1\.1-/);
      assert.equal((await health()).label, "1.1");
      assert.deepEqual(await applied(), ["01", "02", "03", "04", "05", "06"]);
      assert.ok((await customerColumns(url)).includes("updated_at"));
    });

    it("was told to the webhook, whose URL is nowhere but encrypted", async () => {
      const test = await project.lockstep("notices", "test", "--stack", "dev");
      assert.equal(test.exitCode, 0, test.text);
      assert.match(test.text, /sent to slack at 127\.0\.0\.1/);
      const told = webhook.received.map(({ body }) => (JSON.parse(body) as { text: string }).text);
      assert.deepEqual(
        told.map((text) => text.split(" ")[0]).toSorted(),
        [":white_check_mark:", ":raised_hand:", ":white_check_mark:"] // 1.1, what waits, its contract
          .concat([":warning:", ":leftwards_arrow_with_hook:", ":white_check_mark:"]) // 1.2, the test
          .toSorted(),
        told.join("\n"),
      );
      assert.match(told.join("\n"), /Release 1\.2 was rolled back to 1\.1-/);
      const token = new URL(webhook.url).pathname;
      const state = await project.pulumi("stack", "export");
      const history = await project.lockstep("history", "--json", "--limit", "200");
      assert.match(history.text, /"kind":\s*"notice"/);
      for (const text of [state.text, history.text, await project.stackFile(), test.text])
        assert.ok(!text.includes(token));
    });

    it("is refused from then on, in preview too", async () => {
      for (const command of [["preview"], ["up", "--yes"], ["up", "--yes", "--skip-preview"]]) {
        const { exitCode, text } = await project.pulumi(...command);
        assert.notEqual(exitCode, 0, text);
        assert.match(text, /Release 1\.2 was rolled back and has not changed since/);
        assert.match(text, /lockstep:allowRetry '1\.2#1'/);
      }
      assert.equal((await health()).label, "1.1");
    });

    it("is refused after a refresh as well, which clears what Pulumi remembers of a failure", async () => {
      assert.equal((await project.pulumi("refresh", "--yes")).exitCode, 0);
      const { exitCode, text } = await project.up();
      assert.notEqual(exitCode, 0, text);
      assert.equal((await health()).label, "1.1");
    });

    it("lets the way back to 1.1 and a changed 1.2 through", async () => {
      await release("1.1");
      const back = await project.up();
      assert.equal(back.exitCode, 0, back.text);
      assert.equal((await health()).label, "1.1");
      assert.deepEqual(await applied(), ["01", "02", "03", "04", "05", "06"]);
    });

    it("is tried once more where allowRetry names this very rollback", async () => {
      await release("1.2");
      await project.configure({ "lockstep:allowRetry": "1.2#1" });
      const { exitCode, text } = await project.up();
      assert.notEqual(exitCode, 0);
      assert.match(text, /lockstep:allowRetry '1\.2#2'/);
      assert.equal((await health()).label, "1.1");
    });
  });
});

function idsOf(uncertain: unknown): readonly number[] {
  const { old, new: next } = uncertain as {
    old?: { id?: number } | null;
    new?: { id?: number } | null;
  };
  return [old?.id, next?.id].filter((id) => id !== undefined);
}

/** The app's only process, by its sessions' application_name and the health answer. */
async function onlyProcess(url: string, project: PulumiProject): Promise<{ readonly pid: number }> {
  const { exitCode, text } = await project.pulumi("stack", "export");
  assert.equal(exitCode, 0, url);
  const pid = /"pid": (\d+)/.exec(text)?.[1];
  return { pid: Number(pid) };
}
