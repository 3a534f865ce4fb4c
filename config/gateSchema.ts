// The form of the block `lockstep:gate`: how the gate watches, and what it holds a release to.
import { z } from "zod";
import { BASELINE_USES, COUNTER_SOURCES } from "../engine/health/settings.ts";
import { BYTES_FORM, CORES_FORM, parseBytes, parseCores } from "./amounts.ts";
import {
  asText,
  duration,
  leaf,
  listOf,
  oneOf,
  share,
  text,
  urlPath,
  wholeNumber,
} from "./leaves.ts";

/** Metric names as Prometheus has them. */
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

const object = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, { error: `expected a block with ${Object.keys(shape).join(", ")}` });
const metric = () => text("a metric's name", METRIC);
const field = () => text('a field\'s path, such as "requests.total"', /^\S+$/);

/** The block's form; what needs more than one key is in gateFaults.ts. */
export const gateSchema = object({
  interval: duration().optional(),
  watch: duration().optional(),
  warmUp: duration().optional(),
  errorRate: share().optional(),
  failures: wholeNumber(1, 100).optional(),
  minRequests: wholeNumber(1, 1_000_000).optional(),
  p50: duration().optional(),
  p95: duration().optional(),
  p99: duration().optional(),
  cpu: cores().optional(),
  memory: bytes().optional(),
  connections: share().optional(),
  databaseErrors: wholeNumber(1, 1_000_000).optional(),
  baseline: oneOf(BASELINE_USES).optional(),
  baselineFactor: factor().optional(),
  // The upper bound is the gate's own: probes make a sample, they are no load test.
  probesPerSecond: wholeNumber(0, 100).optional(),
  probePaths: listOf(urlPath(), "a list of paths").optional(),
  source: oneOf(COUNTER_SOURCES).optional(),
  requestMetric: metric().optional(),
  latencyMetric: metric().optional(),
  promql: object({
    url: text("the address of a PromQL server, such as http://prometheus:9090", /^https?:\/\/\S+$/),
    selector: text('label matchers such as job="shop"'),
    authorization: text("the value of a header Authorization, such as Bearer …").optional(),
  }).optional(),
  json: object({
    path: urlPath().optional(),
    total: field(),
    failed: field(),
    startedAt: field().optional(),
    p50: field().optional(),
    p95: field().optional(),
    p99: field().optional(),
  }).optional(),
});

/** The block as written, each key checked by itself. */
export type WrittenGate = z.output<typeof gateSchema>;

/** An amount of memory in bytes. */
function bytes() {
  return leaf(BYTES_FORM, readBytes);
}

/** An amount of bytes, in Kubernetes' form; undefined for what is none. */
export function readBytes(value: unknown): number | undefined {
  return parseBytes(asText(value) ?? "");
}

/** A number of processors. */
function cores() {
  return leaf(CORES_FORM, (value) => parseCores(asText(value) ?? ""));
}

function factor() {
  return leaf("a number from 1 on, such as 2 or 1.5", (value) => {
    const number = Number(asText(value)?.trim() || Number.NaN);
    return number >= 1 && Number.isFinite(number) ? number : undefined;
  });
}
