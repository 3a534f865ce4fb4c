// DatabaseSecret: the Secret of a cluster that holds the database's URL, made once or somebody else's.
import { randomBytes } from "node:crypto";
import { parseUrl } from "../../engine/drivers/postgres/target.ts";
import { LockstepError } from "../../engine/errors/lockstepError.ts";
import { openCluster } from "../../engine/kubernetes/client.ts";
import { deleteSecret, ensureSecret, readSecret } from "../../engine/kubernetes/secrets.ts";
import type { ResourceKind } from "../resource.ts";
import type { DatabaseSecretInputs, DatabaseSecretOutputs } from "../schema.ts";

/** Bytes of a new password: 192 bits, 32 characters that a URL takes as they are. */
const PASSWORD_BYTES = 24;

/** sslmode values that refuse a connection without TLS. */
const TLS_MODES = ["require", "verify-ca", "verify-full"];

/** The resource kind behind `lockstep:index:DatabaseSecret`. */
export const databaseSecret: ResourceKind<DatabaseSecretInputs, DatabaseSecretOutputs> = {
  secrets: ["url", "directUrl"],

  async check(inputs) {
    // Somebody else's must be there already, which a preview can tell.
    if (inputs.server === undefined) await readUrls(inputs);
    return { inputs, failures: [] };
  },

  async isChanged(saved, inputs) {
    const same = saved.name === inputs.name && saved.key === inputs.key;
    if (!same || saved.directKey !== inputs.directKey) return true;
    if (saved.cluster.namespace !== inputs.cluster.namespace) return true;
    const { key, directKey } = inputs;
    const data = await readSecret(await openCluster(inputs.cluster), inputs.name);
    if (data?.[key] !== saved.url) return true;
    return directKey !== undefined && data[directKey] !== saved.directUrl;
  },

  async apply(inputs, { report }, saved) {
    const urls =
      inputs.server === undefined ? await readUrls(inputs) : { url: await makeUrl(inputs, saved) };
    const { name, cluster } = inputs;
    report("info", `Secret ${name} in namespace ${cluster.namespace} has the database's URL`);
    return { id: `${cluster.namespace}/${name}`, outputs: { ...inputs, ...urls } };
  },

  async remove({ server, name, cluster }) {
    if (server !== undefined) await deleteSecret(await openCluster(cluster), name);
  },
};

/** Somebody else's: the app's URL, and the server's own where that is another one. */
async function readUrls(
  inputs: DatabaseSecretInputs,
): Promise<Pick<DatabaseSecretOutputs, "url" | "directUrl">> {
  const { cluster, name, key, directKey } = inputs;
  const data = await readSecret(await openCluster(cluster), name);
  const url = ensureUrl(inputs, key, data);
  if (directKey === undefined) return { url };
  const directUrl = ensureUrl(inputs, directKey, data);
  const [app, own] = [parseUrl(url, key), parseUrl(directUrl, directKey)];
  if (app.database === own.database) return { url, directUrl };
  throw new LockstepError("CONFIG", "The pooler's URL and the server's own name two databases", {
    where: `keys ${key} and ${directKey} of Secret ${name} in namespace ${cluster.namespace}`,
    seen: `${app.display} and ${own.display}`,
    likely: "lockstep:database.secret.directKey is the key of another database's URL",
    next: `kubectl get secret -n ${cluster.namespace} ${name}, then lockstep:database.secret`,
  });
}

function ensureUrl(
  { cluster, name, requireTls }: DatabaseSecretInputs,
  key: string,
  data: Readonly<Record<string, string>> | undefined,
): string {
  const where = `key ${key} of Secret ${name} in namespace ${cluster.namespace}`;
  const url = data?.[key];
  if (url === undefined) {
    throw new LockstepError("CONFIG", "The database's URL is not where the config says", {
      where,
      seen: data ? `it has only ${Object.keys(data).join(", ")}` : "there is no such Secret",
      next: `kubectl get secret -n ${cluster.namespace}, then lockstep:database.secret`,
    });
  }
  const target = parseUrl(url, where);
  const mode = new URL(url).searchParams.get("sslmode");
  if (requireTls && !TLS_MODES.includes(mode ?? "")) {
    throw new LockstepError("CONFIG", "prod requires TLS to its database", {
      where,
      seen: `${target.display}, ${mode === null ? "no sslmode" : `sslmode=${mode}`}`,
      next: "put ?sslmode=require, or better verify-full, at the end of the URL in the Secret",
    });
  }
  return url;
}

/** The volume knows one password only: one that is there, or that the state remembers, is never replaced. */
async function makeUrl(
  inputs: DatabaseSecretInputs,
  saved: DatabaseSecretOutputs | undefined,
): Promise<string> {
  const { cluster, name, key, server } = inputs;
  if (server === undefined) throw new TypeError("a Secret is made for a server");
  const { host, port, user, database, labels } = server;
  const remembered = saved?.name === name ? decodeURIComponent(new URL(saved.url).password) : "";
  const password = remembered || randomBytes(PASSWORD_BYTES).toString("base64url");
  const url = `postgres://${user}:${encodeURIComponent(password)}@${host}:${String(port)}/${database}`;
  const data = {
    [key]: url,
    POSTGRES_USER: user,
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: database,
  };
  const found = await ensureSecret(await openCluster(cluster), { name, labels, data });
  const missing = Object.keys(data).filter((member) => found[member] === undefined);
  if (missing.length === 0) return found[key] ?? url;
  throw new LockstepError("CONFIG", `Secret ${name} is there, but is not one of lockstep's`, {
    where: `namespace ${cluster.namespace}`,
    seen: `it lacks ${missing.join(", ")}`,
    next: "choose other names with lockstep:kubernetes.name, or name the database by lockstep:database.secret",
  });
}
