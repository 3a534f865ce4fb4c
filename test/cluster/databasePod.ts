// A PostgreSQL server in a test's namespace, asked through the API server's port forwarding.
import { close, connectWhenReady } from "../../engine/drivers/postgres/connect.ts";
import { silent } from "../../engine/events.ts";
import { openCluster, type Cluster } from "../../engine/kubernetes/client.ts";
import { targetOf } from "../../provider/ledgerLook.ts";
import type { DatabaseRoute } from "../../provider/schema.ts";

/** Fits the pod security standard `restricted`. */
export const SECURITY = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  seccompProfile: { type: "RuntimeDefault" },
  capabilities: { drop: ["ALL"] },
};
const PASSWORD = "hunter2";

/** Where the server's files lie in its pod. */
const DATA = "/data/pg";

/** A pod with PostgreSQL, and the Service of the same name. */
interface ServerPod {
  readonly name: string;
  readonly image: string;
  readonly env: Readonly<Record<string, string>>;
  /** In place of the image's own. */
  readonly command?: readonly string[];
}

/** Starts the server; the first query waits for it. */
export async function startDatabasePod(cluster: Cluster, image: string): Promise<void> {
  const env = { POSTGRES_USER: "app", POSTGRES_PASSWORD: PASSWORD, PGDATA: DATA };
  await startServer(cluster, { name: "database", image, env });
}

/** Starts a standby of that server, called `standby`, which streams from it; the first query waits for it. */
export async function startStandbyPod(server: TestDatabase, image: string): Promise<void> {
  const lines = ["local all all trust", "host all,replication all all scram-sha-256"];
  const values = lines.map((line) => `('${line}')`).join(", ");
  await queryPod(server, `copy (values ${values}) to '${DATA}/pg_hba.conf'`);
  await queryPod(server, "select pg_reload_conf()");
  const { cluster } = server.route;
  const primary = new URL(server.url);
  const copy = `pg_basebackup -h "$PGHOST" -U app -D ${DATA} -c fast && touch ${DATA}/standby.signal`;
  const settings = [
    "listen_addresses=*",
    "unix_socket_directories=/var/run/postgresql",
    // By hand: of the image's two client libraries the server loads the older one, which does not know all that -R writes.
    `primary_conninfo=host=${primary.hostname} user=app application_name=standby`,
  ];
  const serve = `exec postgres -D ${DATA} ${settings.map((one) => `-c '${one}'`).join(" ")}`;
  await startServer(await openCluster(cluster), {
    name: "standby",
    image,
    env: { PGHOST: primary.hostname, PGPASSWORD: primary.password },
    command: ["sh", "-c", `umask 077; ${copy} && ${serve}`],
  });
}

async function startServer(
  cluster: Cluster,
  { name, image, env, command }: ServerPod,
): Promise<void> {
  const mounts = { data: "/data", tmp: "/tmp", run: "/var/run/postgresql" };
  const pod = {
    metadata: { name, labels: { role: name } },
    spec: {
      securityContext: { fsGroup: 999 },
      containers: [
        {
          name: "postgres",
          image,
          imagePullPolicy: "IfNotPresent",
          ...(command && { command }),
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          ports: [{ containerPort: 5432 }],
          readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
          securityContext: SECURITY,
          volumeMounts: Object.entries(mounts).map(([volume, mountPath]) => ({
            name: volume,
            mountPath,
          })),
        },
      ],
      volumes: Object.keys(mounts).map((volume) => ({ name: volume, emptyDir: {} })),
    },
  };
  const service = {
    metadata: { name },
    spec: { selector: { role: name }, ports: [{ port: 5432 }] },
  };
  const base = `/api/v1/namespaces/${cluster.namespace}`;
  const doing = `start the server ${name}`;
  await cluster.request("POST", `${base}/pods`, { body: pod, doing });
  await cluster.request("POST", `${base}/services`, { body: service, doing });
}

/** The server's URL within the cluster. */
export function databaseUrl(namespace: string, database: string): string {
  return `postgresql://app:${PASSWORD}@database.${namespace}.svc:5432/${database}`;
}

/** One database of the server, as a test asks it. */
export interface TestDatabase {
  readonly url: string;
  readonly route: DatabaseRoute;
}

/** The rows of a query. */
export async function queryPod(
  { url, route }: TestDatabase,
  sql: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = await connectWhenReady(targetOf(url, route), {
    applicationName: "lockstep:test",
    ...{ attempts: 60, intervalMs: 1_000, report: silent },
  });
  try {
    return (await client.query<Readonly<Record<string, unknown>>>(sql)).rows;
  } finally {
    await close(client);
  }
}
