// The story of a release on a real cluster: set up, a column moved under load, broken releases taken back.
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import { startLoad, type LoadReport } from "../integration/example/vaultProcess.ts";
import { testCluster } from "../support/cluster.ts";
import {
  appliedFiles,
  approveAll,
  backupProofs,
  customerColumns,
  ensureShownInOrder,
  ensureValuesKept,
} from "../support/releaseStory.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcpProxy.ts";
import { startWebhook, type Webhook } from "../support/webhooks.ts";
import { makeClusterProject, type ClusterProject } from "./clusterProject.ts";

/** Requests a second, all through the release. */
const RATE = 20;

describe("a release on a cluster, from 1.0 to a broken 1.2", function () {
  this.timeout(300_000);
  let project: ClusterProject;
  let url = "";
  // The example's load only talks to this machine.
  let forwarder: TcpProxy;
  let webhook: Webhook;

  before(async () => {
    webhook = await startWebhook();
    project = await makeClusterProject();
  });
  after(async () => {
    await webhook.stop();
    forwarder.close();
    const { exitCode, text } = await project.pulumi("destroy", "--yes", "--skip-preview");
    assert.equal(exitCode, 0, text);
  });

  const appUrl = () => `http://127.0.0.1:${forwarder.port}`;
  const applied = () => appliedFiles(url);
  const served = async () => {
    const answer = (await (await fetch(`${appUrl()}/health`)).json()) as { label: string };
    return answer.label;
  };
  /** What the app's pods are told and run, those that are being ended aside. */
  const pods = async () => {
    const { core } = await testCluster();
    const { items } = await core.listNamespacedPod({ namespace: project.namespace });
    return items
      .filter(({ metadata, spec }) => {
        const isApp = spec?.containers.some(({ name }) => name === "app") === true;
        return isApp && !metadata?.deletionTimestamp;
      })
      .map(({ metadata, spec }) => ({
        release: metadata?.labels?.["lockstep.dev/release"] ?? "",
        image: spec?.containers.find(({ name }) => name === "app")?.image,
        ready: metadata?.name,
      }));
  };
  const imageOf = async (label: "1.0" | "1.1" | "1.2") => (await testCluster()).images.app(label);
  const ensureOnly = async (label: "1.0" | "1.1") => {
    const running = await pods();
    assert.equal(running.length, 2, JSON.stringify(running));
    for (const { release, image } of running) {
      assert.ok(release.startsWith(`${label}-`), release);
      assert.equal(image, await imageOf(label));
    }
  };

  it("previews it on a cluster that has nothing yet", async () => {
    const { exitCode, text } = await project.pulumi("preview");
    assert.equal(exitCode, 0, text);
    const { core } = await testCluster();
    const { items } = await core.listNamespace();
    assert.ok(!items.some(({ metadata }) => metadata?.name === project.namespace));
  });

  it("sets up 1.0 with a database of its own", async () => {
    const { exitCode, text } = await project.up();
    assert.equal(exitCode, 0, text);
    assert.match(text, /02_add_created_at_index applied/);
    url = await project.databaseUrl();
    forwarder = await startTcpProxy(await project.serviceUrl());
    assert.deepEqual(await applied(), ["01", "02"]);
    assert.equal(await served(), "1.0");
    await ensureOnly("1.0");
  });

  it("changes nothing in a second up", async () => {
    const { exitCode, text } = await project.up();
    assert.equal(exitCode, 0, text);
    assert.match(text, /Resources:\n\s+\d+ unchanged\n/);
  });

  describe("1.1, which moves a column under load", () => {
    let load: ReturnType<typeof startLoad>;
    let report: LoadReport;
    let planDigest = "";

    before(async () => {
      const url = ["--secret", "--path", "lockstep:notices[0].url", webhook.url];
      assert.equal((await project.pulumi("config", "set", ...url)).exitCode, 0);
      const kind = ["--path", "lockstep:notices[0].kind", "slack"];
      assert.equal((await project.pulumi("config", "set", ...kind)).exitCode, 0);
      load = startLoad(appUrl(), RATE);
      await load.succeeded;
      await project.release("1.1");
    });

    it("previews what it would do, and does nothing", async () => {
      const { exitCode, text } = await project.pulumi("preview");
      assert.equal(exitCode, 0, text);
      assert.match(text, /to expand: 03_add_contact_phone, 04_backfill_contact_phone/);
      assert.match(text, /contract waits for approval: 05_remove_phone/);
      planDigest = /plan ([0-9a-f]{64})/.exec(text)?.[1] ?? "";
      assert.deepEqual(await applied(), ["01", "02"]);
      assert.equal(await served(), "1.0");
    });

    it("applies no other plan than the one that was previewed, and nothing that waits for a consent", async () => {
      const refusals = [
        ["lockstep:planDigest", "0".repeat(64), /The plan is not the one that was previewed/],
        ["lockstep:risk", { mode: "manual" }, /approve --stack dev --stage expand/],
      ] as const;
      for (const [key, value, refusal] of refusals) {
        await project.configure({ [key]: value });
        const { exitCode, text } = await project.up("--skip-preview");
        await project.configure({ [key]: undefined });
        assert.notEqual(exitCode, 0, text);
        assert.match(text, refusal);
      }
      assert.deepEqual(await applied(), ["01", "02"]);
      assert.equal(await served(), "1.0");
    });

    it("expands before the rollout, passes the gate and says what waits", async () => {
      await project.configure({ "lockstep:planDigest": planDigest });
      const { exitCode, text } = await project.up();
      await project.configure({ "lockstep:planDigest": undefined });
      assert.equal(exitCode, 0, text);
      assert.match(text, /before: 1\.0-\S+ had 0\.0 % errors/);
      assert.match(text, /gate check 2 of \d+: .* MiB, \d+ of \d+ connections/);
      assert.deepEqual(await applied(), ["01", "02", "03", "04"]);
      ensureShownInOrder(text, [
        "04_backfill_contact_phone applied",
        "rollout of 1.1-",
        "gate passed for release 1.1",
        "release 1.1 verified",
      ]);
      await ensureOnly("1.1");
      assert.ok((await customerColumns(url)).includes("phone"));
    });

    it("drains, backs up with a proof, contracts and verifies once it is approved", async () => {
      await approveAll(project);
      const { exitCode, text } = await project.up();
      assert.equal(exitCode, 0, text);
      assert.deepEqual(await applied(), ["01", "02", "03", "04", "05"]);
      assert.ok(!(await customerColumns(url)).includes("phone"));
      assert.deepEqual(await backupProofs(url), ["restore"]);
    });

    it("has lost no request and no value", async () => {
      report = await load.stop();
      assert.deepEqual(report.mismatches, []);
      const failed = Object.entries(report.statuses).filter(([status]) => Number(status) >= 500);
      assert.deepEqual(failed, []);
      await ensureValuesKept(url, report);
    });
  });

  describe("1.2, which answers with errors", () => {
    before(() => project.release("1.2"));

    it("fails the gate and goes back to 1.1, with nothing of 1.2 left", async () => {
      const { exitCode, text } = await project.up();
      assert.notEqual(exitCode, 0);
      assert.match(text, /Release 1\.2 failed its health gate/);
      assert.match(text, /rolled back to 1\.1-/);
      assert.deepEqual(await applied(), ["01", "02", "03", "04", "05", "06"]);
      await ensureOnly("1.1");
      assert.equal(await served(), "1.1");
    });

    it("was told to the webhook, by steps and gate alike", () => {
      const told = webhook.received.map(({ body }) => (JSON.parse(body) as { text: string }).text);
      assert.match(told.join("\n"), /:raised_hand: .*05_remove_phone/s);
      assert.match(told.join("\n"), /Release 1\.1 .*verified/);
      assert.match(told.join("\n"), /Release 1\.2 was rolled back to 1\.1-/);
    });

    for (const how of ["without", "with"] as const) {
      it(`is refused ${how} a refresh`, async () => {
        const refresh = how === "with" ? ["--refresh"] : [];
        const { exitCode, text } = await project.up(...refresh);
        assert.notEqual(exitCode, 0, text);
        assert.match(text, /Release 1\.2 was rolled back and has not changed since/);
        await ensureOnly("1.1");
      });
    }

    it("lets the way back to 1.1 through", async () => {
      await project.release("1.1");
      const { exitCode, text } = await project.up();
      assert.equal(exitCode, 0, text);
      await ensureOnly("1.1");
    });
  });

  describe("what else may happen", () => {
    it("takes back a release whose image does not exist", async () => {
      const { images } = await testCluster();
      await project.release("1.1", images.app("1.1").replace(/@.*/, "-none:1"));
      const { exitCode, text } = await project.up();
      assert.notEqual(exitCode, 0);
      assert.match(text, /ErrImagePull|ImagePullBackOff/);
      assert.match(text, /rolled back to 1\.1-/);
      await ensureOnly("1.1");
    });

    it("takes back a release that does not stay up", async () => {
      const { images } = await testCluster();
      const command = ["node", "-e", "console.log('no such setting'); process.exit(3)"];
      await project.configure({
        "lockstep:app": { image: images.app("1.1"), port: 8080, command },
      });
      const { exitCode, text } = await project.up();
      assert.notEqual(exitCode, 0);
      assert.match(text, /no such setting/);
      assert.match(text, /rolled back to 1\.1-/);
      await ensureOnly("1.1");
      await project.release("1.1");
      assert.equal((await project.up()).exitCode, 0);
    });

    it("lets one of two updates through that start at once, and ends well", async () => {
      const other = await project.withOtherState();
      await project.configure({ "lockstep:approval": undefined });
      const both = await Promise.all([project.up(), other.up("--skip-preview")]);
      assert.ok(
        both.some(({ exitCode }) => exitCode === 0),
        both.map(({ text }) => text).join("\n"),
      );
      const again = await project.up();
      assert.equal(again.exitCode, 0, again.text);
      await ensureOnly("1.1");
    });

    it("keeps the database's volume over a destroy, and takes it up again", async () => {
      const gone = await project.pulumi("destroy", "--yes", "--skip-preview");
      assert.equal(gone.exitCode, 0, gone.text);
      const { exitCode, text } = await project.up();
      assert.equal(exitCode, 0, text);
      forwarder.close();
      forwarder = await startTcpProxy(await project.serviceUrl());
      assert.equal(await served(), "1.1");
    });
  });
});
