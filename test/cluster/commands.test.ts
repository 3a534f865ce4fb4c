// What a person types against a cluster: looks at the app, takes a release back by hand, asks for its report.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { healthGate } from "../../provider/resources/healthGate.ts";
import { lockstep, writeMigrations } from "../integration/cli/lockstepCommand.ts";
import { listen } from "../integration/provider/resourceContext.ts";
import { eventually } from "../support/eventually.ts";
import { useTempDir } from "../support/tempDir.ts";
import { useGateWorld, WORLD_FILES } from "./gateWorld.ts";

const FILES = {
  ...WORLD_FILES,
  "02_create_notes_up.sql": "create table notes (id int);",
  "02_create_notes_down.sql": "drop table notes;",
};

describe("the command against a cluster", function () {
  this.timeout(180_000);
  const world = useGateWorld("commands");
  const temp = useTempDir();

  /** Rolls a release out, and lets it pass its gate. */
  async function release(label: string): Promise<void> {
    await world().roll(label);
    const { outputs } = await healthGate.apply(await world().gateInputs(label), listen().context);
    assert.equal(outputs.verdict, "pass");
    await world().end(label);
  }

  async function run(...args: string[]) {
    const url = new URL(world().url);
    url.hostname = await world().address({ role: "database" });
    const env = { KUBECONFIG: world().kubeconfig };
    return lockstep(args, { cwd: temp.path, url: url.href, env });
  }

  it("looks at the app, takes app and files back by hand, and writes the report", async () => {
    await release("1.0");
    await release("1.1");
    await writeMigrations(temp.path, FILES);
    const [old, bad] = [world().release("1.0"), world().release("1.1")];
    const migrated = await run("migrate");
    assert.equal(migrated.exitCode, 0, migrated.stderr);
    for (const [number, { digest }] of [old, bad].entries()) {
      const where = `number = ${String(number + 1)}`;
      await world().query(`update lockstep.migration set release = '${digest}' where ${where}`);
    }

    const pod = `http://${await world().address({ app: world().name })}:8080`;
    const check = ["health", "check", "--url", pod, "--release", world().id("1.1")];
    const looked = await run(...check, "--probes", "20", "--min-requests", "5", "--with-database");
    assert.equal(looked.exitCode, 0, looked.stderr);
    assert.match(looked.stdout, /^pass: 0\.0 % errors .* of \d+ connections/m);

    const where = ["--namespace", world().cluster.namespace, "--deployment", world().name];
    const unasked = await run("rollback", "--both", ...where);
    assert.notEqual(unasked.exitCode, 0);
    const serving = await world().deployment();
    assert.equal(
      serving?.spec.template.metadata?.labels?.["lockstep.dev/release"],
      world().id("1.1"),
    );

    const back = await run("rollback", "--both", "--yes", ...where);
    assert.equal(back.exitCode, 0, back.stderr + back.stdout);
    assert.match(
      back.stdout,
      new RegExp(`${world().id("1.1")} is rolled back: ${world().id("1.0")} serves`),
    );
    assert.match(back.stdout + back.stderr, /taken back: 02_create_notes/);
    const after = await world().deployment();
    assert.equal(after?.spec.template.spec.containers[0]?.image, await world().imageOf("1.0"));
    assert.match(after.metadata.annotations?.["lockstep.dev/rolled-back"] ?? "", /1\.1/);
    assert.deepEqual(await world().query("select to_regclass('notes') as gone"), [{ gone: null }]);
    assert.deepEqual(
      await world().query("select label, state from lockstep.release order by label"),
      [
        { label: "1.0", state: "verified" },
        { label: "1.1", state: "rolledBack" },
      ],
    );

    const again = await run("rollback", "--app", "--yes", ...where);
    assert.notEqual(again.exitCode, 0);
    assert.match(again.stderr, /There is no release before it to go back to/);

    const report = await run("report", "1.1", "--output", "report.html");
    assert.equal(report.exitCode, 0, report.stderr);
    const page = await readFile(join(temp.path, "report.html"), "utf8");
    assert.match(page, /gate check|rolled back/i);
  });

  it("has the pods answer 503 in maintenance, and restarts none of them", async () => {
    await world().roll("1.0", { replicas: 1 });
    const serving = async () => {
      const pods = await world().pods();
      return pods.map(({ metadata, status }) => [
        metadata.name,
        status?.containerStatuses?.map(({ ready, restartCount }) => ({ ready, restartCount })),
      ]);
    };
    const statuses = async () => {
      const base = `http://${await world().address({ app: world().name })}:8080`;
      const asked = ["/customers", "/health"].map(
        async (path) => (await fetch(base + path)).status,
      );
      return Promise.all(asked).catch(() => undefined);
    };
    const answers = (...expected: readonly number[]) =>
      eventually(`answers ${expected.join()}`, async () =>
        isDeepStrictEqual(await statuses(), expected),
      );

    await answers(200, 200);
    // A pod answers before the kubelet has looked and calls it ready.
    await eventually("the pod is ready", async () => {
      const pods = await world().pods();
      return pods.every(({ status }) => status?.containerStatuses?.every(({ ready }) => ready));
    });
    const before = await serving();
    const on = await run("maintenance", "on", "--for", "30m", "--reason", "new disks");
    assert.equal(on.exitCode, 0, on.stderr);
    await answers(503, 200);
    assert.deepEqual(await serving(), before);
    const off = await run("maintenance", "off");
    assert.equal(off.exitCode, 0, off.stderr);
    await answers(200, 200);
    assert.deepEqual(await serving(), before);
  });
});
