// The form of a stack's config: every key under `lockstep:`, what belongs there and nothing else.
import { z } from "zod";
import { PROOF_KINDS } from "../engine/backup/proofWish.ts";
import { isBucketPlace } from "../engine/backup/store.ts";
import { LEFTOVERS } from "../engine/lease/leftoversChoice.ts";
import { LEVELS } from "../engine/lint/rules/rule.ts";
import { MAINTENANCE_BOUNDS } from "../engine/maintenance/policy.ts";
import { NOTICE_FORMS, NOTICE_KINDS } from "../engine/notices/notice.ts";
import { RISK_BOUNDS, RISK_MODES } from "../engine/plan/riskPolicy.ts";
import { MIGRATION_NUMBER } from "../engine/sources/findNumber.ts";
import { FORMATS } from "../engine/sources/migration.ts";
import { BYTES_FORM } from "./amounts.ts";
import { ENVIRONMENTS } from "./environment.ts";
import { gateSchema, readBytes } from "./gateSchema.ts";
import { image, kubernetesSchema, secretKeys } from "./kubernetesSchema.ts";
import {
  asText,
  duration,
  innerPath,
  leaf,
  listOf,
  oneOf,
  period,
  relativePath,
  text,
  timestamp,
  urlPath,
  wholeNumber,
  yesOrNo,
} from "./leaves.ts";

/** Where a stack may run. */
const PLATFORMS = ["local", "kubernetes"] as const;

/** Labels go into ids, file names and `application_name`: no blanks, not long. */
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$/;
/** What Pulumi allows in the name of a stack, and the full form of it. */
const STACK_NAME = /^[\w.-]+(\/[\w.-]+\/[\w.-]+)?$/;

const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: `expected a block with ${Object.keys(shape).join(", ")}` });
const migrationNumber = () => text('a migration\'s number, such as "05"', MIGRATION_NUMBER);
const textMap = (expected: string) =>
  z.record(z.string(), text(expected, /^/), { error: expected });

const environmentVariables = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), text("a text", /^/), {
    error: "expected names of environment variables, each with a text",
  })
  .readonly();

/** Values go into SQL texts as they are, so a line break would move every line number behind it. */
const placeholders = z
  .record(z.string().regex(/^[A-Za-z_][\w.:-]*$/), text("a text in one line", /^[^\r\n]*$/), {
    error: "expected names of placeholders, each with a text",
  })
  .readonly();

/** YAML of old takes a bare `off` for false. */
const ruleLevel = leaf(`one of ${LEVELS.join(", ")}`, (value) =>
  LEVELS.find((level) => level === value || (level === "off" && value === false)),
);
const ruleLevels = z
  .record(z.string().regex(/^[a-z]+(-[a-z]+)+$/), ruleLevel, {
    error: "expected names of lint rules, each with a level",
  })
  .readonly();

function readEndpoint(value: unknown): string | undefined {
  const written = asText(value);
  if (written === undefined || !URL.canParse(written)) return undefined;
  const { protocol, username, password } = new URL(written);
  return /^https?:$/.test(protocol) && username + password === "" ? written : undefined;
}

/** What `lockstep approve` writes. */
const approval = {
  through: migrationNumber(),
  digest: text("what `lockstep approve` wrote: 64 hex digits", /^[0-9a-f]{64}$/),
  by: text("who approved"),
  at: timestamp(),
  expires: timestamp(),
  reason: text("a text", /^/).optional(),
};

/** Every key under `lockstep:`. Keys without `optional` are required. */
export const configSchema = z.strictObject({
  /** What people call the release. */
  release: text('the release\'s label, such as "1.1"', LABEL),
  /** The last migration of the release, or a map from release label to that number. */
  target: z
    .union([migrationNumber(), textMap("a migration's number")], {
      error: 'expected a migration\'s number, such as "05", or one for each release',
    })
    .optional(),
  environment: oneOf(ENVIRONMENTS).optional(),
  /** The stack before this one, or `none`. */
  promoteFrom: text("STACK or ORG/PROJECT/STACK, such as staging", STACK_NAME).optional(),
  platform: oneOf(PLATFORMS, "local or kubernetes (docker is not yet there)").optional(),
  database: object({
    url: text("postgres://USER:PASSWORD@HOST:PORT/DATABASE").optional(),
    /** The way past a pooler that `url` names. */
    directUrl: text("postgres://USER:PASSWORD@HOST:PORT/DATABASE").optional(),
    /** An existing Secret of the cluster, on kubernetes. */
    secret: secretKeys().optional(),
    embedded: object({ port: wholeNumber(1024, 65_535).optional() }).optional(),
  }).optional(),
  migrations: z
    .union([
      relativePath("the folder of the migrations"),
      object({
        dir: relativePath("the folder of the migrations").optional(),
        format: oneOf(FORMATS).optional(),
        placeholders: placeholders.optional(),
      }),
    ])
    .optional(),
  app: object({
    /** On local. */
    dir: relativePath("the app's folder").optional(),
    files: listOf(innerPath(), "a list of files and folders").optional(),
    /** On kubernetes, in place of `dir`. */
    image: image().optional(),
    /** Required on local; the image has its own. */
    command: listOf(text("a text", /^/), "a list: the program and its arguments")
      .refine((command) => command.length > 0, "expected a list: the program and its arguments")
      .optional(),
    port: wholeNumber(1, 65_535),
    healthPath: urlPath().optional(),
    metricsPath: urlPath().optional(),
    env: environmentVariables.optional(),
    secretEnv: environmentVariables.optional(),
    startTimeout: duration().optional(),
  }),
  kubernetes: kubernetesSchema.optional(),
  gate: gateSchema.optional(),
  wait: object({
    attempts: wholeNumber(1, 10_000).optional(),
    interval: duration().optional(),
  }).optional(),
  lock: object({ budget: duration().optional(), cancelIdle: duration().optional() }).optional(),
  lease: object({ wait: duration().optional(), leftovers: oneOf(LEFTOVERS).optional() }).optional(),
  backfill: object({
    target: duration().optional(),
    maxReplicaLag: duration().optional(),
    maxActive: wholeNumber(1, 100_000).optional(),
  }).optional(),
  lint: object({ rules: ruleLevels.optional() }).optional(),
  replicas: object({
    urls: listOf(text("a PostgreSQL URL"), "a list of PostgreSQL URLs").refine(
      (urls) => urls.length > 0,
      "expected a list of PostgreSQL URLs",
    ),
    timeout: duration().optional(),
  }).optional(),
  drain: object({
    quiet: duration().optional(),
    timeout: duration().optional(),
    /** LIKE patterns. */
    allowed: listOf(text("an application_name"), "a list of application_name values").optional(),
    /** A login for each release, or names even behind a pooler. */
    fence: oneOf(["role", "none"]).optional(),
  }).optional(),
  backup: object({
    maxAge: period().optional(),
    before: listOf(oneOf(["expand", "contract"]), "a list of stages").optional(),
    keep: object({
      count: wholeNumber(1, 10_000).optional(),
      days: wholeNumber(1, 10_000).optional(),
      contractDays: wholeNumber(0, 10_000).optional(),
    }).optional(),
    /** Of which tables a proof compares the values too. */
    checksums: leaf('all, none, or the size of a table such as "1Gi"', (value) =>
      value === "all" || value === "none" ? value : readBytes(value),
    ).optional(),
    /** How much of a backup its proof restores. */
    proof: oneOf(PROOF_KINDS).optional(),
    /** For `provider`: what takes a snapshot and prints its id, and how long a drill counts. */
    snapshot: listOf(text("a text", /^/), "a list: the program and its arguments")
      .refine((command) => command.length > 0, "expected a list: the program and its arguments")
      .optional(),
    drillMaxAge: period().optional(),
    /** Where databases may be made for it. Secret. */
    proofUrl: text("postgres://USER:PASSWORD@HOST:PORT/postgres").optional(),
    proofOnTarget: yesOrNo().optional(),
    /** Encrypts the files. Secret. */
    key: text(
      "32 random bytes in base64 or hex: openssl rand -base64 32",
      /^([0-9a-f]{64}|[A-Za-z0-9+/_-]{43}=?)$/i,
    ).optional(),
    bucket: leaf("s3://BUCKET/PREFIX", (value) => {
      const written = asText(value);
      return written !== undefined && isBucketPlace(written) ? written : undefined;
    }).optional(),
    /** Of a store that is not Amazon's. */
    endpoint: leaf(
      "the store's address, without a login: https://HOST:PORT",
      readEndpoint,
    ).optional(),
    region: text("a region such as eu-central-1", /^[a-z0-9-]+$/i).optional(),
    /** Secrets. */
    accessKey: text("the id of an access key", /^\S+$/).optional(),
    secretKey: text("the secret of that access key", /^\S+$/).optional(),
  }).optional(),
  drift: object({
    /** What a run does where the schema was changed behind its back. */
    found: oneOf(["warn", "refuse"]).optional(),
    /** Patterns over names with their schema. */
    ignore: listOf(text("a name such as public.events_p*"), "a list of patterns").optional(),
  }).optional(),
  sync: object({
    /** The wanted schema, for `lockstep sync`. */
    schema: relativePath("a file of SQL, a schema.prisma or an alembic.ini").optional(),
  }).optional(),
  rehearsal: object({
    /** Whether a release must have passed a rehearsal. */
    required: yesOrNo().optional(),
    /** Where databases may be made for it. */
    url: text("postgres://USER:PASSWORD@HOST:PORT/postgres").optional(),
  }).optional(),
  /** Webhooks that hear of the release. Encrypted. */
  notices: listOf(
    object({
      url: text("the webhook's URL", /^https?:\/\/[^\s/]+/).refine(
        (url) => URL.canParse(url),
        "expected the webhook's URL",
      ),
      kind: oneOf(NOTICE_FORMS),
      secret: text("the key that signs, 16 characters or more", /^\S{16,}$/).optional(),
      on: listOf(oneOf(NOTICE_KINDS), `a list of ${NOTICE_KINDS.join(", ")}`).optional(),
    }),
    "a list of webhooks, each with url and kind",
  ).optional(),
  /** When a release keeps users away from the app. */
  maintenance: object({
    during: oneOf(MAINTENANCE_BOUNDS).optional(),
    keepOnFailure: yesOrNo().optional(),
    wait: duration().optional(),
  }).optional(),
  /** What each level of risk asks for before expand. */
  risk: object({
    mode: oneOf(RISK_MODES).optional(),
    review: oneOf(RISK_BOUNDS).optional(),
    approve: oneOf(RISK_BOUNDS).optional(),
    adviseBackup: oneOf(RISK_BOUNDS).optional(),
    backup: oneOf(RISK_BOUNDS).optional(),
    /** What a second gets through: bytes, and rows. */
    estimate: object({
      scan: leaf(BYTES_FORM, readBytes).optional(),
      build: leaf(BYTES_FORM, readBytes).optional(),
      rewrite: leaf(BYTES_FORM, readBytes).optional(),
      rows: wholeNumber(1, 1_000_000_000).optional(),
    }).optional(),
  }).optional(),
  /** What contract drops is put aside first, and can be given back. */
  soak: object({
    from: oneOf(RISK_BOUNDS).optional(),
    time: duration().optional(),
  }).optional(),
  /** Of contract files. */
  approval: object({
    ...approval,
    fingerprint: object({
      version: wholeNumber(1, 1_000),
      objects: listOf(text("an object"), "a list of objects"),
    }).optional(),
  }).optional(),
  /** What `lockstep plan` and preview show: `up` runs no other plan. */
  planDigest: text("a plan's digest: 64 hex digits", /^[0-9a-f]{64}$/).optional(),
  /** Of risky expand files. */
  expandApproval: object(approval).optional(),
  /** `label#n`: lets the release that was rolled back n times be tried once more. */
  allowRetry: leaf('a release and which of its rollbacks, such as "1.1#1"', (value) => {
    const written = asText(value);
    return written !== undefined && /^\S+#[1-9]\d*$/.test(written) ? written : undefined;
  }).optional(),
});

/** A key under `lockstep:`. */
export type ConfigKey = keyof typeof configSchema.shape;

/** The config as written, each key checked by itself. */
export type WrittenConfig = z.output<typeof configSchema>;

/** The names that are known at `path` below `lockstep:`; empty where any name is allowed. */
export function knownNames(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = configSchema;
  for (const name of path) {
    schema = unwrap(schema);
    if (!(schema instanceof z.ZodObject)) return [];
    schema = (schema.shape as Record<PropertyKey, unknown>)[name];
  }
  schema = unwrap(schema);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}
