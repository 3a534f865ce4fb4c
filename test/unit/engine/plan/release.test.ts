// Tests of a release's identity.
import assert from "node:assert/strict";
import {
  migrationsDigest,
  releaseDigest,
  releaseId,
  stepDigest,
  type ReleaseContent,
} from "../../../../engine/plan/release.ts";

const content: ReleaseContent = {
  appDigest: "a1",
  migrationsDigest: "b2",
  appConfig: { command: ["node", "server.mjs"], env: { A: "1", B: "2" }, port: 8080 },
};

describe("releaseDigest", () => {
  const base = releaseDigest(content);

  it("is a sha256, whatever the order of the environment", () => {
    assert.match(base, /^[0-9a-f]{64}$/);
    const appConfig = { ...content.appConfig, env: { B: "2", A: "1" } };
    assert.equal(releaseDigest({ ...content, appConfig }), base);
  });

  const { appConfig } = content;
  const others: readonly (readonly [string, ReleaseContent])[] = [
    ["the app's tree", { ...content, appDigest: "a2" }],
    ["the migrations", { ...content, migrationsDigest: "b3" }],
    ["the command", { ...content, appConfig: { ...appConfig, command: ["node server.mjs"] } }],
    ["the environment", { ...content, appConfig: { ...appConfig, env: { A: "1", B: "3" } } }],
    ["the port", { ...content, appConfig: { ...appConfig, port: 8081 } }],
  ];
  for (const [part, other] of others) {
    it(`changes with ${part}`, () => {
      assert.notEqual(releaseDigest(other), base);
    });
  }
});

describe("releaseId", () => {
  it("is the label and twelve digits", () => {
    assert.equal(releaseId("1.1", "3f9c2ab41c07".padEnd(64, "0")), "1.1-3f9c2ab41c07");
  });
});

describe("migrationsDigest", () => {
  const files = [
    { order: 1n, checksum: "aa" },
    { order: 2n, checksum: "bb" },
  ];

  it("changes with order, checksum and count", () => {
    const base = migrationsDigest(files);
    assert.notEqual(migrationsDigest(files.slice(1)), base);
    assert.notEqual(migrationsDigest([files[0]!, { order: 2n, checksum: "bc" }]), base);
    assert.notEqual(migrationsDigest([files[0]!, { order: 3n, checksum: "bb" }]), base);
  });

  it("is there for no files too", () => {
    assert.match(migrationsDigest([]), /^[0-9a-f]{64}$/);
  });
});

describe("stepDigest", () => {
  it("tells steps and parts apart", () => {
    const digests = [
      stepDigest("expand", ["a", "b"]),
      stepDigest("contract", ["a", "b"]),
      stepDigest("expand", ["ab", ""]),
      stepDigest("expand", ["a"]),
    ];
    assert.equal(new Set(digests).size, digests.length);
  });
});
