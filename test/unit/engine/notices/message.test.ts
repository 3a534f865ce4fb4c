// What a webhook gets: Slack's text without anything that Slack would act on, and a document that can be verified.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { buildMessage } from "../../../../engine/notices/message.ts";
import type { Notice } from "../../../../engine/notices/notice.ts";

type Verify = (headers: Readonly<Record<string, string>>, body: string, secret: string) => boolean;

const NOTICE: Notice = {
  id: "0b7e2a54-1111-4222-8333-444455556666",
  at: "2026-11-21T09:00:00.000Z",
  release: { project: "shop", stack: "prod", label: "1.2", digest: "ab".repeat(32) },
  kind: "failed",
  step: "expand",
  title: "Release 1.2: expand failed <!channel>",
  details: ["a & b", "postgres://shop:hunter2@db.example/shop"],
  next: "look at it & run `pulumi up` again",
};
const SECRET = "a key that is long enough";
const nowS = () => Math.floor(Date.now() / 1000);

/** The function that docs/notices.md gives to receivers. */
async function documentedVerify(): Promise<Verify> {
  const page = await readFile(new URL("../../../../docs/notices.md", import.meta.url), "utf8");
  const code = /```js\n([^]*?)```/.exec(page)?.[1] ?? "";
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  return ((await import(url)) as { readonly isFromLockstep: Verify }).isFromLockstep;
}

describe("buildMessage", () => {
  it("gives Slack one text, escaped and without passwords", () => {
    const { headers, body } = buildMessage(NOTICE, { kind: "slack" }, 0);
    const { text, ...rest } = JSON.parse(body) as { text: string };
    assert.deepEqual(rest, {});
    assert.deepEqual(text.split("\n"), [
      ":x: *Release 1.2: expand failed &lt;!channel&gt;*",
      "shop, stack prod, release 1.2, expand",
      "a &amp; b",
      "postgres://shop:***@db.example/shop",
      "Next: look at it &amp; run `pulumi up` again",
    ]);
    assert.equal(headers["webhook-signature"], undefined);
  });

  it("cuts what Slack would not show", () => {
    const long = { ...NOTICE, details: ["x".repeat(10_000)] };
    const { text } = JSON.parse(buildMessage(long, { kind: "slack" }, 0).body) as { text: string };
    assert.ok(text.length <= 3_001);
  });

  for (const secret of [SECRET, `whsec_${Buffer.from(SECRET).toString("base64")}`]) {
    it(`signs a generic notice with ${secret.slice(0, 6)}…, as the documented check proves`, async () => {
      const verify = await documentedVerify();
      const { headers, body } = buildMessage(NOTICE, { kind: "generic", secret }, nowS());
      assert.equal(verify(headers, body, secret), true);
      assert.equal(verify(headers, `${body} `, secret), false);
      assert.equal(verify(headers, body, "another key, long enough"), false);
      const replayed = buildMessage(NOTICE, { kind: "generic", secret }, nowS() - 301);
      assert.equal(verify(replayed.headers, replayed.body, secret), false);
      const renamed = { ...headers, "webhook-id": "another" };
      assert.equal(verify(renamed, body, secret), false);
    });
  }

  it("does not sign without a key, and leaves passwords out", () => {
    const { headers, body } = buildMessage(NOTICE, { kind: "generic" }, 7);
    assert.equal(headers["webhook-signature"], undefined);
    assert.equal(headers["webhook-id"], NOTICE.id);
    assert.doesNotMatch(body, /hunter2/);
    const { type, data } = JSON.parse(body) as { type: string; data: { release: unknown } };
    assert.equal(type, "lockstep.failed");
    assert.deepEqual(data.release, NOTICE.release);
  });
});
