// The drain on a real cluster: pods that end count, and sessions come through the route.
import assert from "node:assert/strict";
import { olderInstances } from "../../provider/apps/gatedApp.ts";
import { SavedFailure } from "../../provider/resource.ts";
import { drain } from "../../provider/resources/drain.ts";
import { healthGate } from "../../provider/resources/healthGate.ts";
import type { DrainInputs } from "../../provider/schema.ts";
import { listen } from "../integration/provider/resourceContext.ts";
import { eventually } from "../support/eventually.ts";
import { useGateWorld } from "./gateWorld.ts";

describe("the drain on a cluster", function () {
  this.timeout(180_000);
  const world = useGateWorld("rollout-drain");

  async function inputs(label: string): Promise<DrainInputs> {
    return {
      release: world().release(label),
      digest: "d",
      url: world().url,
      route: world().route,
      app: await world().handle(label),
      quietMs: 500,
      timeoutMs: 2_000,
      allowed: [],
    };
  }

  it("waits for pods that are being ended, and passes when they are gone", async () => {
    await world().roll("1.0", { replicas: 1, preStopSeconds: 12 });
    await healthGate.apply(await world().gateInputs("1.0"), listen().context);
    await world().end("1.0");
    await world().roll("1.1", { replicas: 1 });
    await healthGate.apply(await world().gateInputs("1.1"), listen().context);
    const older = await olderInstances(await inputs("1.1"));
    assert.match((await older()).join(), /pod .* of 1\.0-.*, being ended/);
    const error = await drain
      .apply(await inputs("1.1"), listen().context)
      .catch((thrown: unknown) => thrown);
    assert.ok(error instanceof SavedFailure, String(error));
    assert.match(JSON.stringify(error.cause), /being ended/);
    await eventually("the end of the old pod", async () => (await older()).length === 0);
    const { outputs } = await drain.apply(await inputs("1.1"), listen().context);
    assert.equal(outputs.verdict, "pass");
  });
});
