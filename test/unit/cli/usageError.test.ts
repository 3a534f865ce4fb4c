// Faults of the command line: a database in the arguments, and what commander says.
import assert from "node:assert/strict";
import { ensureNoDatabaseArgument, usageError } from "../../../cli/usageError.ts";
import { formatError } from "../../../engine/errors/formatError.ts";
import { isLockstepError } from "../../../engine/errors/lockstepError.ts";

describe("ensureNoDatabaseArgument", () => {
  const refused: readonly (readonly string[])[] = [
    ["migrate", "--database-url", "x"],
    ["migrate", "--database-url=postgres://app:s3cr3t@db/app"],
    ["status", "--db-url=s3cr3t"],
    ["status", "--url", "postgresql://app:s3cr3t@db/app"],
    ["status", "postgres://app:s3cr3t@db/app"],
    ["migrate", "--password", "s3cr3t"],
    ["migrate", "--dsn=s3cr3t"],
  ];
  for (const args of refused) {
    it(`refuses ${args.join(" ").replace("s3cr3t", "...")} without repeating its value`, () => {
      assert.throws(
        () => {
          ensureNoDatabaseArgument(args);
        },
        (error) => {
          assert.ok(isLockstepError(error));
          assert.equal(error.code, "USAGE");
          const text = formatError(error);
          assert.ok(text.includes("export DATABASE_URL="), text);
          assert.ok(!text.includes("s3cr3t"), text);
          return true;
        },
      );
    });
  }

  it("lets everything else through", () => {
    ensureNoDatabaseArgument(["health", "check", "--url", "http://127.0.0.1:3000"]);
    ensureNoDatabaseArgument(["new", "add_database_name", "--migrations", "db/migrations"]);
  });
});

describe("usageError", () => {
  it("says it in one line, with the nearest name and the help to read", () => {
    const error = usageError(
      "error: unknown option '--stagee'\n(Did you mean --stage?)",
      "lockstep migrate",
    );
    assert.equal(error.code, "USAGE");
    assert.equal(error.message, "Unknown option '--stagee'");
    assert.equal(error.likely, "did you mean --stage?");
    assert.equal(error.next, "lockstep migrate --help");
  });

  it("does not repeat what follows an unknown option", () => {
    const error = usageError("error: unknown option '--token=s3cr3t'", "lockstep");
    assert.equal(error.message, "Unknown option '--token'");
  });
});
