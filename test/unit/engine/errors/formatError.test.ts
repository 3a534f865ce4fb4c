// The one printed form of errors: its parts, its length, and no password in it.
import assert from "node:assert/strict";
import { formatError, redact } from "../../../../engine/errors/formatError.ts";
import { LockstepError } from "../../../../engine/errors/lockstepError.ts";

describe("formatError", () => {
  it("prints the parts that there are, with their labels in line", () => {
    const error = new LockstepError("SQL_SYNTAX", "syntax error", {
      where: "a.sql:1:2",
      seen: "1 | xx\n  |  ^",
      likely: "a typing error",
      next: "mend it",
    });
    assert.equal(
      formatError(error),
      [
        "syntax error",
        "  where  a.sql:1:2",
        "  seen   1 | xx",
        "           |  ^",
        "  cause  a typing error",
        "  next   mend it",
      ].join("\n"),
    );
    assert.equal(formatError(new LockstepError("CONFIG", "wrong")), "wrong");
  });

  it("fits one screen, and keeps what comes last: what to do", () => {
    const seen = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
    const lines = formatError(
      new LockstepError("CONFIG", "wrong", { seen, next: "mend it" }),
    ).split("\n");
    assert.ok(lines.length <= 24, String(lines.length));
    assert.equal(lines[0], "wrong");
    assert.equal(lines.at(-1), "  next   mend it");
    assert.ok(lines.some((line) => line.includes("more lines")));
  });

  it("counts the lines that it leaves out", () => {
    const seen = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
    const text = formatError(new LockstepError("CONFIG", "wrong", { seen }));
    const shown = text.match(/line \d+/g)?.length ?? 0;
    assert.ok(text.includes(`(${100 - shown} more lines)`), text);
  });

  it("prints other errors by their message, without a stack", () => {
    assert.equal(formatError(new Error("broken")), "broken");
    assert.equal(formatError(new RangeError()), "RangeError");
    assert.equal(formatError("text"), "text");
    assert.equal(formatError(undefined), "undefined");
  });

  it("lets no password through, wherever it stands", () => {
    const url = "postgres://app:s3cr3t@db:5432/app";
    const error = new LockstepError("CONNECTION", url, {
      where: url,
      seen: url,
      likely: url,
      next: url,
    });
    assert.doesNotMatch(formatError(error), /s3cr3t/);
    assert.doesNotMatch(formatError(new Error(url)), /s3cr3t/);
  });
});

describe("redact", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["postgres://app:pw@db/x", "postgres://app:***@db/x"],
    ["postgresql://app:p:w@db/x", "postgresql://app:***@db/x"],
    ["postgres://app:p@ss@db/x", "postgres://app:***@db/x"],
    ["postgres://:pw@db/x", "postgres://:***@db/x"],
    ["host=db password=pw user=app", "host=db password=*** user=app"],
    ["host=db password='p w' user=app", "host=db password=*** user=app"],
    ["postgres://db/x?password=pw&sslmode=require", "postgres://db/x?password=***&sslmode=require"],
    ["PASSWORD=pw", "PASSWORD=***"],
    ["PGPASSWORD=pw psql", "PGPASSWORD=*** psql"],
    ["DB_PASSWORD = pw", "DB_PASSWORD = ***"],
    ['{"password":"p w\\"x"}', '{"password":***}'],
    ["postgres://app:p/w@db/x", "postgres://app:***@db/x"],
    ["postgres://app@db:5432/x", "postgres://app@db:5432/x"],
    ["http://127.0.0.1:8080/health", "http://127.0.0.1:8080/health"],
    ["postgresql://USER:PASSWORD@HOST/DATABASE", "postgresql://USER:PASSWORD@HOST/DATABASE"],
    ["postgresql://USER:password@HOST/DATABASE", "postgresql://USER:***@HOST/DATABASE"],
    ["no secret here", "no secret here"],
  ];
  for (const [text, expected] of cases) {
    it(`${text} -> ${expected}`, () => {
      assert.equal(redact(text), expected);
    });
  }
});
