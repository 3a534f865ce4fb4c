// What tests of steps in Jobs have in a cluster: a database, migrations in a ConfigMap, and what the runs said.
import { randomBytes } from "node:crypto";
import { before, beforeEach } from "mocha";
import { create } from "tar";
import type { StepEvent } from "../../engine/events.ts";
import type { JobPlace } from "../../engine/executors/kubernetes/jobPlace.ts";
import { jobsPath } from "../../engine/executors/kubernetes/jobs.ts";
import {
  runInCluster,
  type ClusterOptions,
} from "../../engine/executors/kubernetes/runInCluster.ts";
import type { StepSpec } from "../../engine/executors/runStep.ts";
import { openCluster, type Cluster } from "../../engine/kubernetes/client.ts";
import type { ApiList, Job } from "../../engine/kubernetes/objects.ts";
import type { Pod } from "../../engine/kubernetes/pods.ts";
import { writeMigrations } from "../integration/cli/lockstepCommand.ts";
import { testCluster, useNamespace } from "../support/cluster.ts";
import { eventually } from "../support/eventually.ts";
import { makeTempDir } from "../support/tempDir.ts";
import { makeAccount } from "./account.ts";
import { databaseUrl, queryPod, startDatabasePod, type TestDatabase } from "./databasePod.ts";

/** What a test changes of a run. */
export interface RunOptions {
  readonly place?: Partial<JobPlace>;
  readonly spec?: Partial<StepSpec>;
  readonly signal?: AbortSignal;
  readonly startLimitMs?: number;
}

/** An advisory lock that a migration waits for, so that a test can act in the midst of it. */
const GATE = 4712;
/** A migration that makes one table, waits for the gate, and makes another. */
export const WAITS = `create table things (); select pg_advisory_xact_lock(${String(GATE)}); create table others ();`;

/** One test's stack in the shared namespace, with a database of its own. */
export class JobsWorld {
  readonly stack: string;
  readonly cluster: Cluster;
  readonly database: TestDatabase;
  /** What the runs said, in order. */
  readonly said: string[] = [];
  readonly #place: JobPlace;

  constructor(stack: string, cluster: Cluster, use: { place: JobPlace; database: TestDatabase }) {
    this.stack = stack;
    this.cluster = cluster;
    this.#place = use.place;
    this.database = use.database;
  }

  get place(): JobPlace {
    return this.#place;
  }

  spec(more: Partial<StepSpec> = {}): StepSpec {
    return {
      step: "expand",
      release: { digest: "d".repeat(64), label: "1.0", project: "shop", stack: this.stack },
      migrations: { dir: "migrations" },
      settings: {
        wait: { attempts: 10, intervalMs: 500 },
        leaseWaitMs: 60_000,
        lockBudgetMs: 10_000,
        backupMaxAgeMs: 60_000,
        allowedApplications: [],
      },
      ...more,
    };
  }

  run({ place, spec, signal, ...more }: RunOptions = {}) {
    const options: ClusterOptions = {
      place: { ...this.#place, ...place },
      sink: (event: StepEvent) => this.said.push(event.message),
      signal: signal ?? new AbortController().signal,
      ...more,
    };
    return runInCluster(this.spec(spec), options);
  }

  /** Writes the ConfigMap that this test's Jobs mount. */
  async writeFiles(files: Readonly<Record<string, string>>): Promise<void> {
    const dir = await makeTempDir("archive");
    await writeMigrations(dir, files);
    const archive = create({ gzip: true, cwd: `${dir}/migrations` }, ["."]);
    const parts: Buffer[] = [];
    for await (const part of archive) parts.push(part);
    await this.send("POST", this.core("configmaps"), {
      metadata: { name: this.#place.migrationsConfigMap },
      binaryData: { "migrations.tar.gz": Buffer.concat(parts).toString("base64") },
    });
  }

  async replaceFiles(files: Readonly<Record<string, string>>): Promise<void> {
    const { migrationsConfigMap = "" } = this.#place;
    await this.send("DELETE", `${this.core("configmaps")}/${migrationsConfigMap}`);
    await this.writeFiles(files);
  }

  query(sql: string) {
    return queryPod(this.database, sql);
  }

  async tables(): Promise<readonly unknown[]> {
    const rows = await this.query(
      "select tablename from pg_tables where schemaname = 'public' order by 1",
    );
    return rows.map(({ tablename }) => tablename);
  }

  /** Runs `body` while a migration that WAITS cannot go on; it can after that. */
  async whileGateIsShut<T>(body: () => Promise<T>): Promise<T> {
    const { targetOf } = await import("../../provider/ledgerLook.ts");
    const { withConnection } = await import("../../engine/drivers/postgres/connect.ts");
    const { url, route } = this.database;
    return withConnection(
      targetOf(url, route),
      { applicationName: "lockstep:test" },
      async (client) => {
        await client.query("select pg_advisory_lock($1)", [GATE]);
        return body();
      },
    );
  }

  async untilItWaits(): Promise<void> {
    await eventually("the migration waits for the gate", async () => {
      const rows = await this.query(
        `select from pg_locks where locktype = 'advisory' and objid = ${String(GATE)} and not granted`,
      );
      return rows.length === 1;
    });
  }

  async jobs(): Promise<readonly Job[]> {
    const list = await this.send<ApiList<Job>>(
      "GET",
      `${jobsPath(this.cluster)}?labelSelector=lockstep.dev/stack=${this.stack}`,
    );
    return list.items;
  }

  async jobNames(): Promise<readonly string[]> {
    return (await this.jobs()).map(({ metadata }) => metadata.name).sort();
  }

  async pod(): Promise<Pod> {
    const selector = `labelSelector=lockstep.dev/stack=${this.stack}`;
    const list = await this.send<ApiList<Pod>>("GET", `${this.core("pods")}?${selector}`);
    return list.items.at(-1)!;
  }

  /** A place as an account with these rights in the namespace reaches it. */
  async accountWith(rules: readonly unknown[]): Promise<Pick<JobPlace, "cluster">> {
    const kubeconfig = await makeAccount(this.cluster, rules);
    return { cluster: { kubeconfig, namespace: this.cluster.namespace } };
  }

  core(resource: string): string {
    return `/api/v1/namespaces/${this.cluster.namespace}/${resource}`;
  }

  send<T>(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<T> {
    const url = new URL(path, "http://x");
    const query = Object.fromEntries(url.searchParams);
    return this.cluster.request<T>(method, url.pathname, {
      body,
      query,
      doing: `${method} ${path}`,
    });
  }
}

/** Call it in a `describe`: a namespace with a database server, and for each test a stack with its own database. */
export function useJobsWorld(prefix: string): () => JobsWorld {
  const namespace = useNamespace(prefix);
  let cluster: Cluster;
  let where: TestDatabase["route"]["cluster"];
  let base: Omit<JobPlace, "databaseSecret" | "migrationsConfigMap">;
  let world: JobsWorld;
  before(async () => {
    const { kubeconfig, images } = await testCluster();
    where = { kubeconfig, namespace: namespace.name };
    cluster = await openCluster(where);
    base = {
      cluster: where,
      image: images.runner,
      imagePullSecrets: [],
      resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "512Mi" } },
      deadlineMs: 120_000,
      keepReleases: 3,
    };
    await startDatabasePod(cluster, images.postgres);
  });
  beforeEach(async () => {
    const stack = `t${randomBytes(3).toString("hex")}`;
    const route = { cluster: where, podLabels: { role: "database" }, port: 5432 };
    const server = { url: databaseUrl(namespace.name, "postgres"), route };
    await queryPod(server, `create database ${stack}`);
    const database = { url: databaseUrl(namespace.name, stack), route };
    world = new JobsWorld(stack, cluster, {
      database,
      place: {
        ...base,
        databaseSecret: { name: stack, key: "url" },
        migrationsConfigMap: stack,
      },
    });
    await world.send("POST", world.core("secrets"), {
      metadata: { name: stack },
      stringData: { url: database.url },
    });
  });
  return () => world;
}
