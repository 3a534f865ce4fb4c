// Notices to real HTTP servers that take them, refuse them, hang or redirect; none of that is ever thrown.
import assert from "node:assert/strict";
import { reporter } from "../../../../engine/events.ts";
import { NOTICE_KINDS, type NoticeTarget } from "../../../../engine/notices/notice.ts";
import { NoticeBoard, type NoticeOutcome } from "../../../../engine/notices/noticeBoard.ts";
import { freePort } from "../../../support/freePort.ts";
import { startWebhook, type Answer, type Webhook } from "../../../support/webhooks.ts";

const TEXT = {
  kind: "failed",
  step: "expand",
  title: "It failed",
  details: [],
  next: null,
} as const;
const RELEASE = { project: "shop", stack: "dev", label: "1.1", digest: "ab".repeat(32) };

describe("NoticeBoard", () => {
  let webhook: Webhook;
  beforeEach(async () => {
    webhook = await startWebhook();
  });
  afterEach(() => webhook.stop());

  const target = (rest: Partial<NoticeTarget> = {}): NoticeTarget => ({
    ...{ url: webhook.url, kind: "generic", on: NOTICE_KINDS, ...rest },
  });

  /** Posts to `targets`; what was recorded and said. */
  async function post(targets: readonly NoticeTarget[], budgetMs = 30_000, answerMs = 20_000) {
    const outcomes: NoticeOutcome[] = [];
    const said: string[] = [];
    const board = new NoticeBoard({
      targets,
      release: RELEASE,
      report: reporter("test", (event) => said.push(`${event.level}: ${event.message}`)),
      record: (outcome) => {
        outcomes.push(outcome);
        return Promise.reject(new Error("the ledger is away"));
      },
      limits: { answerMs, budgetMs, backoffMs: 5 },
    });
    board.post(TEXT);
    await board.settle();
    return { outcomes, said };
  }

  const cases: readonly {
    readonly what: string;
    readonly answers: readonly Answer[];
    readonly sent: boolean;
    readonly attempts: number;
    readonly why?: RegExp;
  }[] = [
    { what: "takes it", answers: [{ status: 204 }], sent: true, attempts: 1 },
    {
      what: "fails twice at first",
      answers: [{ status: 500 }, { status: 429 }],
      sent: true,
      attempts: 3,
    },
    {
      what: "refuses it for good",
      answers: [{ status: 404 }],
      ...{ sent: false, attempts: 1, why: /HTTP 404/ },
    },
    {
      what: "redirects",
      answers: [{ status: 302, headers: { location: "/elsewhere" } }],
      ...{ sent: false, attempts: 1, why: /redirects \(HTTP 302\), which is not followed/ },
    },
    {
      what: "asks for a longer wait than there is",
      answers: [{ status: 503, headers: { "retry-after": "3600" } }],
      ...{ sent: false, attempts: 1, why: /HTTP 503/ },
    },
  ];
  for (const { what, answers, sent, attempts, why } of cases) {
    it(`${sent ? "is heard" : "gives up"} where a webhook ${what}`, async () => {
      webhook.answers.push(...answers);
      const { outcomes, said } = await post([target()]);
      assert.deepEqual(
        outcomes.map((one) => [one.sent, one.attempts]),
        [[sent, attempts]],
      );
      assert.equal(webhook.received.length, attempts);
      assert.match(said[0] ?? "", sent ? /^info: notice "failed" sent/ : /^warn: .* not delivered/);
      if (why) assert.match(outcomes[0]?.why ?? "", why);
    });
  }

  it("gives a webhook that hangs so much time and no more", async () => {
    webhook.answers.push(...Array.from({ length: 50 }, () => "hang" as const));
    const { outcomes } = await post([target()], 300, 100);
    assert.equal(outcomes[0]?.sent, false);
    assert.match(outcomes[0].why ?? "", /no answer in/);
  });

  it("gives up where nobody listens, and shows the host alone", async () => {
    const url = `http://127.0.0.1:${String(await freePort())}/services/T0/B0/token`;
    const { outcomes, said } = await post([target({ url, kind: "slack" })], 100);
    assert.equal(outcomes[0]?.why, "the connection is refused");
    const all = JSON.stringify([outcomes, said]);
    assert.match(all, /slack at 127\.0\.0\.1:\d+/);
    assert.doesNotMatch(all, /token|services/);
  });

  it("tells each webhook only what it wants to hear, the same id at each try", async () => {
    webhook.answers.push({ status: 500 });
    const deaf = await startWebhook();
    try {
      await post([target(), target({ url: deaf.url, on: ["finished"] })]);
      assert.equal(deaf.received.length, 0);
    } finally {
      await deaf.stop();
    }
    const ids = webhook.received.map(({ headers }) => headers["webhook-id"]);
    assert.equal(ids.length, 2);
    assert.equal(ids[0], ids[1]);
  });
});
