// A login for each release on a real cluster: the pods have it from a Secret, drain closes the older one, a rollback opens it.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { loginSecretName, releaseLogin } from "../../engine/fence/releaseLogin.ts";
import { drain } from "../../provider/resources/drain.ts";
import { healthGate } from "../../provider/resources/healthGate.ts";
import { rollout } from "../../provider/resources/rollout.ts";
import { lockstep } from "../integration/cli/lockstepCommand.ts";
import { listen } from "../integration/provider/resourceContext.ts";
import { eventually } from "../support/eventually.ts";
import { useTempDir } from "../support/tempDir.ts";
import { queryPod } from "./databasePod.ts";
import { useGateWorld } from "./gateWorld.ts";

describe("a login for each release on a cluster", function () {
  this.timeout(180_000);
  const world = useGateWorld("logins");
  const temp = useTempDir();

  const loginOf = (label: string) => {
    const own = new URL(world().url);
    [own.username, own.password] = [appRole(), "of-the-app"];
    return releaseLogin(own.href, world().release(label));
  };
  // Roles are the server's, which outlives this test's database.
  const appRole = () => world().name.replace("-", "_");
  const roleOf = (label: string) => new URL(loginOf(label).url).username;

  /** As Pulumi does it: leave for the rollout, the pods, the gate, the drain. */
  async function release(label: string): Promise<readonly string[]> {
    const { context, said } = listen();
    const identity = world().release(label);
    const [base, app] = [`${world().name}-login`, await world().handle(label)];
    const secret = { cluster: app.cluster, base, key: "url", labels: { team: "a" } };
    const common = { release: identity, url: world().url, route: world().route, app };
    const login = { login: loginOf(label), secret };
    await rollout.apply({ ...common, migrations: { dir: temp.path, digest: "d" }, login }, context);
    const loginSecret = loginSecretName(base, identity.digest);
    await world().roll(label, { loginSecret, replicas: 1 });
    const gate = await healthGate.apply(await world().gateInputs(label), context);
    assert.equal(gate.outputs.verdict, "pass");
    const limits = { quietMs: 500, timeoutMs: 60_000, allowed: [], fence: "role" } as const;
    const drained = await drain.apply({ ...common, ...limits, digest: "d" }, context);
    assert.equal(drained.outputs.verdict, "pass");
    await world().end(label);
    return said;
  }

  const usersOfPods = async () => {
    const sql = `select distinct usename from pg_stat_activity
      where datname = current_database() and application_name like 'app:%' order by 1`;
    return (await world().query(sql)).map(({ usename }) => usename);
  };
  const mayLogIn = async () => {
    const roles = [appRole(), roleOf("1.0"), roleOf("1.1")];
    const rows = await world().query("select rolname from pg_roles where rolcanlogin");
    return roles.filter((role) => rows.some(({ rolname }) => rolname === role));
  };

  it("is what its pods use, is closed by the next release's drain, and opened by a rollback", async () => {
    await world().query(
      `create role ${appRole()} login password 'of-the-app';
       grant select, insert, update, delete on customers to ${appRole()}`,
    );
    await release("1.0");
    assert.deepEqual(await usersOfPods(), [roleOf("1.0")]);
    assert.deepEqual(await mayLogIn(), [roleOf("1.0")]);

    await release("1.1");
    assert.deepEqual(await usersOfPods(), [roleOf("1.1")]);
    assert.deepEqual(await mayLogIn(), [roleOf("1.1")]);
    const late = queryPod({ url: loginOf("1.0").url, route: world().route }, "select");
    await assert.rejects(late, /does not let this user in/);

    const url = new URL(world().url);
    url.hostname = await world().address({ role: "database" });
    const where = ["--namespace", world().cluster.namespace, "--deployment", world().name];
    const options = { cwd: temp.path, url: url.href, env: { KUBECONFIG: world().kubeconfig } };
    const back = await lockstep(["rollback", "--app", "--yes", ...where], options);
    assert.equal(back.exitCode, 0, back.stderr + back.stdout);
    assert.ok((await mayLogIn()).includes(roleOf("1.0")));
    await eventually("1.0 alone serves, by its own login", async () => {
      const base = `http://${await world().address({ app: world().name })}:8080`;
      const status = await fetch(`${base}/customers`).then((answer) => answer.status, String);
      const users = await usersOfPods();
      return status === 200 && isDeepStrictEqual(users, [roleOf("1.0")]);
    });
  });
});
