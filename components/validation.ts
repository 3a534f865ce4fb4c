// Collects what is wrong with a component's arguments, so that all of it is said at once.
import * as pulumi from "@pulumi/pulumi";

/** A rule for one argument: its path, whether it holds, and what was expected. */
export type ArgumentRule = readonly [path: string, holds: boolean, expected: string];

/**
 * Refuses arguments that break a rule, before any resource exists.
 * @throws pulumi.InputPropertiesError that names every broken rule.
 */
export function ensureArguments(component: string, rules: readonly ArgumentRule[]): void {
  const errors = rules
    .filter(([, holds]) => !holds)
    .map(([propertyPath, , expected]) => ({ propertyPath, reason: `expected ${expected}` }));
  if (errors.length === 0) return;
  throw new pulumi.InputPropertiesError({
    message: `The arguments of ${component} can't be used`,
    errors,
  });
}

/** Whether `text` is a sha256 in hex. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** The rule for a length of time in ms. */
export function positive(path: string, ms: number): ArgumentRule {
  return [path, Number.isFinite(ms) && ms > 0, "more than 0 ms"];
}

/** The rules for what every step is told about its release. */
export function releaseRules(args: {
  readonly release: { readonly digest: string; readonly label: string };
  readonly digest?: string;
}): readonly ArgumentRule[] {
  const { release, digest } = args;
  return [
    ["release.digest", isDigest(release.digest), "a sha256 in hex"],
    ["release.label", release.label !== "", "a label"],
    ["digest", digest === undefined || isDigest(digest), "a sha256 in hex"],
  ];
}
