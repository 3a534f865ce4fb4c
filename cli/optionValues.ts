// How the values of options are written, and what is said where they are not.
import { InvalidArgumentError } from "commander";
import { BYTES_FORM, CORES_FORM, parseBytes, parseCores } from "../config/amounts.ts";
import { DURATION_FORM, parseDuration, parsePeriod, PERIOD_FORM } from "../config/duration.ts";
import { MAX_PROBES_PER_SECOND } from "../engine/health/settings.ts";
import { LEVELS, type Level } from "../engine/lint/rules/rule.ts";
import type { StageChoice } from "../engine/plan/planRun.ts";
import { MIGRATION_NUMBER } from "../engine/sources/findNumber.ts";

/** A length of time with its unit, to ms. */
export function parseDurationOption(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError(`Expected ${DURATION_FORM}.`);
  return ms;
}

/** The shortest time between two looks, ms: each is a handful of queries. */
const SHORTEST_INTERVAL_MS = 100;

/** A time between two looks, to ms. */
export function parseIntervalOption(text: string): number {
  const ms = parseDurationOption(text);
  if (ms >= SHORTEST_INTERVAL_MS) return ms;
  throw new InvalidArgumentError(`Expected at least ${String(SHORTEST_INTERVAL_MS)}ms.`);
}

/** A whole number from 1. */
export function parseCountOption(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError("Expected a whole number from 1.");
  return count;
}

/** A migration's number as its file has it; of another tool's, its version or revision. */
export function parseNumberOption(text: string): string {
  if (!MIGRATION_NUMBER.test(text)) {
    throw new InvalidArgumentError("Expected a migration's number, such as 05.");
  }
  return text;
}

/** `NAME=VALUE`, added to those before. */
export function parsePlaceholderOption(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Za-z_][\w.:-]*)=([^\r\n]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError("Expected NAME=VALUE in one line, such as schema=app.");
  return { ...before, [name]: value };
}

/** A stack's name: it becomes part of a file's name, so no slash. */
export function parseStackOption(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) {
    throw new InvalidArgumentError("Expected a stack's name, such as dev.");
  }
  return text;
}

/** Which files a run takes. */
export const STAGE_CHOICES: readonly StageChoice[] = ["expand", "contract", "all"];

/** A length of time that may be longer than a timer can wait: whole days, or a duration. To ms. */
export function parsePeriodOption(text: string): number {
  const ms = parsePeriod(text);
  if (ms === undefined) throw new InvalidArgumentError(`Expected ${PERIOD_FORM}.`);
  return ms;
}

/** A share above 0 and up to 1, written `5%` or `0.05`. */
export function parseShareOption(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
  const share = Number(digits) / (percent ? 100 : 1);
  if (share > 0 && share <= 1) return share;
  throw new InvalidArgumentError('Expected a share such as "5%" or 0.05.');
}

/** An amount of memory, to bytes. */
export function parseBytesOption(text: string): number {
  const amount = parseBytes(text);
  if (amount === undefined) throw new InvalidArgumentError(`Expected ${BYTES_FORM}.`);
  return amount;
}

/** A number of processors. */
export function parseCoresOption(text: string): number {
  const amount = parseCores(text);
  if (amount === undefined) throw new InvalidArgumentError(`Expected ${CORES_FORM}.`);
  return amount;
}

/** `RULE=LEVEL`, added to those before. */
export function parseRuleOption(
  text: string,
  before: Readonly<Record<string, Level>> | undefined,
): Readonly<Record<string, Level>> {
  const [, rule, level] = /^([a-z]+(?:-[a-z]+)*)=(\w+)$/.exec(text) ?? [];
  const known = LEVELS.find((one) => one === level);
  if (rule === undefined || known === undefined)
    throw new InvalidArgumentError(`Expected RULE=LEVEL; levels are ${LEVELS.join(", ")}.`);
  return { ...before, [rule]: known };
}

/** Requests per second, as many as a gate's probes may be; 0 for none. */
export function parseRateOption(text: string): number {
  const rate = /^\d{1,9}$/.test(text) ? Number(text) : Infinity;
  if (rate <= MAX_PROBES_PER_SECOND) return rate;
  throw new InvalidArgumentError(
    `Expected a whole number from 0 to ${String(MAX_PROBES_PER_SECOND)}.`,
  );
}

/** Names of what a JSON document may say, as `lockstep:gate.json` has them. */
const FIELDS = ["total", "failed", "startedAt", "p50", "p95", "p99"];

/** `NAME=PATH`, added to those before. */
export function parseFieldOption(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, name = "", path] = /^(\w+)=(\S+)$/.exec(text) ?? [];
  if (!FIELDS.includes(name) || path === undefined)
    throw new InvalidArgumentError(`Expected NAME=PATH; names are ${FIELDS.join(", ")}.`);
  return { ...before, [name]: path };
}

/** A path of the app. */
export function parsePathOption(text: string): string {
  if (!/^\/\S*$/.test(text)) throw new InvalidArgumentError("Expected a path that begins with /.");
  return text;
}

/** An event's link: 64 hex digits. */
export function parseLinkOption(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new InvalidArgumentError("Expected the head that lockstep history --verify printed.");
  }
  return text;
}
