// A PostgreSQL server in a test's namespace, asked through the API server's port forwarding.
import { close, connectWhenReady } from "../../engine/drivers/postgres/connect.ts";
import { silent } from "../../engine/events.ts";
import type { Cluster } from "../../engine/kubernetes/client.ts";
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

/** Starts the server; the first query waits for it. */
export async function startDatabasePod(cluster: Cluster, image: string): Promise<void> {
  const env = { POSTGRES_USER: "app", POSTGRES_PASSWORD: PASSWORD, PGDATA: "/data/pg" };
  const mounts = { data: "/data", tmp: "/tmp", run: "/var/run/postgresql" };
  const pod = {
    metadata: { name: "database", labels: { role: "database" } },
    spec: {
      securityContext: { fsGroup: 999 },
      containers: [
        {
          name: "postgres",
          image,
          imagePullPolicy: "IfNotPresent",
          env: Object.entries(env).map(([name, value]) => ({ name, value })),
          ports: [{ containerPort: 5432 }],
          readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
          securityContext: SECURITY,
          volumeMounts: Object.entries(mounts).map(([name, mountPath]) => ({ name, mountPath })),
        },
      ],
      volumes: Object.keys(mounts).map((name) => ({ name, emptyDir: {} })),
    },
  };
  const service = {
    metadata: { name: "database" },
    spec: { selector: { role: "database" }, ports: [{ port: 5432 }] },
  };
  const base = `/api/v1/namespaces/${cluster.namespace}`;
  const doing = "start the database";
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
