// Tests of the program for a stack on a cluster: what it registers, in which order, and with which inputs.
import assert from "node:assert/strict";
import type { Recording, RunOptions } from "../components/record.ts";
import { runProgram } from "./stack.ts";

const CONFIG = {
  "lockstep:release": "1.1",
  "lockstep:platform": "kubernetes",
  "lockstep:app": { image: "registry.example/shop:${release}", port: 8080 },
  "lockstep:kubernetes": { runnerImage: "registry.example/runner:1" },
};
const CLUSTER = [
  "lockstep:components:Cluster cluster",
  "pulumi:providers:kubernetes cluster-provider",
  "kubernetes:core/v1:Namespace cluster-namespace",
  "kubernetes:core/v1:ConfigMap cluster-migrations",
  "kubernetes:core/v1:PersistentVolumeClaim cluster-backups",
];
const DATABASE = [
  "lockstep:components:Database database",
  "lockstep:index:DatabaseSecret database-secret",
  "kubernetes:core/v1:Service database-service",
  "kubernetes:apps/v1:StatefulSet database-server",
];
const RELEASE = [
  "lockstep:components:Release release",
  "lockstep:components:Admission admission",
  "lockstep:index:Admission admission-check",
  "lockstep:components:Migration expand",
  "lockstep:index:Step expand-step",
  "lockstep:components:Application app",
  "lockstep:index:Rollout app-rollout",
  "kubernetes:core/v1:ServiceAccount app-account",
  "kubernetes:core/v1:Service app-service",
  "kubernetes:policy/v1:PodDisruptionBudget app-budget",
  "kubernetes:apps/v1:Deployment app-deployment",
  "lockstep:components:HealthGate gate",
  "lockstep:index:HealthGate gate-watch",
  "lockstep:components:Verification verification",
  "lockstep:index:Step verification-step",
];

const ids = (recording: Recording<unknown>) => recording.registrations.map(({ id }) => id);
const run = (options: RunOptions = {}) => runProgram({ config: CONFIG, ...options });

describe("the program on a cluster", () => {
  for (const preview of [true, false]) {
    it(`registers exactly the release, in ${preview ? "a preview" : "an up"}`, async () => {
      const recording = await run({ preview });
      assert.deepEqual(ids(recording).toSorted(), [...CLUSTER, ...DATABASE, ...RELEASE].toSorted());
    });
  }
});
