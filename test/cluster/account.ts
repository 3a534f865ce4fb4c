// An account of its own in a test's namespace, with no more rights than a test gives it.
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import type { Cluster } from "../../engine/kubernetes/client.ts";
import { makeTempDir } from "../support/tempDir.ts";

/** rbac/v1 PolicyRule. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules of the Role that docs/ gives for the account that runs Pulumi. */
export async function documentedRules(): Promise<readonly Rule[]> {
  const file = new URL("../../docs/kubernetes-rbac.yaml", import.meta.url);
  const [role] = parseAllDocuments(await readFile(file, "utf8"));
  return (role?.toJS() as { readonly rules: readonly Rule[] }).rules;
}

/** Makes an account with these rights in the cluster's namespace. @returns the path of its kubeconfig. */
export async function makeAccount(cluster: Cluster, rules: readonly unknown[]): Promise<string> {
  const { namespace } = cluster;
  const name = `account-${randomBytes(3).toString("hex")}`;
  const metadata = { name };
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  const roles = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const post = <T>(path: string, body: unknown) =>
    cluster.request<T>("POST", path, { body, doing: `make ${path}` });
  await post(accounts, { metadata });
  await post(`${roles}/roles`, { metadata, rules });
  await post(`${roles}/rolebindings`, {
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  });
  const { status } = await post<{ readonly status: { readonly token: string } }>(
    `${accounts}/${name}/token`,
    { spec: { expirationSeconds: 600 } },
  );
  const own = new KubeConfig();
  own.loadFromClusterAndUser(cluster.config.getCurrentCluster()!, { name, token: status.token });
  const kubeconfig = `${await makeTempDir("account")}/kubeconfig`;
  await writeFile(kubeconfig, own.exportConfig(), { mode: 0o600 });
  return kubeconfig;
}
