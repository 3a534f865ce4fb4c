// What `lockstep rehearse` shows: where it began, what it found, each statement's locks, and the verdict.
import {
  describeVerdict,
  type RehearsalFinding,
  type RehearsalResult,
  type StartKind,
  type TracedStatement,
} from "../engine/rehearse/result.ts";
import { formatTime } from "./terminal.ts";

const STARTS: Readonly<Record<StartKind, string>> = {
  empty: "an empty database",
  files: "the applied files, run again",
  dump: "a copy of the target's schema",
};

/** Lines of details that a finding shows; the whole list is in `--json`. */
const SHOWN_DETAILS = 12;

/** The result for people; with every statement where `trace` is asked for. */
export function rehearsalLines(
  result: RehearsalResult,
  { trace }: { readonly trace: boolean },
): readonly string[] {
  const { files, findings, statements, initial } = result;
  return [
    `began with ${STARTS[result.start]}, ${formatTime(new Date(result.at))}, ${(result.durationMs / 1_000).toFixed(1)} s`,
    files.length === 0
      ? "nothing is pending, so there was nothing to rehearse"
      : `${initial ? "in file order" : "in the order of a release"}: ${files.join(", ")}`,
    ...findings.flatMap(findingLines),
    ...(trace ? statements.flatMap(statementLines) : []),
    `rehearsal ${describeVerdict(result)}`,
  ];
}

/** Statements of a file that a plan shows; `lockstep rehearse --trace` shows all. */
const SHOWN_STATEMENTS = 6;

/** What the statements of a file took in a rehearsal, behind `indent`. */
export function tracedLines(
  statements: readonly TracedStatement[],
  indent: string,
): readonly string[] {
  const left = statements.length - SHOWN_STATEMENTS;
  return [
    ...statements.slice(0, SHOWN_STATEMENTS).map((one) => `${indent}rehearsed: ${tracedText(one)}`),
    ...(left > 0 ? [`${indent}and ${String(left)} more (lockstep rehearse --trace)`] : []),
  ];
}

function tracedText({ does, durationMs, locks, rewrites }: TracedStatement): string {
  const held =
    locks === undefined
      ? ["locks not seen"]
      : locks.map(({ relation, mode }) => `${mode} on ${relation}`);
  const took = `${does} took ${String(Math.round(durationMs))} ms on a copy without rows`;
  return [took, ...held, ...rewrites.map((one) => `writes ${one} anew`)].join("; ");
}

function findingLines({ severity, rule, where, message, details }: RehearsalFinding): string[] {
  const place = where === "" ? "" : `${where}: `;
  const more = details.length - SHOWN_DETAILS;
  return [
    `${severity} ${rule}: ${place}${message}`,
    ...details.slice(0, SHOWN_DETAILS).map((line) => `    ${line}`),
    ...(more > 0 ? [`    and ${String(more)} more (--json has all)`] : []),
  ];
}

function statementLines({ does, where, durationMs, locks, rewrites }: TracedStatement): string[] {
  return [
    `${where}: ${does} (${String(durationMs)} ms, on a schema without rows)`,
    ...(locks === undefined
      ? ["    locks not seen: it runs outside of a transaction"]
      : locks.map(({ relation, mode }) => `    ${mode} on ${relation}`)),
    ...rewrites.map((relation) => `    writes ${relation} anew`),
  ];
}
