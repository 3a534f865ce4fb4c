// What webhooks hear of a gate and a verification, what the ledger keeps of it, and that neither can stop the other.
import assert from "node:assert/strict";
import { NOTICE_KINDS } from "../../../engine/notices/notice.ts";
import { releaseId } from "../../../engine/plan/release.ts";
import { SavedFailure, type ResourceKind } from "../../../provider/resource.ts";
import { healthGate } from "../../../provider/resources/healthGate.ts";
import type { HealthGateInputs, StepInputs, StepOutputs } from "../../../provider/schema.ts";
import { withNotices } from "../../../provider/withNotices.ts";
import { queryAll, useDatabase } from "../../support/database.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { startWebhook, type Webhook } from "../../support/webhooks.ts";
import { FakeApp } from "../engine/health/fakeApp.ts";
import { applyFiles } from "../engine/run/applyFiles.ts";
import { listen, RELEASE } from "./resourceContext.ts";

interface Slack {
  readonly text: string;
}

describe("withNotices", () => {
  const database = useDatabase();
  useLockstepHome();
  let webhook: Webhook;
  beforeEach(async () => {
    webhook = await startWebhook();
  });
  afterEach(() => webhook.stop());

  const notices = () => [{ url: webhook.url, kind: "slack", on: NOTICE_KINDS }] as const;
  const heard = () => webhook.received.map(({ body }) => (JSON.parse(body) as Slack).text);

  it("tells of a gate's first failed check and of its failure, and keeps both in the ledger", async () => {
    await applyFiles(database.url, { "01_create_things_up.sql": "create table things ();" });
    const app = await FakeApp.start();
    app.release = releaseId(RELEASE.label, RELEASE.digest);
    app.status = 500;
    const inputs: HealthGateInputs = {
      ...{ release: RELEASE, digest: "d", url: database.url, baseUrl: app.url },
      ...{ healthPath: "/health", metricsPath: "/metrics", notices: notices() },
      settings: {
        ...{ intervalMs: 200, watchMs: 600, errorRateLimit: 0.05, failures: 2, minRequests: 1 },
        ...{ probesPerSecond: 50, probePaths: ["/"] },
      },
      app: { kind: "local", process: "app" },
    };
    const { context, said } = listen();
    const error = await withNotices(healthGate)
      .apply(inputs, context)
      .then(
        () => assert.fail("expected a failure"),
        (thrown: unknown) => thrown,
      )
      .finally(() => app.stop());
    assert.ok(error instanceof SavedFailure, String(error));
    assert.equal("notices" in error.outputs, false);
    assert.match(heard().toSorted().join("\n"), /a health check failed[^]*gate check 1 of/);
    assert.match(heard().join("\n"), /Release 1\.1: \w+ failed[^]*failed its health gate/);
    assert.equal(heard().length, 2);
    const events = await queryAll<{ data: { kind: string; sent: boolean } }>(
      database.url,
      "select data from lockstep.event where kind = 'notice'",
    );
    assert.deepEqual(events.map(({ data }) => [data.kind, data.sent]).toSorted(), [
      ["failed", true],
      ["threshold", true],
    ]);
    assert.doesNotMatch(JSON.stringify([events, said]), /token|services/);
  });

  it("tells of a verified release and of what waits, though the ledger is away", async () => {
    const result = { summary: "", applied: [], waiting: ["05_remove_phone"] };
    const inputs = {
      ...{ step: "verify", release: RELEASE, migrations: { dir: "m", digest: "" }, digest: "d" },
      ...{ executor: { kind: "local" }, url: "postgres://nobody@127.0.0.1:1/none" },
      notices: notices(),
    } as unknown as StepInputs;
    const step: ResourceKind<StepInputs, StepOutputs> = {
      ...{ secrets: [], isChanged: () => true },
      apply: (own) => Promise.resolve({ id: "x", outputs: { ...own, verdict: "pass", result } }),
    };
    const { context, said } = listen();
    const { outputs } = await withNotices(step).apply(inputs, context);
    assert.equal("notices" in outputs, false);
    const [approval = "", finished = ""] = heard().toSorted().reverse();
    assert.match(finished + approval, /Release 1\.1 is verified/);
    assert.match(finished + approval, /npx lockstep approve --stack test --through 05/);
    assert.ok(said.some((line) => /that notice is not recorded/.test(line)));
  });

  it("ends as the work ends where the webhook is broken", async () => {
    webhook.answers.push({ status: 400 });
    const refused = new Error("the work's own");
    const kind: ResourceKind<StepInputs, StepOutputs> = {
      ...{ secrets: [], isChanged: () => true, apply: () => Promise.reject(refused) },
    };
    const inputs = {
      ...{ step: "expand", release: RELEASE, url: database.url, notices: notices() },
    } as unknown as StepInputs;
    await assert.rejects(withNotices(kind).apply(inputs, listen().context), refused);
    assert.equal(webhook.received.length, 1);
  });
});
