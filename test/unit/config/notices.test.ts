// The config's webhooks: what is taken, and what is refused without showing a URL.
import assert from "node:assert/strict";
import { parseConfig } from "../../../config/parseConfig.ts";
import { formatError } from "../../../engine/errors/formatError.ts";
import { NOTICE_KINDS } from "../../../engine/notices/notice.ts";

const URL = "https://hooks.example/services/T0/token";

function parse(notices: unknown, { stack = "dev", encrypted = true, secretEnv = {} } = {}) {
  const app = { dir: "app", command: ["node", "x"], port: 8080, secretEnv };
  const database = "postgres://shop@db.example/shop?sslmode=require";
  return parseConfig({
    stack,
    values: {
      "lockstep:release": "1.1",
      "lockstep:promoteFrom": "none",
      "lockstep:database": JSON.stringify({ url: database }),
      "lockstep:app": JSON.stringify(app),
      "lockstep:notices": JSON.stringify(notices),
    },
    secretKeys: encrypted ? ["lockstep:notices"] : [],
  });
}

describe("lockstep:notices", () => {
  it("are complete where only url and kind are told", () => {
    const secret = "sixteen-letters!";
    const { notices } = parse([
      { url: URL, kind: "slack" },
      { url: "http://127.0.0.1:9/", kind: "generic", secret, on: ["failed"] },
    ]);
    assert.deepEqual(notices, [
      { url: URL, kind: "slack", on: NOTICE_KINDS },
      { url: "http://127.0.0.1:9/", kind: "generic", secret, on: ["failed"] },
    ]);
  });

  const faults: readonly (readonly [string, unknown, RegExp, object?])[] = [
    ["another kind", [{ url: URL, kind: "pager" }], /notices\[0\]\.kind .*one of slack, generic/s],
    ["another occasion", [{ url: URL, kind: "slack", on: ["lunch"] }], /notices\[0\]\.on\[0\]/],
    ["no URL", [{ url: "hooks.example/token", kind: "slack" }], /notices\[0\]\.url/],
    ["a short key", [{ url: URL, kind: "generic", secret: "token" }], /notices\[0\]\.secret/],
    ["a key for Slack", [{ url: URL, kind: "slack", secret: "s".repeat(16) }], /only for kind/],
    ["plain text", [{ url: URL, kind: "slack" }], /config set --secret/, { encrypted: false }],
    [
      "http on prod",
      [{ url: "http://hooks.example/token", kind: "slack" }],
      /prod posts by https/,
      { stack: "prod" },
    ],
  ];
  for (const [what, notices, expected, context] of faults) {
    it(`are refused with ${what}`, () => {
      assert.throws(
        () => parse(notices, context),
        (error) => {
          const text = formatError(error);
          assert.match(text, expected);
          assert.doesNotMatch(text, /token/);
          return true;
        },
      );
    });
  }
});
