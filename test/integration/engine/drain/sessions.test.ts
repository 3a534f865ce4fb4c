// Whose sessions count as an older release's, on a real server.
import assert from "node:assert/strict";
import { appName, describeSession, readOldSessions } from "../../../../engine/drain/sessions.ts";
import {
  createOwnerRole,
  createRole,
  queryAll,
  useDatabase,
  withClient,
} from "../../../support/database.ts";

const RELEASE_ID = "1.1-3f9c2ab41c07";

describe("readOldSessions", () => {
  const database = useDatabase();

  /** The application names that count as old while one session is called `name`. */
  async function oldWith(
    name: string,
    options: {
      readonly allowed?: readonly string[];
      readonly url?: string;
      readonly releaseId?: string;
    } = {},
  ): Promise<readonly string[]> {
    const named = new URL(database.url);
    if (name !== "") named.searchParams.set("application_name", name);
    const { allowed = [], url = database.url, releaseId = RELEASE_ID } = options;
    return withClient(named.href, () =>
      withClient(url, async (client) => {
        const filter = { releaseId, allowedApplications: allowed };
        return (await readOldSessions(client, filter)).map(({ application }) => application);
      }),
    );
  }

  for (const [what, name, allowed] of [
    ["this release's app", `app:${RELEASE_ID}`, []],
    ["lockstep itself", "lockstep:42", []],
    ["an allowed name", "pgadmin", ["pgadmin"]],
    ["a name that fits an allowed pattern", "report-7", ["nothing", "report-%"]],
    ["an allowed nameless session", "", [""]],
  ] as const) {
    it(`lets ${what} be`, async () => {
      assert.deepEqual(await oldWith(name, { allowed }), []);
    });
  }

  for (const [what, name, allowed] of [
    ["an older release's app", "app:1.0-aaaaaaaaaaaa", []],
    ["the same label with another digest", "app:1.1-000000000000", []],
    ["a name that nobody knows", "psql", []],
    ["a session without a name", "", []],
    ["a name that only begins like lockstep", "lockstepper", []],
    ["a name that an allowed one begins", "pgadmin 4", ["pgadmin"]],
  ] as const) {
    it(`counts ${what}`, async () => {
      assert.deepEqual(await oldWith(name, { allowed }), [name]);
    });
  }

  it("knows this release by the part of its name that PostgreSQL keeps", async () => {
    const releaseId = `${"a-very-long-label-".repeat(5)}-3f9c2ab41c07`;
    assert.equal(Buffer.byteLength(appName(releaseId)), 63);
    assert.deepEqual(await oldWith(`app:${releaseId}`, { releaseId }), []);
  });

  it("looks at this database only", async () => {
    const other = new URL(database.url);
    other.pathname = "/postgres";
    await withClient(other.href, () =>
      withClient(database.url, async (client) => {
        const filter = { releaseId: RELEASE_ID, allowedApplications: [] };
        assert.deepEqual(await readOldSessions(client, filter), []);
      }),
    );
  });

  it("lets be what logs in as an allowed role, whatever it calls itself", async () => {
    const { username } = new URL(database.url);
    assert.deepEqual(await oldWith("app:1.0-old", { allowed: [`role:${username}`] }), []);
    assert.deepEqual(await oldWith("role:x", { allowed: ["role:x"] }), ["role:x"]);
  });

  it("goes by the role alone where the release has a login of its own", async () => {
    const mine = await createRole(database.url);
    const { username: login } = new URL(mine);
    const filter = { releaseId: RELEASE_ID, allowedApplications: [], login };
    const named = (url: string, name: string) => `${url}?application_name=${name}`;
    await withClient(named(database.url, `app:${RELEASE_ID}`), () =>
      withClient(named(mine, "whatever"), () =>
        withClient(database.url, async (client) => {
          const [old, ...others] = await readOldSessions(client, filter);
          assert.deepEqual(
            [old?.application, old?.state, others],
            [`app:${RELEASE_ID}`, "idle", []],
          );
          assert.equal(typeof old?.connectedS, "number");
        }),
      ),
    );
  });

  it("counts sessions of other roles for a plain owner, too", async () => {
    const owner = await createOwnerRole(database.url);
    assert.deepEqual(await oldWith("app:1.0-aaaaaaaaaaaa", { url: owner }), [
      "app:1.0-aaaaaaaaaaaa",
    ]);
    const stranger = await createRole(database.url);
    await queryAll(
      database.url,
      `grant connect on database "${new URL(database.url).pathname.slice(1)}" to public`,
    );
    assert.deepEqual(await oldWith("app:1.0-aaaaaaaaaaaa", { url: stranger }), [
      "app:1.0-aaaaaaaaaaaa",
    ]);
  });
});

describe("describeSession", () => {
  it("is one line that says who and from where", () => {
    const session = { pid: 7, user: "app", application: "app:1.0", client: "10.0.0.1" };
    assert.equal(describeSession(session), "pid 7, user app, app:1.0, from 10.0.0.1");
    const long = { connectedS: 12_600, state: "idle in transaction", stateS: 720 };
    assert.equal(
      describeSession({ ...session, ...long }),
      "pid 7, user app, app:1.0, from 10.0.0.1, connected for 3.5 h, idle in transaction for 12 min",
    );
    assert.equal(
      describeSession({ ...session, application: "", client: null }),
      "pid 7, user app, (no application_name)",
    );
  });
});
