// The leaves of the config's schema: each knows how its value is written, and says so when it is not.
import { z } from "zod";
import { DURATION_FORM, parseDuration, parsePeriod, PERIOD_FORM } from "./duration.ts";

/**
 * A value that `parse` understands; it returns undefined for what it does not. `expected` is the
 * message of the fault, so it says what belongs there.
 */
export function leaf<T>(expected: string, parse: (value: unknown) => T | undefined) {
  return z.unknown().transform((value, context): T => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message: `expected ${expected}` });
    return z.NEVER;
  });
}

/** A text; numbers and booleans that YAML made of an unquoted one are taken as written. */
export function text(expected: string, pattern = /\S/) {
  return leaf(expected, (value) => {
    const written = asText(value);
    return written !== undefined && pattern.test(written) ? written : undefined;
  });
}

/** A length of time, in ms. `pulumi config set --path` may write it with or without quotes. */
export function duration() {
  return leaf(DURATION_FORM, parseDuration);
}

/** A length of time that no timer waits for, so it may be longer; in ms. */
export function period() {
  return leaf(PERIOD_FORM, parsePeriod);
}

/** A whole number between `min` and `max`, both included. */
export function wholeNumber(min: number, max: number) {
  return leaf(`a whole number from ${String(min)} to ${String(max)}`, (value) => {
    const written = asText(value);
    if (written === undefined || !/^\d+$/.test(written)) return undefined;
    const number = Number(written);
    return number >= min && number <= max ? number : undefined;
  });
}

/** A share above 0 and up to 1, written `5%` or `0.05`. */
export function share() {
  return leaf('a share above 0 and up to 100%, such as "5%" or 0.05', (value) => {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(asText(value)?.trim() ?? "") ?? [];
    if (digits === undefined) return undefined;
    const number = percent === "%" ? Number(digits) / 100 : Number(digits);
    return number > 0 && number <= 1 ? number : undefined;
  });
}

/** One of `values`. */
export function oneOf<const T extends string>(values: readonly T[], expected?: string) {
  return leaf(expected ?? `one of ${values.join(", ")}`, (value) =>
    values.find((known) => known === value),
  );
}

/** A path of a URL. */
export function urlPath() {
  return text('a path that begins with a slash, such as "/health"', /^\/\S*$/);
}

/**
 * A time, as ISO 8601 in UTC. Unquoted in YAML it is a timestamp to Pulumi, which hands it over in
 * Go's notation: `2026-11-02 09:00:00 +0000 UTC`.
 */
export function timestamp() {
  return leaf("a time such as 2026-11-02T09:00:00Z", (value) => {
    const written = asText(value)?.trim() ?? "";
    const form =
      /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d:?\d\d)( \S+)?$/;
    const [, date, time, zone] = form.exec(written) ?? [];
    if (date === undefined || time === undefined || zone === undefined) return undefined;
    const offset = zone.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2");
    const parsed = new Date(`${date}T${time}${offset}`);
    return Number.isNaN(parsed.getTime()) ? undefined : parsed.toISOString();
  });
}

/** `true` or `false`, also where they are written as text. */
export function yesOrNo() {
  return leaf("true or false", (value) => {
    const written = asText(value);
    return written === "true" ? true : written === "false" ? false : undefined;
  });
}

/** A list of what `item` accepts. */
export function listOf<T extends z.ZodType>(item: T, expected: string) {
  return z.array(item, { error: `expected ${expected}` }).readonly();
}

/** A folder or file, relative to the project; one machine's absolute path would not be another's. */
export function relativePath(expected: string) {
  return text(`${expected}, relative to the project`, /^[^/\s][^\n]*$/);
}

/** A file or folder within the app's folder. */
export function innerPath() {
  return leaf("a file or folder within app.dir", (value) => {
    const written = asText(value);
    if (written === undefined || !/^[^/\s]/.test(written)) return undefined;
    return written.split(/[/\\]/).includes("..") ? undefined : written;
  });
}

/** The text of a scalar as it was probably written. */
export function asText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return undefined;
}
