// Behind a real PgBouncer: an old client that no look at the server shows is kept out by its release's login.
import assert from "node:assert/strict";
import pg from "pg";
import { readOldSessions } from "../../engine/drain/sessions.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { releaseLogin } from "../../engine/fence/releaseLogin.ts";
import { openRelease } from "../../engine/ledger/releases.ts";
import { ensureLedger } from "../../engine/ledger/schema.ts";
import { releaseId } from "../../engine/plan/release.ts";
import { openLogin } from "../../provider/openLogin.ts";
import { SavedFailure } from "../../provider/resource.ts";
import { drain } from "../../provider/resources/drain.ts";
import type { DrainInputs } from "../../provider/schema.ts";
import { listen, OTHER, RELEASE } from "../integration/provider/resourceContext.ts";
import { createRole, queryAll, useDatabase, withClient } from "../support/database.ts";
import { useLockstepHome } from "../support/lockstepHome.ts";
import { ensurePgbouncer, withPgbouncer } from "../support/pgbouncer.ts";

const NEXT = { ...RELEASE, ...OTHER };

describe("a fence behind a pooler", function () {
  this.timeout(120_000);
  const database = useDatabase();
  useLockstepHome();
  before(ensurePgbouncer);
  beforeEach(() => withClient(database.url, ensureLedger));

  const inputs = (url: string): DrainInputs => ({
    release: NEXT,
    digest: "d",
    url,
    app: { kind: "local", process: "app" },
    quietMs: 500,
    timeoutMs: 10_000,
    allowed: [],
    fence: "role",
  });

  /** The app's URL with a login of `release`'s own, made as a rollout makes it. */
  async function open(appUrl: string, release: typeof RELEASE | typeof NEXT): Promise<string> {
    const login = releaseLogin(appUrl, release);
    await withClient(database.url, (client) =>
      openLogin(client, { release, login: { login } }, listen().context),
    );
    return login.url;
  }

  it("cuts an old client that shows no session, and lets it log in no more", async () => {
    const [app, pooler] = [await createRole(database.url), await createRole(database.url)];
    const asks = { user: new URL(pooler).username, password: new URL(pooler).password };
    await queryAll(database.url, `alter role ${asks.user} superuser`);
    const allowed = [`role:${asks.user}`];
    await withPgbouncer(database.url, { mode: "transaction", asks }, async (pooled) => {
      const through = new URL(pooled);
      [through.username, through.password] = [new URL(app).username, new URL(app).password];
      const old = await open(through.href, RELEASE);
      const mine = await open(through.href, NEXT);
      await withClient(old, async (hidden) => {
        const [{ role } = { role: "" }] = (
          await hidden.query<{ role: string }>("select session_user as role")
        ).rows;
        await endSessions(database.url, role);
        await withClient(database.url, async (client) => {
          const names = {
            releaseId: releaseId(NEXT.label, NEXT.digest),
            allowedApplications: allowed,
          };
          assert.deepEqual(await readOldSessions(client, names), [], "no look shows it");
        });
        const { outputs } = await drain.apply(
          { ...inputs(database.url), allowed },
          listen().context,
        );
        assert.equal(outputs.verdict, "pass");
        await assert.rejects(hidden.query("select 1"));
      });
      await assert.rejects(queryAll(old, "select 1"), "a late old instance");
      assert.deepEqual(await queryAll(mine, "select 1 as one"), [{ one: 1 }]);
    });
  });

  it("is refused where the pooler logs in by itself, for the fence would hit the app", async () => {
    const app = await createRole(database.url);
    await withPgbouncer(database.url, "transaction", async (pooled) => {
      const through = new URL(pooled);
      [through.username, through.password] = [new URL(app).username, new URL(app).password];
      await assert.rejects(
        open(through.href, RELEASE),
        (error) =>
          error instanceof LockstepError &&
          /hides which release/.test(error.message) &&
          /auth_query/.test(error.next ?? ""),
      );
    });
  });

  it("is asked for before anything is waited for, also where the pooler gives each client a session", async () => {
    await withClient(database.url, (client) => openRelease(client, NEXT));
    await withPgbouncer(database.url, "session", async (pooled) => {
      const { fence: _, ...names } = inputs(pooled);
      for (const given of [names, { ...names, url: database.url, pooled: true }]) {
        const error = await drain.apply(given, listen().context).then(
          () => assert.fail("expected a refusal"),
          (thrown: unknown) => thrown,
        );
        assert.ok(error instanceof SavedFailure);
        assert.match(error.message, /Behind a pooler nobody can tell/);
      }
      const accepted = await drain.apply(
        { ...names, allowed: [""], fence: "none" },
        listen().context,
      );
      assert.equal(accepted.outputs.verdict, "pass");
    });
  });
});

async function endSessions(url: string, role: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1",
      [role],
    );
  } finally {
    await client.end();
  }
}
