// A release's login, told by the app's URL and the release alone.
import assert from "node:assert/strict";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import { releaseLogin } from "../../../../engine/fence/releaseLogin.ts";
import { scramSecret } from "../../../../engine/fence/scramSecret.ts";

const OWNER = { project: "shop", stack: "prod", label: "1.1", digest: "ab12".repeat(16) };
const URL_OF_APP = "postgresql://shop_app:geheim@pooler.example:6432/shop?sslmode=verify-full";

const roleOf = (url: string) => parseUrl(url, "test").user;
const passwordOf = (url: string) => new URL(url).password;

describe("releaseLogin", () => {
  it("changes the login of the app's URL and nothing else, always in the same way", () => {
    const { url, group } = releaseLogin(URL_OF_APP, OWNER);
    assert.equal(group, "shop_app");
    assert.match(
      url,
      /^postgresql:\/\/shop_app_1_1_[0-9a-f]{12}:[\w-]{32}@pooler\.example:6432\/shop\?sslmode=verify-full$/,
    );
    assert.deepEqual(releaseLogin(URL_OF_APP, OWNER), { url, group });
  });

  for (const [what, url, change] of [
    ["another release", URL_OF_APP, { digest: "cd34".repeat(16) }],
    ["another stack", URL_OF_APP, { stack: "staging" }],
    ["another project", URL_OF_APP, { project: "shop2" }],
    ["another database", URL_OF_APP.replace("/shop?", "/shop_anna?"), {}],
    ["another app's role", URL_OF_APP.replace("//shop_app:", "//shop-app:"), {}],
  ] as const) {
    it(`gives ${what} another role and another password`, () => {
      const [one, other] = [
        releaseLogin(URL_OF_APP, OWNER),
        releaseLogin(url, { ...OWNER, ...change }),
      ];
      assert.notEqual(roleOf(one.url), roleOf(other.url));
      assert.notEqual(passwordOf(one.url), passwordOf(other.url));
    });
  }

  it("gives another password once the app's own is changed, and the same role", () => {
    const [one, other] = ["geheim", "neu"].map((password) =>
      releaseLogin(URL_OF_APP.replace("geheim", password), OWNER),
    );
    assert.ok(one && other);
    assert.equal(roleOf(one.url), roleOf(other.url));
    assert.notEqual(passwordOf(one.url), passwordOf(other.url));
  });

  for (const [group, begins] of [
    ["Müller's Shop!", "m_ller_s_shop_1_1_"],
    ["pg_shop", "app_pg_shop_1_1_"],
    ["42", "app_1_1_"],
    ["a".repeat(63), `${"a".repeat(28)}_1_1_`],
  ] as const) {
    it(`makes a plain name of role ${group}`, () => {
      const url = `postgresql://${encodeURIComponent(group)}:geheim@db/shop`;
      const login = releaseLogin(url, OWNER);
      assert.equal(login.group, group);
      assert.match(roleOf(login.url), new RegExp(`^${begins}[0-9a-f]{12}$`));
    });
  }

  it("takes and gives a login in the URL's options, where that has no host", () => {
    const { url, group } = releaseLogin(
      "postgresql:///shop?host=/run/db&user=app&password=geheim",
      OWNER,
    );
    assert.equal(group, "app");
    assert.match(
      url,
      /^postgresql:\/\/\/shop\?host=%2Frun%2Fdb&user=app_1_1_\w{12}&password=[\w-]{32}$/,
    );
  });

  it("asks for a password to derive one from", () => {
    assert.throws(
      () => releaseLogin("postgresql://app@db/shop", OWNER),
      (error) => error instanceof LockstepError && error.code === "CONFIG",
    );
  });
});

describe("scramSecret", () => {
  it("is what RFC 7677's example has", () => {
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    assert.equal(
      scramSecret("pencil", salt),
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });
});
