// Steps as Jobs of a real cluster: followed live, failing plainly, taken up again after each kind of cut.
import assert from "node:assert/strict";
import { EngineGone } from "../../engine/executors/engineGone.ts";
import { dryRunJob } from "../../engine/executors/kubernetes/dryRun.ts";
import { isJobOver } from "../../engine/kubernetes/objects.ts";
import { eventually } from "../support/eventually.ts";
import { failureOf } from "../support/failureOf.ts";
import { useJobsWorld, WAITS } from "./jobsWorld.ts";

const GOOD = { "01_create_things_up.sql": "create table things (id int);" };

describe("steps in Jobs", function () {
  this.timeout(180_000);
  const world = useJobsWorld("jobs");

  it("applies expand, says so live, and leaves the finished Job for kubectl", async () => {
    const { said } = world();
    await world().writeFiles(GOOD);
    const result = await world().run();
    assert.deepEqual(result.applied, ["01_create_things"]);
    assert.deepEqual(await world().tables(), ["things"]);
    assert.ok(
      said.some((text) => text.includes("01_create_things applied")),
      said.join("\n"),
    );
    assert.deepEqual(await world().jobNames(), [`shop-${world().stack}-expand-dddddddddddd-1`]);
  });

  it("shows a migration at work before it has ended", async () => {
    await world().writeFiles({ "01_slow_up.sql": WAITS });
    const run = await world().whileGateIsShut(async () => {
      const running = world().run();
      running.catch(() => undefined);
      await world().untilItWaits();
      await eventually("its first line is heard", () =>
        Promise.resolve(world().said.some((text) => /01_slow/.test(text))),
      );
      return { running };
    });
    assert.deepEqual((await run.running).applied, ["01_slow"]);
  });

  it("fails with the statement's own error, and the next run has the next number", async () => {
    await world().writeFiles({ "01_bad_up.sql": "create table a (); select 1/0;" });
    for (const _ of [1, 2]) {
      const failure = await failureOf(world().run());
      assert.equal(failure.code, "STATEMENT_FAILED");
      assert.equal(failure.sqlstate, "22012");
    }
    assert.deepEqual(
      (await world().jobNames()).map((name) => name.slice(-2)),
      ["-1", "-2"],
    );
    assert.deepEqual(await world().tables(), []);
  });

  it("says which image cannot be pulled, and leaves no Job", async () => {
    await world().writeFiles(GOOD);
    const image = "localhost/lockstep/missing:1";
    const failure = await failureOf(world().run({ place: { image }, startLimitMs: 1_000 }));
    assert.equal(failure.code, "STEP_FAILED");
    assert.match(failure.seen ?? "", /(ErrImagePull|ImagePullBackOff).*missing:1/);
    assert.ok(
      world().said.some((text) => text.includes("missing:1")),
      "said while it waited",
    );
    await eventually("the Job is gone", async () => (await world().jobs()).length === 0);
  });

  it("says which Secret is missing", async () => {
    await world().writeFiles(GOOD);
    const databaseSecret = { name: "nowhere", key: "url" };
    const failure = await failureOf(world().run({ place: { databaseSecret }, startLimitMs: 500 }));
    assert.match(failure.seen ?? "", /secret "nowhere" not found/);
  });

  it("says that no ConfigMap is there to be mounted", async () => {
    const failure = await failureOf(world().run({ startLimitMs: 500 }));
    assert.match(failure.seen ?? "", /configmap ".*" not found/);
  });

  it("ends with the deadline, rolled back", async () => {
    await world().writeFiles({ "01_slow_up.sql": WAITS });
    await world().whileGateIsShut(async () => {
      const failure = await failureOf(world().run({ place: { deadlineMs: 8_000 } }));
      assert.match(failure.message, /rolled back/);
      assert.match(failure.seen ?? "", /deadline/);
      assert.deepEqual(await world().tables(), []);
    });
  });

  it("tells a step that used too much memory", async () => {
    await world().writeFiles(GOOD);
    const resources = { limits: { memory: "20Mi" } };
    const failure = await failureOf(world().run({ place: { resources } }));
    assert.match(failure.seen ?? "", /OOMKilled|memory/);
  });

  const cuts: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    [
      "its Job is deleted",
      async () => {
        const [name = ""] = await world().jobNames();
        const path = `/apis/batch/v1/namespaces/${world().cluster.namespace}/jobs/${name}`;
        await world().send("DELETE", `${path}?propagationPolicy=Background`);
      },
      /Job was deleted/,
    ],
    [
      "its pod is deleted",
      async () => {
        const { metadata } = await world().pod();
        await world().send("DELETE", `${world().core("pods")}/${metadata.name}`);
      },
      /pod was (deleted|ended)/,
    ],
    [
      "its pod is killed at once",
      async () => {
        const { metadata } = await world().pod();
        const path = `${world().core("pods")}/${metadata.name}`;
        await world().send("DELETE", `${path}?gracePeriodSeconds=0`);
      },
      /pod was (deleted|ended)/,
    ],
    [
      "its pod is evicted",
      async () => {
        const { metadata } = await world().pod();
        const path = `${world().core("pods")}/${metadata.name}/eviction`;
        const { name } = metadata;
        const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } };
        await world().send("POST", path, eviction);
      },
      /the pod was ended: EvictionByEvictionAPI/,
    ],
  ];
  for (const [what, cut, seen] of cuts) {
    it(`${what} in the midst of a migration: nothing is half done, and the next run finds or applies it`, async () => {
      await world().writeFiles({ "01_slow_up.sql": WAITS });
      await world().whileGateIsShut(async () => {
        const failing = failureOf(world().run());
        await world().untilItWaits();
        await cut();
        const failure = await failing;
        assert.match(failure.seen ?? "", seen);
      });
      const result = await world().run();
      // A client that is gone without a word has sent its COMMIT already: the server may finish the file by itself.
      if (what !== "its pod is killed at once" || result.applied.length > 0)
        assert.deepEqual(result.applied, ["01_slow"]);
      assert.deepEqual(await world().tables(), ["others", "things"]);
    });
  }

  it("takes up a Job whose follower has died, instead of starting a second one", async () => {
    await world().writeFiles({ "01_slow_up.sql": WAITS });
    const engine = new AbortController();
    const second = await world().whileGateIsShut(async () => {
      const first = failureOf(world().run({ signal: engine.signal }));
      await world().untilItWaits();
      engine.abort(new EngineGone());
      assert.equal((await first).code, "INTERRUPTED");
      const running = world().run();
      running.catch(() => undefined);
      await eventually("the second run has found it", () =>
        Promise.resolve(world().said.some((text) => text.includes("runs already"))),
      );
      return { running };
    });
    assert.deepEqual((await second.running).applied, ["01_slow"]);
    assert.equal((await world().jobs()).length, 1);
  });

  it("Ctrl-C deletes the Job, which rolls back", async () => {
    await world().writeFiles({ "01_slow_up.sql": WAITS });
    const ctrl = new AbortController();
    await world().whileGateIsShut(async () => {
      const failing = failureOf(world().run({ signal: ctrl.signal }));
      await world().untilItWaits();
      ctrl.abort();
      assert.equal((await failing).code, "INTERRUPTED");
    });
    const [lease] = await world().query("select held from lockstep.lease");
    assert.deepEqual(lease, { held: false });
    assert.deepEqual(await world().tables(), []);
    await eventually("the Job is gone", async () => (await world().jobs()).length === 0);
  });

  it("two at once: only one of them applies anything", async () => {
    await world().writeFiles(GOOD);
    const results = await Promise.all([world().run(), world().run()]);
    assert.ok(results.every(({ verdict }) => verdict === "pass"));
    const attempts = (await world().jobs()).length;
    // Either the second run followed the first one's Job, or its own had nothing left to do.
    const applied = results.filter((result) => result.applied.length > 0).length;
    assert.equal(applied, attempts === 1 ? 2 : 1);
    assert.deepEqual(await world().tables(), ["things"]);
  });

  it("keeps the finished Jobs of the newest releases only", async () => {
    await world().writeFiles(GOOD);
    for (const digit of ["1", "2", "3"]) {
      const release = { ...world().spec().release, digest: digit.repeat(64) };
      await world()
        .run({ spec: { step: "verify", release }, place: { keepReleases: 2 } })
        .catch(() => undefined);
    }
    await eventually("the oldest is gone", async () => {
      const digests = (await world().jobs()).filter(isJobOver).map(({ metadata }) => metadata.name);
      return digests.length === 2 && !digests.some((name) => name.includes("111111111111"));
    });
  });

  it("goes on where a sidecar keeps the Job open, says so, and starts a new one next time", async () => {
    await world().writeFiles(GOOD);
    const [name, args] = ["sidecar", ["-c", "trap 'exit 0' TERM; sleep 600 & wait"]];
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const sidecar = { name, args, command: ["sh"], image: world().place.image, securityContext };
    const place = { podTemplate: { spec: { containers: [sidecar] } } };
    assert.deepEqual((await world().run({ place })).applied, ["01_create_things"]);
    assert.ok(world().said.some((text) => text.includes("sidecar keeps its Job open")));
    assert.deepEqual((await world().run({ place })).applied, []);
    assert.equal((await world().jobs()).length, 2);
  });

  it("lets a native sidecar end by itself", async () => {
    await world().writeFiles(GOOD);
    const [name, args] = ["sidecar", ["-c", "trap 'exit 0' TERM; sleep 600 & wait"]];
    const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
    const { image } = world().place;
    const sidecar = {
      name,
      args,
      command: ["sh"],
      image,
      securityContext,
      restartPolicy: "Always",
    };
    await world().run({ place: { podTemplate: { spec: { initContainers: [sidecar] } } } });
    const [job] = await world().jobs();
    assert.ok(job && isJobOver(job));
  });

  it("says which right is missing, and needs no other than those in the Role", async () => {
    await world().writeFiles(GOOD);
    const config = await world().accountWith([]);
    const refused = await failureOf(world().run({ place: config }));
    assert.equal(refused.code, "CLUSTER");
    assert.match(
      refused.next ?? "",
      /apiGroups: \["batch"\]\n {2}resources: \["jobs"\]\n {2}verbs: \["list"\]/,
    );
    const enough = await world().accountWith([
      {
        apiGroups: ["batch"],
        resources: ["jobs"],
        verbs: ["get", "list", "watch", "create", "delete"],
      },
      { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
      { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    ]);
    assert.deepEqual((await world().run({ place: enough })).applied, ["01_create_things"]);
  });

  it("backs up onto the claim, and proves it by a restore", async () => {
    const { stack } = world();
    await world().send("POST", world().core("persistentvolumeclaims"), {
      metadata: { name: stack },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    await world().writeFiles(GOOD);
    await world().run();
    await world().query("insert into things values (1), (2)");
    await world().replaceFiles({
      ...GOOD,
      "02_add_name_up.sql": "alter table things add name text;",
    });
    const place = { backupClaim: stack };
    const result = await world().run({ spec: { step: "backup", before: "expand" }, place });
    assert.match(result.backup ?? "", /^backup_before_migration_/);
    assert.match(result.summary, /proof: restore/);
  });
});

describe("a Job that the cluster would refuse", () => {
  const world = useJobsWorld("jobs-dry");

  it("is refused in preview by a quota, a limit and pod security, with their words", async () => {
    const spec = world().spec();
    const told: string[] = [];
    const tell = (_: unknown, text: string) => told.push(text);
    await dryRunJob(spec, world().place, tell);
    assert.deepEqual(told, []);
    const podTemplate = { spec: { hostNetwork: true } };
    const insecure = await failureOf(dryRunJob(spec, { ...world().place, podTemplate }, tell));
    assert.match(insecure.seen ?? "", /violates PodSecurity.*hostNetwork/);
    await world().send("POST", world().core("limitranges"), {
      metadata: { name: "most" },
      spec: { limits: [{ type: "Container", max: { memory: "100Mi" } }] },
    });
    const large = await failureOf(dryRunJob(spec, world().place, tell));
    assert.match(large.seen ?? "", /maximum memory usage/);
    await world().send("POST", world().core("resourcequotas"), {
      metadata: { name: "few" },
      spec: { hard: { "count/jobs.batch": "0" } },
    });
    await eventually("the quota counts", async () => {
      const failure = await failureOf(dryRunJob(spec, world().place, tell));
      return /exceeded quota/.test(failure.seen ?? "");
    });
  });

  it("is not refused where its namespace is not there yet", async () => {
    const told: string[] = [];
    const cluster = { ...world().place.cluster, namespace: "not-yet" };
    await dryRunJob(world().spec(), { ...world().place, cluster }, (_, text) => told.push(text));
    assert.deepEqual(told, ["its Job was not tried: namespace not-yet is not there yet"]);
  });
});
