// The block `lockstep:backup`: where backups go, what is a secret in it, and what is refused without showing one.
import assert from "node:assert/strict";
import { parseConfig } from "../../../config/parseConfig.ts";
import { formatError } from "../../../engine/errors/formatError.ts";

const KEY = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0YWI=";
const PAIR = { accessKey: "AKIAGEHEIM", secretKey: "geheim" };
const BUCKET = { bucket: "s3://shop-backups/x" };

function parse(backup: unknown, { stack = "dev", encrypted = true } = {}) {
  const app = { dir: "app", command: ["node", "x"], port: 8080 };
  const database = "postgres://shop@db.example/shop?sslmode=require";
  return parseConfig({
    stack,
    values: {
      "lockstep:release": "1.1",
      "lockstep:promoteFrom": "none",
      "lockstep:database": JSON.stringify({ url: database }),
      "lockstep:app": JSON.stringify(app),
      "lockstep:backup": JSON.stringify(backup),
    },
    secretKeys: encrypted ? ["lockstep:backup"] : [],
  });
}

describe("lockstep:backup", () => {
  it("says where backups go and how they are sealed", () => {
    const store = { key: KEY, ...BUCKET, region: "eu-central-1", ...PAIR };
    assert.deepEqual(parse(store).backup.store, store);
    assert.deepEqual(parse(BUCKET, { encrypted: false }).backup.store, BUCKET);
    const provider = { proof: "provider", snapshot: ["snap", "now"], drillMaxAge: "30d" };
    assert.deepEqual(parse(provider, { encrypted: false }).backup.provider, {
      snapshot: ["snap", "now"],
      drillMaxAgeMs: 2_592_000_000,
    });
    assert.ok(!("store" in parse({ maxAge: "1h" }).backup));
    const own = { ...BUCKET, endpoint: "http://store.shop.svc:9000", key: KEY };
    assert.deepEqual(parse(own, { stack: "prod" }).backup.store, own);
  });

  const faults: readonly (readonly [string, unknown, RegExp, object?])[] = [
    ["a password as the key", { key: "geheim" }, /backup\.key is \(not shown\)\n.*32 random bytes/],
    ["the key in plain text", { key: KEY }, /backup\.key is in plain text/, { encrypted: false }],
    [
      "credentials in plain text",
      { ...BUCKET, ...PAIR },
      /backup\.accessKey is in plain text.*backup\.secretKey is in plain text/s,
      { encrypted: false },
    ],
    ["half a pair", { ...BUCKET, accessKey: "geheim" }, /backup\.secretKey is \(nothing\)/],
    ["no bucket", PAIR, /backup\.accessKey\n.*only beside lockstep:backup\.bucket/],
    ["another store's form", { bucket: "gs://geheim" }, /backup\.bucket .*s3:\/\/BUCKET\/PREFIX/s],
    [
      "a proof's server in plain text",
      { proofUrl: "postgres://me:geheim@scratch.example/postgres" },
      /backup\.proofUrl is scratch\.example\/postgres, no sslmode\n.*a password in plain text/,
      { encrypted: false },
    ],
    ["a snapshot that nothing asks for", { snapshot: ["snap"] }, /backup\.snapshot\n.*only with/],
    ["a proof of no kind", { proof: "hope" }, /backup\.proof is .*\n.*restore, objects/],
    [
      "a login in the endpoint",
      { ...BUCKET, endpoint: "https://me:geheim@s3.example" },
      /backup\.endpoint is \(not shown\)\n.*without a login/,
    ],
    [
      "plain files sent in the clear on prod",
      { ...BUCKET, endpoint: "http://store.example" },
      /backup\.endpoint is http:\/\/\n.*or encrypted/,
      { stack: "prod" },
    ],
  ];
  for (const [what, backup, expected, context] of faults) {
    it(`is refused with ${what}`, () => {
      assert.throws(
        () => parse(backup, context),
        (error) => {
          const text = formatError(error);
          assert.match(text, expected);
          assert.doesNotMatch(text, /geheim|GEHEIM|c2Vj/);
          return true;
        },
      );
    });
  }
});
