// Addresses of databases: what is read from which form, and what is refused without showing a password.
import assert from "node:assert/strict";
import { parseTarget, parseUrl } from "../../../../../engine/drivers/postgres/target.ts";
import { formatError } from "../../../../../engine/errors/formatError.ts";
import { exitCodeOf, isLockstepError } from "../../../../../engine/errors/lockstepError.ts";

const SECRET = "hunter2";

/** The refusal of `parse`, which must be bad input and silent about the password. */
function refusalOf(parse: () => unknown) {
  let thrown: unknown;
  try {
    parse();
  } catch (error) {
    thrown = error;
  }
  assert.ok(isLockstepError(thrown), String(thrown));
  assert.equal(thrown.code, "CONFIG");
  assert.equal(exitCodeOf(thrown), 2);
  assert.doesNotMatch(formatError(thrown), new RegExp(SECRET));
  assert.ok(thrown.next, "it says what to do");
  return thrown;
}

describe("parseUrl", () => {
  const good: readonly (readonly [url: string, display: string, user: string])[] = [
    ["postgresql://app:pw@db.example:6543/shop", "db.example:6543/shop", "app"],
    ["postgres://app@localhost/shop", "localhost:5432/shop", "app"],
    ["postgresql://app:a%40b%2Fc@db/shop?sslmode=require", "db:5432/shop", "app"],
    ["postgresql://a%40corp:pw@db/my%20shop", "db:5432/my shop", "a@corp"],
    ["postgresql://app:pw@[::1]:5433/shop", "[::1]:5433/shop", "app"],
    ["postgresql:///shop?host=/run/postgresql&user=app", "/run/postgresql:5432/shop", "app"],
    ["postgresql:///shop?host=/run/pg&user=app&port=7000", "/run/pg:7000/shop", "app"],
    ["postgresql://%2Frun%2Fpostgresql/shop?user=app", "/run/postgresql:5432/shop", "app"],
  ];
  for (const [url, display, user] of good) {
    it(`reads ${url}`, () => {
      const target = parseUrl(url, "DATABASE_URL");
      assert.deepEqual({ display: target.display, user: target.user }, { display, user });
    });
  }

  const bad: readonly (readonly [what: string, url: string, seen: RegExp])[] = [
    ["no URL at all", SECRET, /not a URL/],
    ["an unencoded @ and / in the password", `postgresql://app:${SECRET}/x@db/shop`, /not a URL/],
    ["another scheme", `mysql://app:${SECRET}@db/shop`, /its scheme is mysql/],
    ["no host", "postgresql:///shop?user=app", /names no host/],
    ["no database", `postgresql://app:${SECRET}@db`, /names no database/],
    ["only a slash for the database", `postgresql://app:${SECRET}@db/`, /names no database/],
    ["a path too long", `postgresql://app:${SECRET}@db/shop/x`, /more than the database's name/],
    ["no user", "postgresql://db/shop", /names no user/],
    ["a lone % in the password", `postgresql://app:${SECRET}%@db/shop`, /followed by no two hex/],
    ["a port of words", `postgresql://app:${SECRET}@db:abc/shop`, /not a URL/],
    ["port 0", `postgresql://app:${SECRET}@db:0/shop`, /^0$/],
    ["port 65536", `postgresql://app:${SECRET}@db:65536/shop`, /not a URL/],
    ["a port of words among the options", `postgresql://app:${SECRET}@db/shop?port=x`, /^x$/],
    ["an unknown TLS mode", `postgresql://app:${SECRET}@db/shop?sslmode=on`, /^on$/],
  ];
  for (const [what, url, seen] of bad) {
    it(`refuses ${what}`, () => {
      const error = refusalOf(() => parseUrl(url, "DATABASE_URL"));
      assert.equal(error.where, "DATABASE_URL");
      assert.match(error.seen ?? "", seen);
    });
  }
});

describe("parseTarget", () => {
  const PARTS = { DB_HOST: "db", DB_NAME: "shop", DB_USER: "app", DB_PASSWORD: SECRET };

  it("takes DIRECT_URL for the way past a pooler, to the same database only", () => {
    const direct = "postgresql://u@server/x";
    const pooled = "postgresql://u@pooler:6543/x";
    assert.equal(parseTarget({ DATABASE_URL: pooled, DIRECT_URL: direct }).host, "server");
    assert.equal(parseTarget({ DIRECT_URL: direct }).host, "server");
    assert.equal(parseTarget({ DATABASE_URL: pooled, DIRECT_URL: "" }).host, "pooler");
    const other = { DATABASE_URL: "postgresql://u@pooler/y", DIRECT_URL: direct };
    assert.match(refusalOf(() => parseTarget(other)).message, /name two databases/);
  });

  it("prefers DATABASE_URL", () => {
    const target = parseTarget({ ...PARTS, DATABASE_URL: "postgresql://u@other/x" });
    assert.equal(target.display, "other:5432/x");
  });

  it("encodes whatever the variables hold", () => {
    const odd = "p@ss/w:rd#?%&= ä";
    const target = parseTarget({
      ...PARTS,
      ...{ DB_NAME: "my shop#1", DB_USER: "a@corp", DB_PASSWORD: odd, DB_PORT: "6000" },
      DB_SSLMODE: "verify-full",
    });
    assert.deepEqual(
      { ...target, url: "" },
      {
        url: "",
        host: "db",
        port: 6000,
        database: "my shop#1",
        user: "a@corp",
        display: "db:6000/my shop#1",
      },
    );
    const url = new URL(target.url);
    assert.equal(decodeURIComponent(url.password), odd);
    assert.equal(url.searchParams.get("sslmode"), "verify-full");
  });

  const hosts: readonly (readonly [host: string, display: string])[] = [
    ["::1", "[::1]:5432/shop"],
    ["[::1]", "[::1]:5432/shop"],
    ["/run/postgresql", "/run/postgresql:5432/shop"],
    ["127.0.0.1", "127.0.0.1:5432/shop"],
  ];
  for (const [host, display] of hosts) {
    it(`takes ${host} for a host`, () => {
      assert.equal(parseTarget({ ...PARTS, DB_HOST: host }).display, display);
    });
  }

  it("does without a password", () => {
    const { DB_PASSWORD: _none, ...rest } = PARTS;
    assert.equal(new URL(parseTarget(rest).url).password, "");
  });

  it("names what is missing", () => {
    const none = refusalOf(() => parseTarget({}));
    assert.match(none.next ?? "", /export DATABASE_URL=/);
    const some = refusalOf(() => parseTarget({ DB_HOST: "db", DB_USER: "" }));
    assert.match(some.message, /DB_NAME and DB_USER not set/);
  });

  const bad: readonly (readonly [what: string, env: Record<string, string>, seen: RegExp])[] = [
    ["a port of words", { DB_PORT: "five" }, /^five$/],
    ["a port that would end the URL", { DB_PORT: "5432/other" }, /5432\/other/],
    ["port 70000", { DB_PORT: "70000" }, /^70000$/],
    ["an unknown TLS mode", { DB_SSLMODE: "require&host=x" }, /require&host=x/],
  ];
  for (const [what, env, seen] of bad) {
    it(`refuses ${what}`, () => {
      assert.match(refusalOf(() => parseTarget({ ...PARTS, ...env })).seen ?? "", seen);
    });
  }
});
