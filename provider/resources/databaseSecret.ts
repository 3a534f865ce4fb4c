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
  secrets: ["url"],

  async check(inputs) {
    // Somebody else's must be there already, which a preview can tell.
    if (inputs.server === undefined) await readUrl(inputs);
    return { inputs, failures: [] };
  },

  async isChanged(saved, inputs) {
    const same = saved.name === inputs.name && saved.key === inputs.key;
    if (!same || saved.cluster.namespace !== inputs.cluster.namespace) return true;
    return (await findUrl(inputs)) !== saved.url;
  },

  async apply(inputs, { report }, saved) {
    const url = inputs.server === undefined ? await readUrl(inputs) : await makeUrl(inputs, saved);
    const { name, cluster } = inputs;
    report("info", `Secret ${name} in namespace ${cluster.namespace} has the database's URL`);
    return { id: `${cluster.namespace}/${name}`, outputs: { ...inputs, url } };
  },

  async remove({ server, name, cluster }) {
    if (server !== undefined) await deleteSecret(await openCluster(cluster), name);
  },
};

async function findUrl({ cluster, name, key }: DatabaseSecretInputs): Promise<string | undefined> {
  const data = await readSecret(await openCluster(cluster), name);
  return data?.[key];
}

async function readUrl(inputs: DatabaseSecretInputs): Promise<string> {
  const { cluster, name, key, requireTls } = inputs;
  const where = `key ${key} of Secret ${name} in namespace ${cluster.namespace}`;
  const data = await readSecret(await openCluster(cluster), name);
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
