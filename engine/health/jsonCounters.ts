// Reads request counters from a JSON document of the app, by the fields that config names.
import { NO_LATENCY } from "./latency.ts";
import type { Reading } from "./requests.ts";
import type { JsonFields } from "./settings.ts";

/** One reading of the document `body`; a string says what it lacks. Never throws. */
export function readJsonCounters(body: string, fields: JsonFields): Reading | string {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return "the counters are no JSON document";
  }
  const total = numberAt(document, fields.total);
  const failed = numberAt(document, fields.failed);
  if (total === undefined) return `the JSON document has no number at ${fields.total}`;
  if (failed === undefined) return `the JSON document has no number at ${fields.failed}`;
  if (failed > total) return `${fields.failed} (${failed}) is more than ${fields.total} (${total})`;
  const time = (path: string | undefined) =>
    path === undefined ? null : (numberAt(document, path) ?? null);
  return {
    series: new Map([
      ["good", { failed: false, value: total - failed }],
      ["failed", { failed: true, value: failed }],
    ]),
    buckets: new Map<number, number>(),
    startedAt: fields.startedAt === undefined ? null : momentAt(document, fields.startedAt),
    missing: false,
    problem: null,
    latency: {
      ...NO_LATENCY,
      p50Ms: time(fields.p50),
      p95Ms: time(fields.p95),
      p99Ms: time(fields.p99),
    },
  };
}

/** The value of `requests.total` in `{"requests": {"total": 5}}`; a member's own name may hold dots. */
function valueAt(document: unknown, path: string): unknown {
  if (typeof document !== "object" || document === null) return undefined;
  const members = document as Readonly<Record<string, unknown>>;
  if (Object.hasOwn(members, path)) return members[path];
  for (let dot = path.indexOf("."); dot > 0; dot = path.indexOf(".", dot + 1)) {
    const name = path.slice(0, dot);
    if (!Object.hasOwn(members, name)) continue;
    const found = valueAt(members[name], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function numberAt(document: unknown, path: string): number | undefined {
  const value = valueAt(document, path);
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** A time in whatever form: only whether it changes counts. */
function momentAt(document: unknown, path: string): number | null {
  const value = valueAt(document, path);
  if (typeof value === "number") return value;
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}
