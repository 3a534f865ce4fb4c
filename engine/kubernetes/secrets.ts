// Secrets of a cluster: read, made where there is none, deleted.
import type { Cluster } from "./client.ts";
import { isStatus } from "./clusterError.ts";

/** A Secret's members, decoded. */
export type SecretData = Readonly<Record<string, string>>;

/** A Secret to make. */
export interface NewSecret {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly data: SecretData;
}

interface SecretObject {
  readonly data?: Readonly<Record<string, string>>;
}

/**
 * The members of Secret `name`; undefined where there is none.
 * @throws LockstepError CLUSTER
 */
export async function readSecret(cluster: Cluster, name: string): Promise<SecretData | undefined> {
  try {
    const doing = `read the Secret ${name}`;
    return decode(await cluster.request<SecretObject>("GET", pathOf(cluster, name), { doing }));
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/**
 * Makes a Secret unless there is one of that name, and returns what it holds in the end: of two that try at the
 * same time, both get the first one's.
 * @throws LockstepError CLUSTER
 */
export async function ensureSecret(cluster: Cluster, secret: NewSecret): Promise<SecretData> {
  const { name, labels, data } = secret;
  const found = await readSecret(cluster, name);
  if (found) return found;
  const body = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, labels: { ...labels, "app.kubernetes.io/managed-by": "lockstep" } },
    stringData: data,
  };
  const path = `/api/v1/namespaces/${cluster.namespace}/secrets`;
  try {
    const options = { body, doing: `create the Secret ${name}` };
    return decode(await cluster.request<SecretObject>("POST", path, options));
  } catch (error) {
    const first = isStatus(error, 409) ? await readSecret(cluster, name) : undefined;
    if (first) return first;
    throw error;
  }
}

/**
 * Makes a Secret, or gives the one of that name these members: what somebody else put beside them stays.
 * @throws LockstepError CLUSTER
 */
export async function writeSecret(cluster: Cluster, secret: NewSecret): Promise<void> {
  const { name, labels, data } = secret;
  const encoded = Object.entries(data).map(([key, value]) => [
    key,
    Buffer.from(value, "utf8").toString("base64"),
  ]);
  await cluster.request("PATCH", pathOf(cluster, name), {
    query: { fieldManager: "lockstep-login", force: true },
    contentType: "application/apply-patch+yaml",
    // JSON is YAML.
    body: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, labels: { ...labels, "app.kubernetes.io/managed-by": "lockstep" } },
      data: Object.fromEntries(encoded) as Record<string, string>,
    },
    doing: `write the Secret ${name}`,
  });
}

/**
 * Deletes Secret `name`; one that is gone is fine.
 * @throws LockstepError CLUSTER
 */
export async function deleteSecret(cluster: Cluster, name: string): Promise<void> {
  try {
    const doing = `delete the Secret ${name}`;
    await cluster.request("DELETE", pathOf(cluster, name), { doing });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

function pathOf({ namespace }: Cluster, name: string): string {
  return `/api/v1/namespaces/${namespace}/secrets/${encodeURIComponent(name)}`;
}

function decode({ data = {} }: SecretObject): SecretData {
  const entries = Object.entries(data).map(([key, value]) => [
    key,
    Buffer.from(value, "base64").toString("utf8"),
  ]);
  return Object.fromEntries(entries) as SecretData;
}
