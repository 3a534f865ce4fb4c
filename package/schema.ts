// The package's schema in Pulumi's form: what `pulumi package add` makes SDKs of other languages from.

/** The component's type token. */
export const RELEASE_TOKEN = "lockstep:index:Release";

interface Property {
  readonly type?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly secret?: boolean;
  readonly [more: string]: unknown;
}

const text = (description?: string): Property => ({
  type: "string",
  ...(description && { description }),
});
const secretText = (description: string): Property => ({ ...text(description), secret: true });
const whole: Property = { type: "integer" };
const list: Property = { type: "array", items: { type: "string" } };
const map: Property = { type: "object", additionalProperties: { type: "string" } };
const any: Property = { $ref: "pulumi.json#/Any" };
const block = (name: string): Property => ({ $ref: `#/types/lockstep:index:${name}` });
const type = (properties: Readonly<Record<string, Property>>) => ({ type: "object", properties });

const types = {
  Database: type({
    url: secretText("An existing database."),
    directUrl: secretText("The server's own address, where url is a pooler's."),
    embedded: block("EmbeddedDatabase"),
    secret: block("SecretKey"),
  }),
  EmbeddedDatabase: type({ port: whole }),
  SecretKey: type({ name: text(), key: text(), directKey: text() }),
  App: type({
    dir: text("The app's folder, on platform local."),
    files: list,
    image: text("The app's image, on platform kubernetes."),
    command: list,
    port: whole,
    healthPath: text(),
    metricsPath: text(),
    env: map,
    secretEnv: { ...map, secret: true },
    startTimeout: text(),
  }),
  Gate: type({
    interval: text(),
    watch: text(),
    errorRate: text(),
    failures: whole,
    minRequests: whole,
    probesPerSecond: whole,
    probePaths: list,
    warmUp: text(),
    p50: text(),
    p95: text(),
    p99: text(),
    cpu: any,
    memory: text(),
    connections: text(),
    databaseErrors: whole,
    baseline: text("off, show or compare."),
    baselineFactor: any,
    source: text("metrics, promql, json or probes."),
    requestMetric: text(),
    latencyMetric: text(),
    promql: block("Promql"),
    json: block("JsonCounters"),
  }),
  Promql: type({ url: text(), selector: text() }),
  JsonCounters: type({
    path: text(),
    total: text(),
    failed: text(),
    startedAt: text(),
    p50: text(),
    p95: text(),
    p99: text(),
  }),
  Wait: type({ attempts: whole, interval: text() }),
  Lock: type({ budget: text(), cancelIdle: text() }),
  Lease: type({ wait: text(), leftovers: text() }),
  Backfill: type({ target: text(), maxReplicaLag: text(), maxActive: whole }),
  Lint: type({ rules: any }),
  Replicas: type({ urls: list, timeout: text() }),
  Drain: type({ quiet: text(), timeout: text(), allowed: list, fence: text() }),
  Backup: type({
    maxAge: text(),
    before: list,
    keep: block("BackupKeep"),
    checksums: text("all, none, or the size of a table."),
    proof: text("restore, objects or provider."),
    snapshot: list,
    drillMaxAge: text(),
    proofUrl: secretText("The server that proofs restore on."),
    proofOnTarget: any,
    key: secretText("Encrypts the backups' files."),
    bucket: text(),
    endpoint: text(),
    region: text(),
    accessKey: secretText("The id of the bucket's access key."),
    secretKey: secretText("The secret of that access key."),
  }),
  BackupKeep: type({ count: whole, days: whole, contractDays: whole }),
  Drift: type({ found: text(), ignore: list }),
  Rehearsal: type({
    required: any,
    url: secretText("The server that rehearsals run on."),
  }),
  Soak: type({
    from: text("From this level of risk on: low, medium, high, very high or none."),
    time: text("For how long: 7d."),
  }),
  Risk: type({
    mode: text("auto, manual or skip."),
    review: text(),
    approve: text(),
    adviseBackup: text(),
    backup: text(),
    estimate: block("RiskEstimate"),
  }),
  RiskEstimate: type({ scan: text(), build: text(), rewrite: text(), rows: whole }),
  Maintenance: type({ during: text("high, very high or none."), keepOnFailure: any, wait: text() }),
  Sync: type({ schema: text() }),
  Approval: type({
    through: text(),
    digest: text(),
    by: text(),
    at: text(),
    expires: text(),
    reason: text(),
    fingerprint: any,
  }),
  ExpandApproval: type({
    through: text(),
    digest: text(),
    by: text(),
    at: text(),
    expires: text(),
    reason: text(),
  }),
};

const inputProperties: Readonly<Record<string, Property>> = {
  release: text("What people call the release."),
  target: any,
  environment: text("dev, staging or prod."),
  promoteFrom: text("The stack that must have verified a release first, or none."),
  platform: text("local or kubernetes."),
  database: block("Database"),
  migrations: any,
  app: block("App"),
  kubernetes: any,
  gate: block("Gate"),
  wait: block("Wait"),
  lock: block("Lock"),
  lease: block("Lease"),
  backfill: block("Backfill"),
  lint: block("Lint"),
  replicas: block("Replicas"),
  drain: block("Drain"),
  backup: block("Backup"),
  drift: block("Drift"),
  rehearsal: block("Rehearsal"),
  sync: block("Sync"),
  notices: {
    ...any,
    secret: true,
    description: "Webhooks; leave it to the stack's config, which encrypts them.",
  },
  risk: block("Risk"),
  soak: block("Soak"),
  maintenance: block("Maintenance"),
  approval: block("Approval"),
  planDigest: text("The digest of the plan that was previewed: up runs no other."),
  expandApproval: block("ExpandApproval"),
  allowRetry: text("label#n: tries the release that was rolled back n times once more."),
};

/** https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/ */
export const packageSchema = {
  name: "lockstep",
  version: "0.1.0",
  description: "A database change and the app that needs it, as one release.",
  license: "Apache-2.0",
  types: Object.fromEntries(
    Object.entries(types).map(([name, one]) => [`lockstep:index:${name}`, one] as const),
  ),
  resources: {
    [RELEASE_TOKEN]: {
      isComponent: true,
      description:
        "A schema change and the app that needs it, as one. Every argument is a key of a stack's config under `lockstep:` and stands in its place.",
      inputProperties,
      requiredInputs: [],
      properties: {
        releaseId: text("What the app is told it is."),
        url: text("Where the app answers."),
        databaseUrl: secretText("For psql and the lockstep command."),
        waiting: { ...any, description: "Contract files that wait, and the command that helps." },
        promotion: { ...any, description: "What the stack after this one may take." },
        taken: { ...list, description: "What this stack took from the one before." },
      },
      required: ["releaseId", "url", "databaseUrl", "waiting", "promotion", "taken"],
    },
  },
  language: {
    nodejs: { respectSchemaVersion: true },
    python: { pyproject: { enabled: true }, respectSchemaVersion: true },
  },
};
