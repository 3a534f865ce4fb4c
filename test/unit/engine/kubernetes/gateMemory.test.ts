// What gates leave on a Deployment: kept, forgiven, cut to what fits.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Cluster } from "../../../../engine/kubernetes/client.ts";
import type { Deployment } from "../../../../engine/kubernetes/deployment.ts";
import {
  readMemory,
  withPassed,
  withRolledBack,
  writeMemory,
  type GateMemory,
  type PassedRelease,
} from "../../../../engine/kubernetes/gateMemory.ts";
import type { ClusterApp } from "../../../../engine/kubernetes/releasePods.ts";

const NOTHING: GateMemory = { passed: [], rolledBack: {} };
const BACK = { label: "1.2", count: 1, at: "2026-01-01T00:00:00Z", to: "1.1-a", why: "errors" };

function passed(digest: string, filler = ""): PassedRelease {
  const set = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "shop" }, filler };
  return { releaseId: `r-${digest}`, digest, at: "2026-01-01T00:00:00Z", set };
}

/** Writes `memory` as the API would be asked to, and gives back the annotations and what was said. */
async function write(memory: GateMemory) {
  let annotations: Record<string, string> = {};
  const said: string[] = [];
  const request = (_method: string, _path: string, { body }: { readonly body: Deployment }) => {
    annotations = { ...body.metadata.annotations };
    return Promise.resolve();
  };
  const app = { cluster: { request, namespace: "web" } as unknown as Cluster } as ClusterApp;
  const metadata = { name: "shop", namespace: "web", uid: "u" };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata } as Deployment;
  await writeMemory(app, { deployment, memory, report: (_level, text) => said.push(text) });
  return { annotations, said };
}

const read = (annotations: Record<string, string>) =>
  readMemory({ metadata: { annotations } as unknown as Deployment["metadata"] });

describe("the gate's memory", () => {
  it("is read as it was written", async () => {
    const memory = withRolledBack(withPassed(NOTHING, passed("a")), "b", BACK);
    const { annotations } = await write(memory);
    assert.deepEqual(read(annotations), memory);
  });

  it("keeps the last two that passed, each once, and forgives one that passes what it was taken back for", () => {
    let memory = withRolledBack(NOTHING, "c", BACK);
    for (const digest of ["a", "b", "c", "c"]) memory = withPassed(memory, passed(digest));
    assert.deepEqual(
      memory.passed.map(({ digest }) => digest),
      ["c", "b"],
    );
    assert.deepEqual(memory.rolledBack, {});
  });

  it("leads to no release that was taken back after it had passed", () => {
    let memory = withPassed(withPassed(NOTHING, passed("a")), passed("b"));
    memory = withRolledBack(memory, "b", BACK);
    assert.deepEqual(
      memory.passed.map(({ digest }) => digest),
      ["a"],
    );
  });

  it("remembers the last 20 rollbacks", () => {
    let memory = NOTHING;
    for (let i = 0; i < 25; i += 1) memory = withRolledBack(memory, `d${String(i)}`, BACK);
    const digests = Object.keys(memory.rolledBack);
    assert.deepEqual([digests.length, digests[0], digests.at(-1)], [20, "d5", "d24"]);
  });

  it("leaves out and names what is too long for annotations", async () => {
    const filler = randomBytes(150_000).toString("base64");
    const memory = withPassed(withPassed(NOTHING, passed("a", filler)), passed("b"));
    const { annotations, said } = await write(memory);
    assert.deepEqual(
      read(annotations).passed.map(({ digest }) => digest),
      ["b"],
    );
    assert.match(said.join(), /applied for r-a is too long/);
  });

  it("takes what it cannot read for nothing", () => {
    const broken = {
      "lockstep.dev/passed-releases": '[{"set":"?"}]',
      "lockstep.dev/rolled-back": "{",
    };
    assert.deepEqual(read(broken), NOTHING);
  });
});
