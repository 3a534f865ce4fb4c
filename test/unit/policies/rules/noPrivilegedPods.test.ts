import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { noPrivilegedPods } from "../../../../policies/rules/noPrivilegedPods.ts";
import { deployment, judge, step } from "../judge.ts";

const said = (spec: Readonly<Record<string, unknown>>) =>
  judge(noPrivilegedPods, [deployment(spec)])[0]!;
const withContext = (securityContext: object) =>
  said({ containers: [{ name: "a", securityContext }] });

describe("policy no-privileged-pods", () => {
  it("passes a pod that asks for nothing", () => {
    const securityContext = {
      runAsNonRoot: true,
      runAsUser: 999,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
      seccompProfile: { type: "RuntimeDefault" },
    };
    const ports = [{ containerPort: 8080 }];
    const volumes = [{ name: "tmp", emptyDir: {} }];
    assert.deepEqual(
      said({ securityContext, volumes, containers: [{ securityContext, ports }] }),
      [],
    );
  });

  it("refuses what gives a pod the node", () => {
    const faults = said({
      hostNetwork: true,
      hostPID: true,
      hostIPC: true,
      volumes: [{ name: "root", hostPath: { path: "/" } }],
      containers: [{ name: "a", ports: [{ hostPort: 80 }] }],
    });
    const words = ["hostNetwork", "hostPID", "hostIPC", "hostPath root", "hostPort"];
    assert.deepEqual(
      words.map((word) => faults.some((fault) => fault.includes(word))),
      words.map(() => true),
    );
  });

  it("refuses what gives a container more rights, by its name", () => {
    assert.deepEqual(withContext({ privileged: true }), [
      'The container "a" of the pod template is privileged.',
    ]);
    assert.match(withContext({ allowPrivilegeEscalation: true }).join(), /escalation/);
    assert.match(
      withContext({ capabilities: { add: ["CHOWN", "SYS_ADMIN"] } }).join(),
      / SYS_ADMIN\./,
    );
    assert.match(withContext({ runAsUser: 0 }).join(), /root/);
    assert.match(withContext({ runAsNonRoot: false }).join(), /root/);
    assert.match(withContext({ seccompProfile: { type: "Unconfined" } }).join(), /seccomp/);
  });

  it("looks at overrides of a step's Job and at init containers", () => {
    const initContainers = [{ name: "setup", securityContext: { privileged: true } }];
    const executor = { kind: "kubernetes", podTemplate: { spec: { initContainers } } };
    assert.deepEqual(judge(noPrivilegedPods, [step({ executor })]), [
      ['The container "setup" of the executor.podTemplate is privileged.'],
    ]);
  });
});
