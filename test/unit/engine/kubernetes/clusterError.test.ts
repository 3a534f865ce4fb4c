// What the API's refusals and a broken way to it become.
import assert from "node:assert/strict";
import { LockstepError } from "../../../../engine/errors/lockstepError.ts";
import {
  accessError,
  apiError,
  ApiFailure,
  apiStatus,
  isStatus,
} from "../../../../engine/kubernetes/clusterError.ts";

const attempt = { cluster: "https://c (context x)", doing: "create the Job a" };
const refusal = (code: number, message: string) =>
  apiError(new ApiFailure({ code, message }), attempt);

describe("apiError", () => {
  it("gives the RBAC rule that is missing", () => {
    const error = refusal(
      403,
      'jobs.batch is forbidden: User "ci" cannot create resource "jobs" in API group "batch" in the namespace "shop"',
    );
    assert.equal(error.code, "CLUSTER");
    assert.equal(
      error.next,
      'add this rule to its Role:\n- apiGroups: ["batch"]\n  resources: ["jobs"]\n  verbs: ["create"]',
    );
  });

  it("asks for a ClusterRole where the resource is not in a namespace", () => {
    const error = refusal(
      403,
      'namespaces is forbidden: User "ci" cannot create resource "namespaces" in API group "" at the cluster scope',
    );
    assert.match(error.next ?? "", /ClusterRole:\n- apiGroups: \[""\]/);
  });

  const told: readonly (readonly [number, string, RegExp])[] = [
    [401, "Unauthorized", /expired/],
    [
      403,
      'pods "a" is forbidden: exceeded quota: q, requested: limits.memory=1Gi',
      /ResourceQuota/,
    ],
    [403, 'pods "a" is forbidden: violates PodSecurity "restricted:latest": …', /pod security/],
    [400, 'admission webhook "policy.example" denied the request: no', /policy of the cluster/],
    [404, 'namespaces "shop" not found', /not there/],
    [422, "Job.batch is invalid: spec.x", /override/],
    [503, "etcdserver: leader changed", /overloaded/],
  ];
  for (const [code, message, likely] of told) {
    it(`tells what ${String(code)} "${message.slice(0, 40)}" is likely to mean`, () => {
      const error = refusal(code, message);
      assert.match(error.likely ?? "", likely);
      assert.equal(error.seen, message);
      assert.ok(isStatus(error, code));
      assert.equal(apiStatus(error)?.message, message);
    });
  }
});

describe("accessError", () => {
  const fault = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

  it("tells a certificate that does not fit from a server that is away", () => {
    const tls = accessError(fault("DEPTH_ZERO_SELF_SIGNED_CERT"), attempt);
    assert.ok(tls instanceof LockstepError && /authority/.test(tls.likely ?? ""));
    const away = accessError(fault("ECONNREFUSED"), attempt);
    assert.ok(away instanceof LockstepError && /cannot be reached/.test(away.message));
  });

  it("tells a login program that is not installed", () => {
    const error = accessError(fault("ENOENT"), attempt);
    assert.ok(error instanceof LockstepError && /login program/.test(error.likely ?? ""));
  });

  it("leaves the caller's own abort as it is", () => {
    const abort = new DOMException("stop", "AbortError");
    assert.equal(accessError(abort, attempt), abort);
    const own = new LockstepError("INTERRUPTED", "stop");
    assert.equal(accessError(own, attempt), own);
  });
});
