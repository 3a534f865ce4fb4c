// Reads the Prometheus text exposition format (0.0.4, and what OpenMetrics 1.0 adds to its sample lines).

/** One sample line. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or an infinity: the format allows both. */
  readonly value: number;
}

/** The samples, or the first line that is none: like Prometheus, a scrape counts whole or not at all. */
export type ParsedMetrics =
  | { readonly ok: true; readonly samples: readonly Sample[] }
  | { readonly ok: false; readonly line: number; readonly text: string };

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const OPEN = /[ \t]*\{/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,|(?=\}))/y;
const CLOSE = /[ \t]*\}/y;
/** Value, an optional timestamp, an optional OpenMetrics exemplar. */
const TAIL = /[ \t]*([^\s#{}]+)(?:[ \t]+[-+]?[0-9.eE+-]+)?(?:[ \t]+#[ \t].*)?[ \t]*$/y;

/** Longest piece of a malformed line that is shown, characters. */
const SHOWN = 80;

/** Every sample of a `/metrics` body. Comments, HELP, TYPE and empty lines are passed over. */
export function parsePrometheus(text: string): ParsedMetrics {
  const samples: Sample[] = [];
  const lines = text.split("\n");
  for (const [index, raw] of lines.entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const sample = parseSample(line);
    if (!sample) return { ok: false, line: index + 1, text: line.slice(0, SHOWN) };
    samples.push(sample);
  }
  return { ok: true, samples };
}

function parseSample(line: string): Sample | null {
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match) at = pattern.lastIndex;
    return match;
  };
  const name = take(NAME)?.[0];
  if (name === undefined) return null;
  const labels: Record<string, string> = {};
  if (take(OPEN)) {
    for (let label = take(LABEL); label; label = take(LABEL)) {
      labels[label[1] ?? ""] = unescapeLabel(label[2] ?? "");
    }
    if (!take(CLOSE)) return null;
  }
  const value = parseValue(take(TAIL)?.[1]);
  return value === null ? null : { name, labels, value };
}

function unescapeLabel(text: string): string {
  return text.replace(/\\(.)/g, (whole, char: string) => {
    if (char === "n") return "\n";
    return char === "\\" || char === '"' ? char : whole;
  });
}

function parseValue(text: string | undefined): number | null {
  if (text === undefined) return null;
  const special = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (special) {
    if (special[2]?.toLowerCase() === "nan") return Number.NaN;
    return special[1] === "-" ? -Infinity : Infinity;
  }
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}
