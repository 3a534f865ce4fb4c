// Findings as SARIF 2.1.0, which code scanning tools read.
import { createHash } from "node:crypto";
import { isAbsolute, relative } from "node:path";
import type { LintFinding, LintRule } from "../../engine/lint/lintMigrations.ts";
import packageJson from "../../package.json" with { type: "json" };
import type { LintReport } from "./report.ts";

const LEVELS = { error: "error", warning: "warning", info: "note", off: "none" } as const;

/** The log; `rules` are all that findings may name, `cwd` is what relative paths are relative to. */
export function sarifLog(
  { findings }: LintReport,
  { rules, cwd }: { readonly rules: readonly LintRule[]; readonly cwd: string },
): Readonly<Record<string, unknown>> {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "lockstep",
            version: packageJson.version,
            rules: rules.map(descriptor),
          },
        },
        columnKind: "unicodeCodePoints",
        results: findings.map((finding) => result(finding, indexes.get(finding.rule), cwd)),
      },
    ],
  };
}

function descriptor({ id, title, why, instead, level, category }: LintRule) {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: `${why} Instead: ${instead}`, markdown: `${why}\n\nInstead: ${instead}` },
    // What is off until it is asked for is a warning then.
    defaultConfiguration: {
      enabled: level !== "off",
      level: LEVELS[level === "off" ? "warning" : level],
    },
    properties: { category },
  };
}

function result(finding: LintFinding, ruleIndex: number | undefined, cwd: string) {
  const { rule, severity, message, remedy, path, start, end, bytes, lock, rewrite } = finding;
  return {
    ruleId: rule,
    ...(ruleIndex !== undefined && { ruleIndex }),
    level: LEVELS[severity],
    message: { text: `${message}. Next: ${remedy}.` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(path, cwd) },
          region: {
            startLine: start.line,
            startColumn: start.column,
            endLine: end.line,
            endColumn: end.column,
            byteOffset: bytes.start,
            byteLength: bytes.end - bytes.start,
          },
        },
      },
    ],
    // Stays when lines above it come and go.
    partialFingerprints: { "lockstep/v1": fingerprint([rule, path, message]) },
    properties: { ...(lock && { lock }), ...(rewrite !== undefined && { rewrite }) },
  };
}

function uriOf(path: string, cwd: string): string {
  const shown = isAbsolute(path) ? relative(cwd, path) : path;
  return shown.split(/[\\/]/).map(encodeURIComponent).join("/").replaceAll("%2E", ".");
}

function fingerprint(parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 32);
}
