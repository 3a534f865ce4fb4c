// The gate on a real cluster: what passes, what is taken back and what is left of it.
import assert from "node:assert/strict";
import { isLockstepError, type LockstepError } from "../../engine/errors/lockstepError.ts";
import { SavedFailure } from "../../provider/resource.ts";
import { healthGate } from "../../provider/resources/healthGate.ts";
import type { HealthGateInputs, HealthGateOutputs } from "../../provider/schema.ts";
import { listen } from "../integration/provider/resourceContext.ts";
import { documentedRules, makeAccount } from "./account.ts";
import { useGateWorld } from "./gateWorld.ts";

describe("the gate on a cluster", function () {
  this.timeout(180_000);
  const world = useGateWorld("rollout-gate");

  async function verdictOf(label: string) {
    const inputs = await world().gateInputs(label);
    const { outputs } = await healthGate.apply(inputs, listen().context);
    await world().end(label);
    return outputs.verdict;
  }

  async function failureOf(
    inputs: HealthGateInputs,
  ): Promise<{ readonly outputs: HealthGateOutputs; readonly told: LockstepError }> {
    const error = await healthGate.apply(inputs, listen().context).then(
      () => assert.fail("expected a failure"),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof SavedFailure && isLockstepError(error.cause), String(error));
    return { outputs: error.outputs as unknown as HealthGateOutputs, told: error.cause };
  }

  it("passes a release, and keeps what was applied for it", async () => {
    await world().roll("1.0");
    assert.equal(await verdictOf("1.0"), "pass");
    const deployment = await world().deployment();
    assert.match(
      deployment?.metadata.annotations?.["lockstep.dev/passed-releases"] ?? "",
      new RegExp(world().id("1.0")),
    );
  });

  it("takes a release with 12.5 % errors back, and leaves nothing of it", async () => {
    await world().roll("1.1", { env: { COLOUR: "blue" }, labels: { team: "a" } });
    assert.equal(await verdictOf("1.1"), "pass");
    const before = await world().deployment();
    await world().roll("1.2", {
      env: { COLOUR: "red", EXTRA: "1" },
      labels: { bad: "yes" },
      annotations: { bad: "yes" },
      sidecar: "helper",
    });
    const { outputs, told } = await failureOf(await world().gateInputs("1.2"));
    assert.equal(told.code, "GATE_FAILED");
    assert.deepEqual([outputs.verdict, outputs.rolledBackTo], ["fail", world().id("1.1")]);
    const after = await world().deployment();
    assert.deepEqual(after?.spec, before?.spec);
    assert.deepEqual(after?.metadata.labels, before?.metadata.labels);
    assert.equal(after?.metadata.annotations?.bad, undefined);
    const pods = await world().pods();
    assert.deepEqual(
      pods.map((pod) => [pod.metadata.labels?.bad, pod.spec.containers.length]),
      [
        [undefined, 1],
        [undefined, 1],
      ],
    );
  });

  it("takes a release back whose image cannot be pulled", async () => {
    await world().roll("1.0");
    await verdictOf("1.0");
    const image = "localhost/lockstep/missing:1";
    await world().roll("1.1", { image });
    const { outputs, told } = await failureOf(
      await world().gateInputs("1.1", { image, rolloutTimeoutMs: 20_000 }),
    );
    assert.equal(outputs.rolledBackTo, world().id("1.0"));
    assert.match(told.seen ?? "", /container app: (ErrImagePull|ImagePullBackOff)/);
  });

  it("takes a release back that crashes, and shows its last words", async () => {
    await world().roll("1.0");
    await verdictOf("1.0");
    await world().roll("1.1", { command: ["sh", "-c", "echo no such table: vault; exit 3"] });
    const { outputs, told } = await failureOf(await world().gateInputs("1.1"));
    assert.equal(outputs.rolledBackTo, world().id("1.0"));
    assert.match(told.seen ?? "", /container app crashes \(exit code 3\)/);
    assert.match(told.seen ?? "", /no such table: vault/);
  });

  /** An app that is well by itself, waits before it answers requests, and may end after a while. */
  const serve = ({ waitMs = 0, lifeMs = 0 }) => [
    "node",
    "-e",
    `const { PORT, LOCKSTEP_RELEASE: release } = process.env;
     require("http").createServer((request, response) => {
       const answer = () => response.end(JSON.stringify({ release }));
       setTimeout(answer, request.url === "/health" ? 0 : ${String(waitMs)});
     }).listen(PORT, "0.0.0.0");
     if (${String(lifeMs)} > 0) setTimeout(() => { console.log("out of patience"); process.exit(3); }, ${String(lifeMs)});`,
  ];

  it("takes a release back that answers slowly", async () => {
    await world().roll("1.0");
    await verdictOf("1.0");
    await world().roll("1.1", { command: serve({ waitMs: 900 }) });
    const { outputs, told } = await failureOf(
      await world().gateInputs("1.1", {
        ...{ counters: { kind: "probes" }, limits: { p95Ms: 500 } },
        // A request that a busy machine does not answer in time is not what is judged here.
        errorRateLimit: 1,
      }),
    );
    assert.equal(outputs.rolledBackTo, world().id("1.0"));
    assert.match(told.seen ?? "", /p95 is [\d,.]+ m?s, the limit is 500 ms/);
  });

  it("takes a release back that starts well, and crashes again and again", async () => {
    await world().roll("1.0");
    await verdictOf("1.0");
    await world().roll("1.1", { command: serve({ lifeMs: 6_000 }) });
    const { outputs } = await failureOf(
      await world().gateInputs("1.1", { watchMs: 60_000, counters: { kind: "probes" } }),
    );
    assert.deepEqual([outputs.verdict, outputs.rolledBackTo], ["fail", world().id("1.0")]);
  });

  it("holds each pod to the memory that the metrics server measures, with the documented rights", async () => {
    await world().roll("1.0", { command: serve({}) });
    const kubeconfig = await makeAccount(world().cluster, await documentedRules());
    const settings = { counters: { kind: "probes" }, limits: { memoryBytes: 1_048_576 } } as const;
    const { told } = await failureOf(
      // A new pod is measured only after some time.
      await world().gateInputs("1.0", { ...settings, kubeconfig, watchMs: 100_000, failures: 1 }),
    );
    assert.match(
      told.seen ?? "",
      new RegExp(`pod ${world().name}-\\S+ takes .*[\\d,]+ MiB, the limit is 1 MiB`),
    );
  });

  it("says once that it may not ask the metrics server, and fails nothing for that", async () => {
    await world().roll("1.0", { command: serve({}) });
    const rules = await documentedRules();
    const kubeconfig = await makeAccount(
      world().cluster,
      rules.filter(({ apiGroups }) => !apiGroups.includes("metrics.k8s.io")),
    );
    const { context, said } = listen();
    const inputs = await world().gateInputs("1.0", { counters: { kind: "probes" }, kubeconfig });
    const { outputs } = await healthGate.apply(inputs, context);
    assert.equal(outputs.verdict, "pass");
    assert.deepEqual(
      said.filter((text) => text.includes("not seen")),
      ["info: CPU and memory are not seen: the account may not list pods of metrics.k8s.io"],
    );
  });

  it("leaves the first release up, since there is none to go back to", async () => {
    await world().roll("1.2");
    const { outputs, told } = await failureOf(await world().gateInputs("1.2"));
    assert.equal(outputs.rolledBackTo, null);
    assert.match(told.next ?? "", /no release to go back to/);
    assert.equal((await world().pods()).length, 2);
  });

  it("holds a release that nobody uses", async () => {
    await world().roll("1.0");
    const { outputs, told } = await failureOf(
      await world().gateInputs("1.0", { probesPerSecond: 0 }),
    );
    assert.deepEqual([outputs.verdict, told.code], ["held", "GATE_HELD"]);
    assert.equal((await world().pods()).length, 2);
  });

  it("passes while a pod is replaced", async () => {
    await world().roll("1.0", { preStopSeconds: 2 });
    const { context } = listen();
    let isDeleted = false;
    const inputs = await world().gateInputs("1.0", { watchMs: 8_000 });
    const { outputs } = await healthGate.apply(inputs, {
      ...context,
      report: (_level, message) => {
        if (isDeleted || !message.includes("check 1 of")) return;
        isDeleted = true;
        void world()
          .pods()
          .then(([pod]) => world().deletePod(pod!.metadata.name));
      },
    });
    assert.ok(isDeleted);
    assert.deepEqual([outputs.verdict, outputs.errorRate], ["pass", 0]);
  });

  it("undoes no later release: a gate whose engine is gone finds its place taken", async () => {
    await world().roll("1.0");
    await verdictOf("1.0");
    await world().roll("1.2");
    const { context } = listen();
    let taken = false;
    const inputs = await world().gateInputs("1.2");
    const error = await healthGate
      .apply(inputs, {
        ...context,
        report: (_level, message) => {
          if (taken || !message.includes("check 1 of")) return;
          taken = true;
          void world().roll("1.1");
        },
      })
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof SavedFailure && isLockstepError(error.cause), String(error));
    assert.match(error.cause.next ?? "", /1\.1-.* has taken its place meanwhile/);
    const deployment = await world().deployment();
    assert.equal(deployment?.spec.template.spec.containers[0]?.image, await world().imageOf("1.1"));
  });

  it("finishes a rollback that a killed gate has begun", async () => {
    await world().roll("1.0");
    await verdictOf("1.0");
    await world().roll("1.2");
    const inputs = await world().gateInputs("1.2");
    const { context } = listen();
    // As a gate that is killed between the rollback and the ledger's entry.
    await world().roll("1.0");
    const error = await healthGate.apply(inputs, context).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof SavedFailure && isLockstepError(error.cause), String(error));
    const outputs = error.outputs as unknown as HealthGateOutputs;
    assert.equal(outputs.rolledBackTo, world().id("1.0"));
    assert.deepEqual(
      await world().query(
        "select label, rollbacks from lockstep.release where state = 'rolledBack'",
      ),
      [{ label: "1.2", rollbacks: 1 }],
    );
    const note = (await world().deployment())?.metadata.annotations?.["lockstep.dev/rolled-back"];
    assert.match(note ?? "", /"count":1/);
  });

  it("goes on after a gate that was killed", async () => {
    await world().roll("1.0");
    const killed = new AbortController();
    const { context } = listen(killed.signal);
    const watching = healthGate.apply(await world().gateInputs("1.0"), {
      ...context,
      report: (_level, message) => {
        if (message.includes("check 1 of")) killed.abort();
      },
    });
    await assert.rejects(watching);
    assert.equal(await verdictOf("1.0"), "pass");
  });

  it("takes what an autoscaler set for its own, and leaves it", async () => {
    await world().roll("1.0", { replicas: 1 });
    await verdictOf("1.0");
    await world().roll("1.2", { replicas: 1 });
    await world().scale(3);
    const { outputs } = await failureOf(await world().gateInputs("1.2"));
    assert.equal(outputs.rolledBackTo, world().id("1.0"));
    assert.equal((await world().deployment())?.spec.replicas, 3);
  });
});
