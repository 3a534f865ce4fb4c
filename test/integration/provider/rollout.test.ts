// The ledger's leave for a Deployment: only after expand, only for a release that may run.
import assert from "node:assert/strict";
import { join } from "node:path";
import { loginSecretName, releaseLogin } from "../../../engine/fence/releaseLogin.ts";
import { closeRelease, openRelease } from "../../../engine/ledger/releases.ts";
import { rollout } from "../../../provider/resources/rollout.ts";
import type { RolloutInputs } from "../../../provider/schema.ts";
import { createRole, queryAll, useDatabase, withClient } from "../../support/database.ts";
import { failureOf } from "../../support/failureOf.ts";
import { useLockstepHome } from "../../support/lockstepHome.ts";
import { useTempDir } from "../../support/tempDir.ts";
import { applyFiles, type Files } from "../engine/run/applyFiles.ts";
import { startFakeSecrets } from "./fakeSecrets.ts";
import { listen, OTHER, RELEASE, writeFiles } from "./resourceContext.ts";

const BASE: Files = { "01_create_things_up.sql": "create table things (old text);" };
const FILES: Files = { ...BASE, "02_add_new_up.sql": "alter table things add column new text;" };

describe("Rollout", () => {
  const database = useDatabase();
  useLockstepHome();
  const dir = useTempDir("rollout");
  let folder = "";
  beforeEach(async () => {
    folder = await writeFiles(dir.path, FILES);
  });

  const inputs = (rest: Partial<RolloutInputs> = {}): RolloutInputs => ({
    url: database.url,
    release: RELEASE,
    migrations: { dir: folder, digest: "m" },
    ...rest,
  });
  const apply = async (given = inputs()) => (await rollout.apply(given, listen().context)).outputs;
  const check = async (given = inputs()) => {
    assert.ok(rollout.check);
    return (await rollout.check(given, listen().context)).inputs;
  };

  it("is refused while expand files are pending, and opens no release", async () => {
    await applyFiles(database.url, BASE);
    const failure = await failureOf(apply());
    assert.equal(failure.code, "STEP_FAILED");
    assert.equal(failure.seen, "02_add_new");
    assert.deepEqual(await queryAll(database.url, "select from lockstep.release"), []);
  });

  it("opens the release, and is left alone after that", async () => {
    await applyFiles(database.url, FILES);
    const outputs = await apply();
    assert.deepEqual([outputs.verdict, outputs.digest], ["pass", RELEASE.digest]);
    assert.deepEqual(await queryAll(database.url, "select label, state from lockstep.release"), [
      { label: "1.1", state: "active" },
    ]);
    assert.equal(await rollout.isChanged(outputs, await check()), false);
  });

  it("makes the release's login, puts it where the pods find it, and sees that it changed", async () => {
    await applyFiles(database.url, FILES);
    const fake = await startFakeSecrets(join(dir.path, "kubeconfig"));
    try {
      const app = await createRole(database.url);
      const secret = { cluster: fake.cluster, base: "shop-login", key: "URL", labels: {} };
      const login = { login: releaseLogin(app, RELEASE), secret };
      const outputs = await apply(inputs({ login }));
      const name = loginSecretName("shop-login", RELEASE.digest);
      assert.deepEqual(fake.secrets.get(name), { URL: login.login.url });
      const [me] = await queryAll(login.login.url, "select current_user::text as me");
      assert.deepEqual(me, { me: new URL(app).username });
      assert.equal(await rollout.isChanged(outputs, await check(inputs({ login }))), false);
      assert.equal(await rollout.isChanged(outputs, await check()), true);

      // Once the role is dropped, the next rollout takes its Secret away.
      await queryAll(database.url, `drop role ${new URL(login.login.url).username}`);
      const release = { ...RELEASE, ...OTHER };
      await queryAll(database.url, "update lockstep.release set state = 'verified'");
      const next = { login: releaseLogin(app, release), secret };
      const last = await apply(inputs({ release, login: next }));
      const left = loginSecretName("shop-login", OTHER.digest);
      assert.deepEqual([...fake.secrets.keys()], [left]);
      await rollout.remove?.(last, listen().context);
      assert.equal(fake.secrets.size, 0);
      await queryAll(database.url, `drop role ${new URL(next.login.url).username}`);
    } finally {
      fake.close();
    }
  });

  it("asks again for another release, an allowed retry, and once another one was under way", async () => {
    await applyFiles(database.url, FILES);
    const outputs = await apply();
    const other = inputs({ release: { ...RELEASE, ...OTHER } });
    assert.equal(await rollout.isChanged(outputs, other), true);
    assert.equal(await rollout.isChanged(outputs, inputs({ allowRetry: "1.1#1" })), true);
    await withClient(database.url, async (client) => {
      await closeRelease(client, RELEASE.digest, { state: "verified", why: "" });
      await openRelease(client, OTHER);
      await closeRelease(client, OTHER.digest, { state: "rolledBack", why: "" });
    });
    assert.equal(await rollout.isChanged(outputs, await check()), true);
  });

  it("is refused for a release that was rolled back, but for the retry that is allowed", async () => {
    await applyFiles(database.url, FILES);
    await apply();
    await withClient(database.url, (client) =>
      closeRelease(client, RELEASE.digest, { state: "rolledBack", why: "" }),
    );
    assert.equal((await failureOf(apply())).code, "ROLLED_BACK_BEFORE");
    const outputs = await apply(inputs({ allowRetry: "1.1#1" }));
    assert.equal(outputs.verdict, "pass");
  });

  it("leaves an unreachable database to admission", async () => {
    const away = inputs({ url: "postgres://nobody@127.0.0.1:1/none" });
    assert.equal((await check(away)).pending, false);
    assert.equal((await failureOf(apply(away))).code, "CONNECTION");
  });
});
