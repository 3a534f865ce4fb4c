// Logins for releases on a real server, made and closed by a plain role with CREATEROLE, as managed services have it.
import assert from "node:assert/strict";
import pg from "pg";
import { parseUrl } from "../../../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import { dropOldLogins } from "../../../../engine/fence/dropOldLogins.ts";
import { ensureLogin } from "../../../../engine/fence/ensureLogin.ts";
import {
  endOldSessions,
  lowerFence,
  openRoles,
  raiseFence,
  readLogin,
  type KnownLogin,
} from "../../../../engine/fence/fence.ts";
import { leaveLogins } from "../../../../engine/fence/leaveLogins.ts";
import { readLoginRoles } from "../../../../engine/fence/loginRoles.ts";
import { releaseLogin } from "../../../../engine/fence/releaseLogin.ts";
import { tryLogin } from "../../../../engine/fence/tryLogin.ts";
import { ensureLedger } from "../../../../engine/ledger/schema.ts";
import {
  createOwnerRole,
  createRole,
  databaseName,
  queryAll,
  useDatabase,
  withClient,
  withDatabase,
} from "../../../support/database.ts";

const DIGEST = { old: "0a".repeat(32), new: "1b".repeat(32), next: "2c".repeat(32) };

describe("a login for each release", () => {
  // Before the database goes, and its roles with it in any order.
  afterEach(() => dropLogins(database.url));
  const database = useDatabase();
  /** lockstep's own role, and the app's. */
  let own = "";
  let app = "";

  beforeEach(async () => {
    ({ own, app } = await twoRoles(database.url));
  });

  const loginOf = (digest: string, stack = "prod") =>
    releaseLogin(app, { project: "shop", stack, label: "1.0", digest });

  async function open(digest: string, stack = "prod"): Promise<string> {
    const login = loginOf(digest, stack);
    const release = { digest, id: `1.0-${digest.slice(0, 12)}` };
    await withClient(own, (client) =>
      ensureLogin(client, { login, stack: `shop/${stack}`, release, where: "test" }),
    );
    return login.url;
  }

  async function withLogin<T>(
    digest: string,
    use: (client: pg.Client, login: KnownLogin) => Promise<T>,
  ): Promise<T> {
    return withClient(own, async (client) => {
      const login = await readLogin(client, digest);
      assert.ok(login);
      return use(client, login);
    });
  }

  const raise = (digest: string) =>
    withLogin(digest, (client, login) => raiseFence(client, login, digest));

  it("acts as the app's role, with its settings, and is left as it is by a second call", async () => {
    const group = new URL(app).username;
    await queryAll(database.url, `alter role ${group} set search_path = "$user", "odd ""name"""`);
    await queryAll(
      database.url,
      `alter role ${group} in database ${databaseName(database.url)} set statement_timeout = '7s'`,
    );
    const url = await open(DIGEST.old);
    const secretOf = () =>
      queryAll(database.url, "select rolpassword from pg_authid where rolname = $1", [
        parseUrl(url, "test").user,
      ]);
    const before = await secretOf();
    assert.equal(await open(DIGEST.old), url);
    assert.deepEqual(await secretOf(), before);
    await tryLogin(parseUrl(url, "test"));
    const [seen] = await queryAll(
      url,
      "select current_user::text as me, current_setting('search_path') as path, current_setting('statement_timeout') as time",
    );
    assert.deepEqual(seen, { me: group, path: '"$user", "odd ""name"""', time: "7s" });
  });

  it("is closed to older releases, whose sessions end and who cannot come back", async () => {
    const old = await open(DIGEST.old);
    const mine = await open(DIGEST.new);
    await withClients([old, app, mine], async ([before, direct, now]) => {
      const roles = [old, app].map((url) => parseUrl(url, "test").user);
      assert.deepEqual((await raise(DIGEST.new)).toSorted(), roles.toSorted());
      assert.equal(await withLogin(DIGEST.new, endOldSessions), 2);
      for (const cut of [before, direct]) {
        await assert.rejects(cut?.query("select 1") ?? Promise.resolve());
      }
      assert.deepEqual((await now?.query("select 1 as one"))?.rows, [{ one: 1 }]);
      for (const url of [old, app])
        await assert.rejects(queryAll(url, "select 1"), /not permitted/);
    });
    assert.deepEqual(await withLogin(DIGEST.new, openRoles), []);
    assert.deepEqual(await raise(DIGEST.new), []);
  });

  it("is open again after a rollback to what that release's drains have closed, and to nothing else", async () => {
    const [oldest, old] = [await open(DIGEST.old), await open(DIGEST.new)];
    await raise(DIGEST.new);
    await open(DIGEST.next);
    await raise(DIGEST.next);
    const lower = () => withClient(own, (client) => lowerFence(client, DIGEST.next));
    assert.deepEqual(await lower(), [parseUrl(old, "test").user]);
    assert.deepEqual(await lower(), []);
    await queryAll(old, "select 1");
    for (const url of [oldest, app])
      await assert.rejects(queryAll(url, "select 1"), /not permitted/);
    // The release before the one that was taken back is released again.
    await open(DIGEST.old);
    await queryAll(oldest, "select 1");
  });

  it("keeps two stacks of one server apart, and those that share the app's role", async () => {
    const old = await open(DIGEST.old);
    const theirs = await open(DIGEST.old, "staging");
    assert.notEqual(old, theirs);
    await open(DIGEST.new);
    assert.ok(!(await raise(DIGEST.new)).includes(parseUrl(theirs, "test").user));
    await queryAll(theirs, "select 1");
    await withDatabase(async (other) => {
      const shared = new URL(app);
      shared.pathname = new URL(other).pathname;
      await queryAll(database.url, `alter role ${shared.username} login`);
      await withClient(shared.href, async () => {
        await assert.rejects(
          raise(DIGEST.new),
          (error) =>
            error instanceof LockstepError &&
            error.seen === `1 sessions in database ${databaseName(other)}`,
        );
      });
    });
  });

  it("is dropped once its release cannot come back, with what it owns given to the app's role", async () => {
    const old = await open(DIGEST.old);
    const group = new URL(app).username;
    await queryAll(old, "reset role; create table made_by_it ()");
    await open(DIGEST.new);
    await raise(DIGEST.new);
    const drop = () =>
      withClient(own, (client) => dropOldLogins(client, DIGEST.new, () => undefined));
    assert.deepEqual(await drop(), []);
    await queryAll(
      own,
      "insert into lockstep.migration (number, label, name, stage, checksum, state, release) values (1, '1', 'x', 'contract', '', 'applied', $1)",
      [DIGEST.new],
    );
    // What soaks can be given back, and then the older release can come back, too.
    await queryAll(
      own,
      "insert into lockstep.soak (number, file, kind, name, member, until) values (1, '1_x', 'index', 'x', 'x', now())",
    );
    assert.deepEqual(await drop(), []);
    await queryAll(own, "delete from lockstep.soak");
    assert.deepEqual(await drop(), [parseUrl(old, "test").user]);
    const [owner] = await queryAll(
      database.url,
      "select tableowner from pg_tables where tablename = 'made_by_it'",
    );
    assert.deepEqual(owner, { tableowner: group });
    const left = await withClient(own, (client) => readLoginRoles(client, "shop/prod"));
    assert.equal(left.length, 1);
  });

  it("gives the app its own login back once the stack asks for none", async () => {
    await open(DIGEST.new);
    await raise(DIGEST.new);
    await withClient(own, (client) => leaveLogins(client, DIGEST.next));
    await queryAll(app, "select 1");
    assert.equal(await withClient(own, (client) => readLogin(client, DIGEST.next)), undefined);
  });

  it("takes roles with odd names", async () => {
    const odd = `${databaseName(database.url)}_Müller's "App"`;
    const name = pg.escapeIdentifier(odd);
    await queryAll(database.url, `create role ${name} login password 'p/w?'`);
    await queryAll(database.url, `grant ${name} to ${new URL(own).username} with admin option`);
    const url = new URL(app);
    url.username = encodeURIComponent(odd);
    url.password = encodeURIComponent("p/w?");
    app = url.href;
    const old = await open(DIGEST.old);
    await open(DIGEST.new);
    const closed = await raise(DIGEST.new);
    assert.deepEqual(closed.toSorted(), [odd, parseUrl(old, "test").user].toSorted());
    await assert.rejects(queryAll(old, "select 1"), /not permitted/);
  });

  it("names what lockstep's role lacks, and the statements that give it suffice", async () => {
    const name = new URL(own).username;
    await queryAll(database.url, `alter role ${name} nocreaterole`);
    await queryAll(database.url, `revoke ${new URL(app).username} from ${name}`);
    const refused = await open(DIGEST.old).then(
      () => assert.fail("expected a refusal"),
      (error: unknown) => error,
    );
    assert.ok(refused instanceof LockstepError && refused.code === "PRIVILEGE");
    assert.match(refused.seen ?? "", /CREATEROLE[^]*ADMIN OPTION/);
    const [, ...grants] = refused.next?.split("\n") ?? [];
    for (const grant of grants) await queryAll(database.url, grant);
    await queryAll(await open(DIGEST.old), "select 1");
    app = own;
    await assert.rejects(open(DIGEST.new), /needs a role of the app's own/);
  });

  it("does not take over a role of somebody else's", async () => {
    const { user } = parseUrl(loginOf(DIGEST.old).url, "test");
    await queryAll(database.url, `create role ${user}`);
    await assert.rejects(open(DIGEST.old), /is not lockstep's/);
  });
});

/** lockstep's role as the owner with CREATEROLE, and the app's, which may log in. */
async function twoRoles(url: string): Promise<{ readonly own: string; readonly app: string }> {
  const [own, app] = [await createOwnerRole(url), await createRole(url)];
  const [me, group] = [own, app].map((role) => new URL(role).username);
  await queryAll(url, `alter role ${me ?? ""} createrole`);
  await queryAll(url, `grant ${group ?? ""} to ${me ?? ""} with admin option`);
  await queryAll(url, `grant create, usage on schema public to ${group ?? ""}`);
  await withClient(own, ensureLedger);
  return { own, app };
}

/** Roles belong to the server: they go before the roles that they are members of. */
async function dropLogins(url: string): Promise<void> {
  const roles = await queryAll<{ rolname: string }>(
    url,
    `select rolname from pg_roles where starts_with(shobj_description(oid, 'pg_authid'), 'lockstep login')
       and strpos(shobj_description(oid, 'pg_authid'), $1) > 0`,
    [`"${databaseName(url)}"`],
  );
  for (const { rolname } of roles) {
    await queryAll(url, `drop owned by ${pg.escapeIdentifier(rolname)}`);
    await queryAll(url, `drop role ${pg.escapeIdentifier(rolname)}`);
  }
}

async function withClients<T>(
  urls: readonly string[],
  use: (clients: readonly pg.Client[]) => Promise<T>,
  open: readonly pg.Client[] = [],
): Promise<T> {
  const [url, ...rest] = urls;
  if (url === undefined) return use(open);
  return withClient(url, (client) => withClients(rest, use, [...open, client]));
}
