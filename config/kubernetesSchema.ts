// The form of the block `lockstep:kubernetes`: where in a cluster a stack runs, and how its pods look.
import { z } from "zod";
import { asText, duration, leaf, listOf, oneOf, text, wholeNumber, yesOrNo } from "./leaves.ts";

/** Names of objects are DNS labels; they stay short enough for what is put behind them. */
const OBJECT_NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;
/** Names of what others made may be longer, and have dots. */
const OTHERS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
/** Keys of a Secret. */
const SECRET_KEY = /^[A-Za-z0-9._-]{1,253}$/;
/** `registry:5000/path/name`, then `:tag`, `@sha256:digest` or both. */
const IMAGE =
  /^[a-z0-9][a-z0-9._/-]*(:\d{1,5}\/[a-z0-9._/-]+)?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
/** Kubernetes' quantities: `500m`, `0.5`, `128Mi`. */
const QUANTITY = /^\d+(\.\d+)?(m|k|Ki|[MGTPE]i?)?$/;

const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: `expected a block with ${Object.keys(shape).join(", ")}` });
const othersName = (expected: string) => text(expected, OTHERS_NAME);
const quantity = (expected: string) => text(expected, QUANTITY);
const size = () => quantity('a size such as "10Gi"');

/** An image with a tag, a digest or both; `${release}` stands for the label. */
export function image() {
  return leaf('an image such as "registry.example/shop:1.1" or "…@sha256:…"', (value) => {
    const written = asText(value);
    return written !== undefined && isImage(written.replaceAll("${release}", "1"))
      ? written
      : undefined;
  });
}

/** Without both a tag and a digest an image means "latest", which is no release. */
function isImage(reference: string): boolean {
  const [, , tag, digest] = IMAGE.exec(reference) ?? [];
  return tag !== undefined || digest !== undefined;
}

/** A Secret that is there already, and the keys within it. */
export function secretKeys() {
  return object({
    name: othersName("the name of a Secret in the stack's namespace"),
    key: text("a key of that Secret", SECRET_KEY),
    directKey: text("a key of that Secret", SECRET_KEY).optional(),
  });
}

const resourceList = z.record(
  text('a resource such as "cpu" or "memory"'),
  quantity('a quantity such as "500m" or "256Mi"'),
  { error: 'expected resources with quantities, such as { cpu: "500m", memory: "256Mi" }' },
);

/** Kubernetes' own form, taken as a whole: what is written replaces the default. */
const resources = () =>
  leaf('a block with requests and limits, such as { limits: { memory: "512Mi" } }', (value) => {
    const form = z.strictObject({
      requests: resourceList.optional(),
      limits: resourceList.optional(),
    });
    const { data } = form.safeParse(value);
    return data === undefined ? undefined : withoutUndefined(data);
  });

/** Kubernetes' own form of a PodTemplateSpec, or a part of it; the cluster checks what is in it. */
const podTemplate = () =>
  leaf("a part of a pod template: { metadata, spec }", (value) => {
    const form = z.strictObject({
      metadata: z.record(z.string(), z.unknown()).optional(),
      spec: z.record(z.string(), z.unknown()).optional(),
    });
    const { data } = form.safeParse(value);
    return data === undefined ? undefined : withoutUndefined(data);
  });

const budget = () =>
  leaf('a number of pods such as 1, a share such as "25%", or "none"', (value) => {
    const written = asText(value);
    if (written === undefined || !/^([1-9]\d{0,3}|[1-9]\d?%|none)$/.test(written)) return undefined;
    return /^\d+$/.test(written) ? Number(written) : (written as `${number}%` | "none");
  });

/** The block's keys. */
export const kubernetesSchema = object({
  kubeconfig: text("the path of a kubeconfig").optional(),
  context: text("a context of the kubeconfig").optional(),
  name: text("a short name in small letters, digits and dashes", OBJECT_NAME).optional(),
  namespace: object({
    name: text("a namespace's name", /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/).optional(),
    create: yesOrNo().optional(),
  }).optional(),
  runnerImage: image(),
  migrationsImage: image().optional(),
  imagePullSecrets: listOf(othersName("a Secret's name"), "a list of Secrets' names").optional(),
  jobs: object({
    resources: resources().optional(),
    deadline: duration().optional(),
    keep: wholeNumber(0, 100).optional(),
    podTemplate: podTemplate().optional(),
  }).optional(),
  app: object({
    replicas: wholeNumber(1, 1_000).optional(),
    resources: resources().optional(),
    rolloutTimeout: duration().optional(),
    preStop: duration().optional(),
    stopTimeout: duration().optional(),
    disruptionBudget: budget().optional(),
    readOnlyRoot: yesOrNo().optional(),
    podTemplate: podTemplate().optional(),
  }).optional(),
  service: object({
    port: wholeNumber(1, 65_535).optional(),
    type: oneOf(["ClusterIP", "NodePort", "LoadBalancer"]).optional(),
  }).optional(),
  database: object({
    image: image().optional(),
    storage: size().optional(),
    storageClass: othersName("a StorageClass").optional(),
    resources: resources().optional(),
    acceptOnProd: yesOrNo().optional(),
  }).optional(),
  backups: object({
    claim: othersName("the name of a PersistentVolumeClaim").optional(),
    storage: size().optional(),
    storageClass: othersName("a StorageClass").optional(),
  }).optional(),
});

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** `data` without the members that were left out; the compiler tells the two apart. */
function withoutUndefined<T extends object>(data: T): Defined<T> {
  const entries = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Defined<T>;
}
